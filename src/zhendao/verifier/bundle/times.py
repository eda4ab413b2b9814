"""Are the times that a visit's record gives those that its events prove? Computed here from the events alone. Pure.

Promise: a time counts as proved only where an opened event says it: the check itself, a trusted time of the same boot,
counted by the monotonic clock, or, as bounds, trusted times of the boots around it. What a length says must follow
from its times. Everything else is named as the gateway's word. promise 6, rule: TIME
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.bodies import Clock
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import ClockSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhendao.protocol.event import Event
    from zhendao.verifier.bundle.journal import Fact

DRIFT_PPM: Final = 100
"""How far an ordinary quartz may run away, in millionths."""
_SLACK_MS: Final = 2
_LAST_MS: Final = 32_503_680_000_000
_VAGUEST_MS: Final = 3_155_760_000_000
"""The year 3000, and a hundred years: what is later, or less sure, is no time, whatever its source."""


class How(Enum):
    """What stands behind one time of a record."""

    KNOWN = "known"
    """The terminal's own trusted clock, then or at another moment of the same boot."""
    BOUNDED = "bounded"
    """Trusted times of the boots around it, and its arrival at the gateway at the latest."""
    WORD = "word"
    """What the gateway says."""
    UNKNOWN = "unknown"
    """Nothing, and nothing is said of it."""
    FALSE = "false"
    """The record says more than the events, or something else."""


def told(side: dict[str, Any], fact: Fact, facts: Iterable[Fact]) -> How:
    """Compare ``side``, a half of the record (`at_ms` and `bound_ms`, UTC ms), with its check and the boot's times."""
    at_ms, bound_ms, method = side.get("at_ms"), side.get("bound_ms"), side.get("method")
    event = fact.event
    if side.get("raw_ms", event.wall_ms) != event.wall_ms:
        return How.FALSE
    if method == "none" and bound_ms is None and not _knows(event):
        return How.UNKNOWN
    if at_ms is None or bound_ms is None:
        return How.FALSE
    if method == "terminal":
        own = event.clock_bound_ms
        return How.KNOWN if at_ms == event.wall_ms and own is not None and bound_ms >= own else How.FALSE
    match method:
        case "neighbours" | "anchor" if _knows(event):
            found = How.FALSE
        case "neighbours":
            found = How.BOUNDED if _lies_between(fact, facts, at_ms, bound_ms) else How.WORD
        case "anchor":
            found = How.KNOWN if _counted(fact, facts, at_ms, bound_ms) else How.FALSE
        case _:
            found = How.FALSE
    return found


def _counted(fact: Fact, facts: Iterable[Fact], at_ms: int, bound_ms: int) -> bool:
    here = (fact.event.device, fact.event.boot_id)
    return any(
        _follows(one.event.body, fact, at_ms, bound_ms)
        for one in facts
        if (one.event.device, one.event.boot_id) == here and isinstance(one.event.body, Clock)
    )


def _knows(event: Event) -> bool:
    """Tell whether the terminal knew the time by a source that is trusted."""
    bound_ms = event.clock_bound_ms
    if event.clock_source < ClockSource.NTP or bound_ms is None:
        return False
    return 0 <= event.wall_ms < _LAST_MS and bound_ms <= _VAGUEST_MS


def _follows(clock: Clock, fact: Fact, at_ms: int, bound_ms: int) -> bool:
    apart_ns = clock.mono_ns - fact.event.mono_ns
    counted = clock.wall_ms - apart_ns // 10**6
    least = clock.bound_ms + abs(apart_ns) * DRIFT_PPM // 10**12
    return abs(counted - at_ms) <= _SLACK_MS and bound_ms >= least


def _lies_between(fact: Fact, facts: Iterable[Fact], at_ms: int, bound_ms: int) -> bool:
    """Tell whether what is said holds all that trusted times of the boots around ``fact``, and its arrival, allow.

    A boot begins at 0 of its monotonic clock: so long at least is an event after whatever was before its boot.
    """
    event = fact.event
    first, last = at_ms - bound_ms - _SLACK_MS, at_ms + bound_ms + _SLACK_MS
    others = [
        one.event
        for one in facts
        if (one.event.device, one.event.epoch) == (event.device, event.epoch)
        and one.event.boot_id != event.boot_id
        and isinstance(one.event.body, Clock)
        and _knows(one.event)
    ]
    since_ms = _least_ms(event.mono_ns)
    after = any(one.wall_ms - (one.clock_bound_ms or 0) + since_ms >= first for one in others if one.seq < event.seq)
    before = fact.received_ms <= last or any(
        one.wall_ms + (one.clock_bound_ms or 0) - _least_ms(one.mono_ns) <= last
        for one in others
        if one.seq > event.seq
    )
    return after and before


def _least_ms(mono_ns: int) -> int:
    """Return how long at least it is since the boot began, in ms, by a quartz that may run fast."""
    since_ms = mono_ns // 10**6
    return since_ms - since_ms * DRIFT_PPM // 10**6


def lasted_ms(first: Fact, last: Fact) -> int | None:
    """Return how long it was between two events of one boot, in ms, exactly; None across boots or terminals."""
    one, other = first.event, last.event
    if (one.device, one.boot_id) != (other.device, other.boot_id):
        return None
    return (other.mono_ns - one.mono_ns) // 10**6


def check_length(record: Mapping[str, Any], sides: Mapping[str, Fact]) -> int | None:
    """Prove that what ``record`` says of how long it was follows from its times; return ms where that is exact.

    ``record``: as it was witnessed or, where times of it were corrected, as it counts. Raises `CryptoError`.
    """
    told_s, correction = record.get("duration_s"), record.get("correction")
    if correction is not None and correction["counts"]:
        _check_corrected(record, correction)
        told_s = correction["witnessed"].get("duration_s")
    if len(sides) < len(("in", "out")):
        if told_s is not None:
            raise CryptoError("times", f"it lasted {told_s} s with one check alone")
        return None
    lasted = lasted_ms(sides["in"], sides["out"])
    if told_s is None:
        return lasted
    if lasted is not None:
        if abs(lasted // 1000 - told_s) > 1:
            raise CryptoError("times", f"it lasted {lasted // 1000} s by the terminal's own clock, not {told_s} s")
        return lasted
    begin, end = record["in"], record["out"]
    if begin["bound_ms"] is None or end["bound_ms"] is None:
        raise CryptoError("times", f"nothing in the file says that it lasted {told_s} s")
    apart_ms, bound_ms = end["at_ms"] - begin["at_ms"], begin["bound_ms"] + end["bound_ms"]
    if abs(told_s * 1000 - apart_ms) > bound_ms + 1000:
        raise CryptoError("times", f"{told_s} s do not lie between its times, {apart_ms // 1000} s ± {bound_ms} ms")
    return None


def _check_corrected(record: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    begin, end = (
        told[name] if told.get(name) is not None else _witnessed_ms(record.get(side))
        for name, side in (("begin_ms", "in"), ("end_ms", "out"))
    )
    counts = told["witnessed"].get("duration_s") if begin is None or end is None else (end - begin) // 1000
    if record.get("duration_s") != counts:
        raise CryptoError("times", f"by its correction it lasted {counts} s, not {record.get('duration_s')} s")


def _witnessed_ms(side: Mapping[str, Any] | None) -> int | None:
    return None if side is None or side.get("bound_ms") is None else side["at_ms"]
