"""Whose turn it is to be said: what cuts what, what waits, what is not worth saying any more. Pure.

Promise: the next tap cuts whatever is being said; nothing that nobody asked for cuts anything. A call that a tap has
cut is said again after it. Of calls the newest alone is said: it is what is true now. At most `MOST` wait.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zhendao.device.feedback.shown import Origin

MOST = 4
TOGETHER_NS = 150_000_000
"""What is given so soon after another belongs to it, and is said after it: no hand taps twice so fast."""
STALE_NS = 15_000_000_000
"""After so long nobody wants to hear it any more."""
CALL_STALE_NS = 120_000_000_000
_CUTS = frozenset({Origin.TAP, Origin.ASKED, Origin.CALL})


@dataclass(frozen=True, slots=True)
class Utterance:
    """Recordings one after another.

    Attributes:
        pieces: what they are called.
        origin: what has led to it.
        percent: how loud.
        given_ns: when it was given.
        lead_s: silence before it.
        short: it is said within two seconds.
        stays: no call takes its place: that it is a drill is said to its end.
        cut: it was cut.
        held: it is for whoever holds the card, and ends when that is taken away.
    """

    pieces: tuple[str, ...]
    origin: Origin
    percent: int
    given_ns: int
    lead_s: float = 0.0
    short: bool = False
    stays: bool = False
    cut: bool = False
    held: bool = False


class Turns:
    """What is being said, and what waits."""

    def __init__(self) -> None:
        self.saying: Utterance | None = None
        self._waiting: list[Utterance] = []
        self._first_ns: int | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def give(self, one: Utterance) -> bool:
        """Take in one more; return whether what is being said is to be cut for it."""
        if one.origin not in _CUTS:
            if all(other.pieces != one.pieces for other in (*self._waiting, *_some(self.saying))):
                self._waiting = [*self._waiting, one][:MOST]
            return False
        if one.origin is Origin.ASKED and self.saying is not None and self.saying.origin is Origin.ASKED:
            if one.pieces != self.saying.pieces:
                self._waiting = [*self._waiting, one][:MOST]
            return False
        if self._first_ns is not None and 0 <= one.given_ns - self._first_ns < TOGETHER_NS:
            at = sum(other.origin in _CUTS and not other.cut for other in self._waiting)
            self._waiting = _bounded([*self._waiting[:at], one, *self._waiting[at:]])
            return False
        self._first_ns = one.given_ns
        news = one.origin is Origin.CALL
        calls = [other for other in self._waiting if other.origin is Origin.CALL and (other.stays or not news)]
        if self.saying is not None and self.saying.origin is Origin.CALL is not one.origin:
            calls = [replace(self.saying, cut=True, lead_s=0.0), *calls]
        others = [other for other in self._waiting if other.origin not in _CUTS]
        self._waiting = _bounded([*calls, one, *others] if news else [one, *calls, *others])
        return self.saying is not None and not (news and self.saying.stays)

    def left(self) -> bool:
        """Forget what a card asked for that was taken away; return whether what is being said is to be cut for it."""
        self._waiting = [one for one in self._waiting if not one.held]
        return self.saying is not None and self.saying.held

    def take(self, now_ns: int) -> Utterance | None:
        """Return what is said next, None where nothing is; it is what is being said until the next `take`."""
        self.saying = None
        while self._waiting and self.saying is None:
            one = self._waiting.pop(0)
            stale = CALL_STALE_NS if one.origin is Origin.CALL else STALE_NS
            self.saying = one if now_ns - one.given_ns < stale else None
        return self.saying


def _bounded(waiting: list[Utterance]) -> list[Utterance]:
    """Return at most `MOST` of them: the last that is no call goes first, and of calls the oldest."""
    while len(waiting) > MOST:
        others = [at for at, one in enumerate(waiting) if one.origin is not Origin.CALL]
        del waiting[others[-1] if others else 0]
    return waiting


def _some(one: Utterance | None) -> tuple[Utterance, ...]:
    return () if one is None else (one,)
