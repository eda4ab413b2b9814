"""Visits that are no in and out at one door: living in, nights with checks in between, couples cared for together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zhendao.simulators.city.honest import visit_acts
from zhendao.simulators.city.rates import Mistake
from zhendao.simulators.city.visits import MIN_MS, Act, Deed

if TYPE_CHECKING:
    from zhendao.simulators.city.model import Caregiver
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.city.visits import Visit
    from zhendao.simulators.world.engine.chance import Chance

_MORNING_M: Final = (20, 200)
"""She attests the day so many minutes after she is up."""
_TWICE: Final = 150
"""Of a thousand such days, those on which she holds the card there in the evening too: nobody asked for it."""
_NEXT_MS: Final = (25_000, 90_000)
"""From one terminal of a home to the other."""
_CLOSE_MS: Final = 20 * MIN_MS
"""So shortly before she leaves nobody checks in again."""
_OF_BOTH: Final = frozenset({Mistake.LATE, Mistake.LEFT_EARLY, Mistake.STAYED_LONG})


def living(visit: Visit, who: Caregiver, chance: Chance) -> list[Act]:
    """Return the one check of a day of living in; now and then there is another in the evening."""
    visit.happened, visit.by, visit.booked = True, who, who
    visit.from_ms, visit.to_ms = visit.begin_ms, visit.end_ms
    elder = visit.bond.elder
    if elder.terminal is None:
        raise ValueError("who lives in has a terminal there")
    act = Act(visit.begin_ms + chance.between(*_MORNING_M) * MIN_MS, elder.terminal, visit, who.card, door=elder.door)
    if not chance.likely(_TWICE):
        return [act]
    return [act, replace(act, at_ms=visit.end_ms - chance.between(*_MORNING_M) * MIN_MS)]


def rechecks(visit: Visit, acts: list[Act], rates: Rates, chance: Chance) -> list[Act]:
    """Return the checks within a shift: well within the time that is agreed, but for one that may be forgotten."""
    every_m = visit.bond.service.recheck_m
    if every_m is None or not acts or visit.from_ms is None or visit.to_ms is None:
        return []
    own = next((act for act in acts if act.deed is Deed.CHECK and act.at is None), None)
    if own is None:
        return []
    every_ms = every_m * MIN_MS
    found, at_ms = [], visit.from_ms
    while visit.to_ms - at_ms > every_ms * 95 // 100:
        at_ms += every_ms * chance.between(65, 85) // 100
        if visit.to_ms - at_ms > _CLOSE_MS:
            found.append(replace(own, at_ms=at_ms))
    if len(found) > 1 and chance.likely(rates.forgotten_recheck):
        visit.mistakes.add(Mistake.NO_RECHECK)
        del found[chance.below(len(found))]
    return found


def with_both(first: Visit, visit: Visit, who: Caregiver, chance: Chance) -> list[Act]:
    """Return what is done for the second of a couple during the ``first`` one's visit: a moment later, next door."""
    if first.from_ms is None or first.to_ms is None:
        raise ValueError("a visit that was has its times")
    later_ms = chance.between(*_NEXT_MS)
    visit.happened, visit.by, visit.booked = True, who, who
    visit.from_ms, visit.to_ms = first.from_ms + later_ms, first.to_ms + later_ms
    visit.mistakes |= first.mistakes & _OF_BOTH
    visit.together.add(first.visit_id)
    first.together.add(visit.visit_id)
    return visit_acts(visit, who, who.card, chance)
