"""Whether a caregiver is to have checked in by now, and at which terminals she would. Pure.

Promise: whoever does not count, is barred or on leave is never expected. Where all her visits have days and hours she
is expected once one of today has begun long enough ago, and not on a day without one; anybody else on the working days
of her plan. Her terminals: the station's of her organisation, and those of the homes that she goes to.
rule: REMIND, STATION, ROLES, ORG-TYPES, BINDING
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from zhendao.gateway.judging.counted import uncounted
from zhendao.gateway.plans.today import Slot, Span, local_day, times_of
from zhendao.gateway.registry.snapshot import Caregiver, Registry, Schedule, Terminal
from zhendao.gateway.registry.validity import Related, Valid
from zhendao.protocol.vocabulary import Placement


class Unexpected(StrEnum):
    """Why nobody waits for a caregiver's check-in; the first that holds, in this order."""

    UNCOUNTED = "uncounted"
    """No 持证护理员 of a counted organisation, or bound to none."""
    BARRED = "barred"
    LEAVE = "leave"
    OFF = "off"
    """Not a working day of hers: nothing is planned today, or it is no working day of the plan."""
    EARLY = "early"
    """Her first visit of today has not begun, or only just."""


@dataclass(frozen=True, slots=True)
class Working:
    """When whoever has no planned hours works (bits of days, 1 is Monday), and how long after its begin a visit counts.

    ``offset_ms``: how far the local day is ahead of Greenwich's.
    """

    days: int
    after_ms: int
    offset_ms: int


class Duties:
    """Who is to do what, out of one registry; made once for it."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._agreed: Related[str, Schedule] = Related((one.row.caregiver_id, one) for one in registry.schedules)
        self._stations: Related[str, Terminal] = Related(
            (one.row.place_id, one)
            for one in registry.stood
            if one.row.place_id is not None and one.row.placement is Placement.STATION
        )

    def unexpected(self, who: Caregiver, at_ms: int, working: Working) -> Unexpected | None:
        """Return why this caregiver need not have checked in by ``at_ms`` (UTC ms); None where she is expected to."""
        standing = self.registry.standing
        if uncounted(who.caregiver_id, at_ms, self.registry) is not None:
            return Unexpected.UNCOUNTED
        if standing.block(who.caregiver_id, at_ms) is not None:
            return Unexpected.BARRED
        if standing.is_absent(who.caregiver_id, at_ms):
            return Unexpected.LEAVE
        return self._by_plan(who.caregiver_id, at_ms, working)

    def _by_plan(self, caregiver_id: str, at_ms: int, working: Working) -> Unexpected | None:
        day = local_day(at_ms, working.offset_ms)
        held = [one for one in self._agreed.of(caregiver_id) if _touches(one, day)]
        if not held or any(one.row.hours is None for one in held):
            return None if working.days >> day.weekday & 1 else Unexpected.OFF
        begins = [begin for one in held for begin, _ in times_of(_slot(one), day) if begin >= day.from_ms]
        if not begins:
            return Unexpected.OFF
        return None if at_ms - min(begins) >= working.after_ms else Unexpected.EARLY

    def terminals(self, who: Caregiver, at_ms: int, offset_ms: int) -> tuple[Terminal, ...]:
        """Return the terminals at which this caregiver may check in on the local day of ``at_ms`` (UTC ms)."""
        registry, day = self.registry, local_day(at_ms, offset_ms)
        found: dict[bytes, Terminal] = {}
        if who.organisation is not None:
            firm = registry.standing.organisation(who.organisation, at_ms)
            if firm is not None and firm.place_id is not None:
                found |= {one.device: one for one in self._stations.at(firm.place_id, at_ms)}
        for elder_id in self._elders(who.caregiver_id, at_ms, day):
            found |= {one.device: one for one in registry.terminals_of(elder_id, at_ms)}
        return tuple(found[device] for device in sorted(found))

    def _elders(self, caregiver_id: str, at_ms: int, day: Span) -> Iterable[str]:
        held = [one for one in self._agreed.of(caregiver_id) if _touches(one, day)]
        elders = {one.row.elder_id for one in held if one.row.hours is None or times_of(_slot(one), day)}
        return sorted(elders | set(self.registry.standing.elders_bound_to(caregiver_id, at_ms)))


class NewestDuties:
    """The duties of the registry that was asked about last: made once for all who ask, whichever thread they are."""

    def __init__(self) -> None:
        self._held: Duties | None = None

    def of(self, registry: Registry) -> Duties:
        """Return the duties of ``registry``."""
        held = self._held
        if held is None or held.registry is not registry:
            held = self._held = Duties(registry)
        return held


def _touches(one: Valid[Schedule], day: Span) -> bool:
    return one.from_ms < day.to_ms and (one.to_ms is None or one.to_ms > day.from_ms)


def _slot(one: Valid[Schedule]) -> Slot:
    row = one.row
    return Slot(row.elder_id, row.caregiver_id, row.days, row.hours or "", one.from_ms, one.to_ms)
