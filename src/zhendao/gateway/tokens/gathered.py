"""One token of an event with what was proved of it: the value that proving hands to noting."""

from dataclasses import dataclass
from typing import Any, Final

from zhendao.gateway.ingest.classify import MAX_SEQ
from zhendao.gateway.ingest.session import Stored
from zhendao.gateway.tokens.findings import Finding
from zhendao.gateway.tokens.proving import Verdict
from zhendao.gateway.visits.moments import well_dated
from zhendao.protocol.bodies import Check, Duress, Incident, Meal, Rating, Tap, TokenRead, Undo
from zhendao.protocol.event import Event

DOOR, CARD = 1, 2
PARTS: Final = {DOOR: "door", CARD: "card"}
"""Which token of an event: its door tag, or the card (the one token of what is no check)."""

_LONGEST_WAIT_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Proved:
    """A token of an event; ``after_ms`` (UTC): the challenge that it answered was not made before."""

    stored: Stored
    event: Event
    part: int
    read: TokenRead
    verdict: Verdict
    findings: frozenset[Finding]
    after_ms: int | None

    @property
    def identity(self) -> tuple[bytes, bytes, int, bytes]:
        """Of the event: (device, epoch, seq, h)."""
        return self.event.device, self.event.epoch, self.event.seq, self.stored.new.h

    def told(self) -> dict[str, Any] | None:
        """Return what a visit's record says of it; None where that is just what the terminal said."""
        verdict = self.verdict
        if not verdict.answered and not self.findings and verdict.proved == self.read.strength:
            return None
        said: dict[str, Any] = {
            "claimed": self.read.strength.name.lower(),
            "proved": verdict.proved.name.lower(),
            "findings": sorted(self.findings),
        }
        if verdict.answered:
            said |= {"counter": verdict.counter, "fresh": verdict.fresh, "loop": verdict.loop}
            said |= {"after_ms": self.after_ms, "before_ms": self.stored.received_ms}
            said["after_seq"] = verdict.grounded.seq if verdict.grounded is not None else None
        return said


def tokens_of(body: Any) -> tuple[tuple[int, TokenRead], ...]:
    """Return the tokens of an event's body, each with which one it is."""
    match body:
        case Check():
            card = (CARD, body.caregiver)
            return (card,) if body.door is None else ((DOOR, body.door), card)
        case Tap() | Duress() | Incident():
            return () if body.token is None else ((CARD, body.token),)
        case Undo():
            return ((CARD, body.caregiver),)
        case Rating():
            return () if body.elder is None else ((CARD, body.elder),)
        case Meal():
            both = ((DOOR, body.door), (CARD, body.elder))
            return tuple((part, read) for part, read in both if read is not None)
        case _:
            return ()


def made_between(proved: Proved, clock_ms: int) -> tuple[int | None, int]:
    """Return when a reading can have been made: (earliest, None where nobody can say; latest), UTC ms.

    Between the beacon of its challenge and its arrival here; closer where the terminal's own time is to be trusted,
    unless that contradicts those two. ``clock_ms``: how far the gateway's own clock may be off.
    """
    event = proved.event
    earliest = None if proved.after_ms is None else proved.after_ms - clock_ms
    latest = proved.stored.received_ms + clock_ms
    if not well_dated(event) or event.clock_bound_ms is None:
        return earliest, latest
    wall_ms = max(-MAX_SEQ, min(event.wall_ms, MAX_SEQ))  # a column holds no more, and no bound is that wide
    bound_ms = min(event.clock_bound_ms, MAX_SEQ)
    waited_ms = (event.mono_ns - proved.read.mono_ns) // 10**6
    at_ms = wall_ms - (waited_ms if 0 <= waited_ms <= _LONGEST_WAIT_MS else 0)
    low, high = max(-MAX_SEQ, at_ms - bound_ms), min(at_ms + bound_ms, MAX_SEQ)
    if low > latest or (earliest is not None and high < earliest):
        return earliest, latest
    return (low if earliest is None else max(low, earliest)), min(high, latest)
