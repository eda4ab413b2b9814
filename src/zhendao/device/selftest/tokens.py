"""The edge of the self-test's reader: the real reader thread, door tag and card shown one after the other.

What the terminal makes of a token here is what it makes of it in service: the same reading, the same telling (`tell`).
"""

from __future__ import annotations

import queue
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device import config
from zhendao.device.clock.kernel import kernel_bound_ms
from zhendao.device.clock.stamp import Stamp
from zhendao.device.selftest import judging
from zhendao.device.selftest.asking import Trial
from zhendao.device.selftest.results import Outcome, Result, halves, passed, trouble
from zhendao.device.taps.tokens import tell
from zhendao.protocol.vocabulary import ClockSource, Mounting, Placement
from zhendao.protocol.wording import Text, same
from zhendao.readers.drivers import reader_thread
from zhendao.readers.thread import boottime_ns
from zhendao.readers.values import Presence, ReaderState, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.config import NfcTable
    from zhendao.device.identity.values import Identity
    from zhendao.readers.values import Posting

READY_S = 15.0
_ASK_DOOR = Text("请出示门牌……", "hold the door tag to the reader …")
_ASK_CARD = Text("请出示工卡（护理员或工程师）……", "hold a card to the reader: a caregiver's or an engineer's …")
_SKIPPED = Text("读卡器不工作，未测", "not tried: the reader does not work")


def shown(
    table: NfcTable,
    who: Identity,
    blocked: Callable[[bytes], bool],
    wait_s: float,
    say: Callable[[Text], None],
) -> list[Result]:
    """Return what became of reader, door tag and card; each is waited for ``wait_s`` at most.

    ``blocked`` tells whether a token id or a uid is on the terminal's blocklist.
    """
    posted = Posted()
    thread = reader_thread(config.reader_settings(table), posted.put, challenger=Trial(who))
    thread.start()
    try:
        return _shown(_Shown(posted, who, blocked, wait_s, say))
    finally:
        thread.stop()


class Posted:
    """What the reader's thread has posted. A tag on the wall may be read before the reader says that it works."""

    def __init__(self) -> None:
        self._coming: queue.Queue[Posting] = queue.Queue()
        self._kept: deque[Posting] = deque()
        self.put = self._coming.put

    def state(self, seconds: float) -> ReaderState | None:
        """Return the first word on the reader's state, None where none comes; what comes before it is kept."""
        until = time.monotonic() + seconds
        while (one := self._wait(until)) is not None:
            if isinstance(one, ReaderState):
                return one
            self._kept.append(one)
        return None

    def next(self, until: float) -> Posting | None:
        """Return what was posted next, None where nothing is by ``until`` (monotonic, seconds)."""
        return self._kept.popleft() if self._kept else self._wait(until)

    def _wait(self, until: float) -> Posting | None:
        try:
            return self._coming.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None


@dataclass(frozen=True, slots=True)
class _Shown:
    posted: Posted
    who: Identity
    blocked: Callable[[bytes], bool]
    wait_s: float
    say: Callable[[Text], None]


def _shown(at: _Shown) -> list[Result]:
    reader = _ready(at.posted)
    needs_door = at.who.placement is not Placement.STATION
    if reader.outcome is Outcome.FAILED:
        parts = ["door", "card"] if needs_door else ["card"]
        return [reader, *(Result(part, Outcome.SKIPPED, _SKIPPED) for part in parts)]
    found, door = [reader], None
    if needs_door:
        if at.who.mounting is not Mounting.WALL:
            at.say(_ASK_DOOR)
        door, result = _one(at, "door", None)
        found.append(result)
    at.say(_ASK_CARD)
    return [*found, _one(at, "card", door)[1]]


def _ready(posted: Posted) -> Result:
    """Wait until the reader works, or has said that it does not."""
    begun = time.monotonic()
    state = posted.state(READY_S)
    if state is None:
        return trouble("reader", "reader-unready", seconds=round(READY_S)).took(_ms(begun))
    if not state.up:
        return _down("reader", state).took(_ms(begun))
    return passed("reader", Text("读卡器应答正常", "the reader answers")).took(_ms(begun))


def _down(part: str, state: ReaderState) -> Result:
    what, cure = halves(state.text or same(state.reason), _CURE)
    return Result(part, Outcome.FAILED, what, cure, state.reason)


_CURE = Text(
    "请检查 [nfc] 的 driver 与 port、接线与供电；zhendao-device doctor 可再查",
    "check driver and port of [nfc], wiring and power; zhendao-device doctor looks again",
)


def _one(at: _Shown, part: str, other: bytes | None) -> tuple[bytes | None, Result]:
    """Return the uid of the token that was shown, and what it is; ``other`` is one that was shown before."""
    begun, unreadable = time.monotonic(), None
    while (one := at.posted.next(begun + at.wait_s)) is not None:
        if isinstance(one, ReaderState) and not one.up:
            return None, _down(part, one).took(_ms(begun))
        if isinstance(one, Refusal):
            unreadable = one.reason.value  # held badly, perhaps: it may still come
        if isinstance(one, Presence) and one.uid != other:
            seen = tell(one, at.who.suite, at.who.issuers, _stamp(), at.blocked)
            judged = judging.door(seen, at.who.own_door) if part == "door" else judging.card(seen)
            return one.uid, judged.took(_ms(begun))
    if unreadable is not None:
        return None, trouble(part, f"{part}-unreadable", detail=unreadable).took(_ms(begun))
    return None, trouble(part, f"{part}-missing", seconds=round(at.wait_s)).took(_ms(begun))


def _ms(begun: float) -> int:
    return round(1000 * (time.monotonic() - begun))


def _stamp() -> Stamp:
    """Return now; dates of tokens count only where NTP vouches for it."""
    bound_ms = kernel_bound_ms()
    source = ClockSource.UNSET if bound_ms is None else ClockSource.NTP
    return Stamp(bytes(16), boottime_ns(), time.time_ns() // 1_000_000, source, bound_ms)
