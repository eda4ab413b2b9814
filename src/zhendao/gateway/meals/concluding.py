"""Which records count: of each elder one a meal, back-fills only where a day has nothing else. Pure.

Promise: what comes out follows from the set of records alone, in whatever order they came; each record is in it once,
and what does not count names the one that counts in its stead. `household` is the part that a store draws again,
`conclude` all of it at once: both say the same. rule: MEAL-COUNT, MEAL-BACKFILL
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet

from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.values import Meals, State, Told

Point = tuple[str | None, str]
"""A meal point and a local day."""


def conclude(records: Iterable[Told], rules: MealRules) -> list[Meals]:
    """Return all ``records`` with what becomes of them, by time and id."""
    several = list(records)
    signed: set[Point] = {(one.point, one.day) for one in several if one.signed and one.point is not None}
    filled: dict[Point, int] = {}
    homes: dict[tuple[str, str], list[Told]] = {}
    for one in several:
        homes.setdefault((one.day, one.household), []).append(one)
        if not one.signed:
            place = one.point, one.day
            filled[place] = min(one.number, filled.get(place, one.number))
    stands = standing(signed, filled)
    found = [meal for home in homes.values() for meal in household(home, stands, rules)]
    return sorted(found, key=lambda one: (one.told.at_ms, one.told.id))


def standing(signed: AbstractSet[Point], filled: Mapping[Point, int]) -> Callable[[Told], State | None]:
    """Return what says of a back-filled record whether its point's day was taken before it; None: it was not.

    ``signed``: days of which the point has a signed record; ``filled``: the first import that filled a day.
    """

    def stands(one: Told) -> State | None:
        place = one.point, one.day
        if one.signed:
            return None
        if place in signed:
            return State.SIGNED_DAY
        return State.FILLED_DAY if filled.get(place, one.number) < one.number else None

    return stands


def household(records: Iterable[Told], stands: Callable[[Told], State | None], rules: MealRules) -> list[Meals]:
    """Return the records of one home and day with what becomes of them; what was signed goes before what was filled."""
    counted: list[Told] = []
    found = []
    for one in sorted(records, key=lambda told: told.order):
        fixed = one.fixed or stands(one)
        if fixed is not None:
            found.append(Meals(one, fixed))
            continue
        before = next((other for other in counted if _same(one, other, rules)), None)
        if before is None:
            counted.append(one)
            found.append(Meals(one, State.COUNTED))
        else:
            found.append(Meals(one, State.REPEATED if before.point == one.point else State.ELSEWHERE, before.id))
    return found


def _same(one: Told, other: Told, rules: MealRules) -> bool:
    """Tell whether two records of a household are of one meal.

    Of one person: in one meal of the day, or within minutes. A door tag that singles nobody out is the delivery of
    whose card was held there within minutes, and of its own door once a meal.
    """
    near = one.signed and other.signed and abs(one.at_ms - other.at_ms) <= rules.again_ms
    if one.elder_id is not None and other.elder_id is not None:
        return one.elder_id == other.elder_id and (one.meal == other.meal or near)
    if one.elder_id is None and other.elder_id is None:
        return one.meal == other.meal or near
    return near and one.point == other.point
