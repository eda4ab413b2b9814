"""Are the times that a visit's record gives those that its events prove? Computed here from the events alone. Pure.

Promise: a time counts as proved only where an opened event says it: the check itself, or a trusted time of the same
boot, counted by the monotonic clock. Everything else is named as the gateway's conclusion. promise 6, rule: TIME
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.bodies import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhendao.verifier.bundle.journal import Fact

DRIFT_PPM: Final = 100
"""How far an ordinary quartz may run away, in millionths."""
_SLACK_MS: Final = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What can be said of one time: ``holds`` False where the record says more than the events; ``proved`` or not."""

    holds: bool
    proved: bool
    method: str


def told(side: dict[str, Any], fact: Fact, facts: Iterable[Fact]) -> Told:
    """Compare ``side``, a half of the record (`at_ms` and `bound_ms`, UTC ms), with its check and the boot's times."""
    at_ms, bound_ms, method = side.get("at_ms"), side.get("bound_ms"), side.get("method")
    event = fact.event
    if side.get("raw_ms", event.wall_ms) != event.wall_ms:
        return Told(holds=False, proved=False, method="terminal")
    if method == "terminal":
        own = event.clock_bound_ms
        fits = at_ms == event.wall_ms and own is not None and bound_ms is not None and bound_ms >= own
        return Told(fits, fits, method)
    if method != "anchor":
        return Told(holds=True, proved=False, method=str(method))
    if at_ms is None or bound_ms is None:
        return Told(holds=False, proved=False, method=method)
    fits = any(
        _follows(one.event.body, fact, at_ms, bound_ms)
        for one in facts
        if one.event.device == event.device and one.event.boot_id == event.boot_id and isinstance(one.event.body, Clock)
    )
    return Told(fits, fits, method)


def _follows(clock: Clock, fact: Fact, at_ms: int, bound_ms: int) -> bool:
    apart_ns = clock.mono_ns - fact.event.mono_ns
    counted = clock.wall_ms - apart_ns // 10**6
    least = clock.bound_ms + abs(apart_ns) * DRIFT_PPM // 10**12
    return abs(counted - at_ms) <= _SLACK_MS and bound_ms >= least


def lasted_ms(first: Fact, last: Fact) -> int | None:
    """Return how long it was between two events of one boot, in ms, exactly; None across boots or terminals."""
    one, other = first.event, last.event
    if (one.device, one.boot_id) != (other.device, other.boot_id):
        return None
    return (other.mono_ns - one.mono_ns) // 10**6
