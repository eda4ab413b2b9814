"""Days at the stations: whoever works there checks in with her card alone, on coming and on leaving. rule: STATION.

Promise: each stay stands in the truth as a shift, whether or not it was witnessed; who is ill has none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zhendao.simulators.city.ground import around
from zhendao.simulators.city.rates import Mistake
from zhendao.simulators.city.visits import MIN_MS, Act, Shift

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhendao.simulators.city.model import Caregiver, City
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.world.engine.chance import Chance

_WHOLE: Final = ((8 * 60, 16 * 60 + 30),)
_SPLIT: Final = ((7 * 60 + 30, 11 * 60 + 15), (13 * 60, 17 * 60))
"""With a pause at noon, for which she checks out too. Minutes of the day."""
_SUNDAY: Final = 6
_WEEK: Final = 7
_PUNCTUAL_M: Final = 3
_LATE_M: Final = (12, 40)


def shifts(city: City, rates: Rates, day: int, day_ms: int, chance: Chance) -> Iterator[tuple[Shift, list[Act]]]:
    """Give the shifts of the day that begins at ``day_ms`` (UTC ms), each with what is done at the terminal."""
    count = 0
    for caregiver in (one for one in city.caregivers if one.at_station):
        dice = chance.child(caregiver.caregiver_id)
        if day % _WEEK == _SUNDAY or dice.likely(rates.sick_days):
            continue
        for begin_m, end_m in _SPLIT if caregiver.number % 2 else _WHOLE:
            count += 1
            from_ms = day_ms + begin_m * MIN_MS + around(dice, _PUNCTUAL_M * MIN_MS)
            to_ms = day_ms + end_m * MIN_MS + abs(around(dice, _PUNCTUAL_M * MIN_MS))
            shift = Shift(f"S{day + 1:03}-{count:04}", caregiver, from_ms, to_ms)
            if dice.likely(rates.late):
                shift.mistakes.add(Mistake.LATE)
                shift.from_ms += dice.between(*_LATE_M) * MIN_MS
            yield shift, _acts(shift, caregiver, rates, dice)


def _acts(shift: Shift, caregiver: Caregiver, rates: Rates, chance: Chance) -> list[Act]:
    come_ms = shift.from_ms + chance.between(5_000, 60_000)
    station = caregiver.organisation.station
    come, leave = (Act(at_ms, station, shift, caregiver.card) for at_ms in (come_ms, shift.to_ms))
    draw = chance.below(1000)
    for rate, mistake, done in (
        (rates.forgotten_out, Mistake.FORGOTTEN_OUT, [come]),
        (rates.forgotten_in, Mistake.FORGOTTEN_IN, [leave]),
        (rates.double_tap, Mistake.DOUBLE_TAP, [come, replace(come, at_ms=come_ms + 20_000), leave]),
    ):
        draw -= rate
        if draw < 0:
            shift.mistakes.add(mistake)
            return done
    return [come, leave]
