"""Whose meal it is, and where: the one way from a signed or back-filled record to what is compared. Pure.

Promise: the same record and registry give the same; a card of nobody, a point without a code, a time that nobody knows
are said, and nothing is dropped. rule: MEAL-POINT, MEAL-DEAD
"""

from dataclasses import dataclass

from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.values import Filled, MealFact, State, Told, day_at, noon_of
from zhendao.gateway.place import geofence
from zhendao.gateway.registry.snapshot import Elder, Registry
from zhendao.gateway.registry.standing import MealPoint
from zhendao.protocol.bodies import Meal, TokenRead
from zhendao.protocol.vocabulary import Placement, Role

VILLAGE = 4


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose it is: the elder where one is singled out, the household, and what that makes of it."""

    elder_id: str | None
    household: str
    village: str | None = None
    fixed: State | None = None
    dead_on: str | None = None
    flags: tuple[str, ...] = ()


def tell(fact: MealFact, registry: Registry, rules: MealRules) -> Told:
    """Return what a signed record says, as the registry had it then."""
    body, at_ms = fact.body, fact.at_ms
    day = day_at(at_ms, rules.offset_ms)
    point, flags = _point(fact, registry)
    whose = _by_card(body.elder, fact.id, registry, at_ms, day) if body.elder is not None else None
    if whose is None:
        whose = _by_door(body, fact.id, registry, at_ms, day, rules)
    elif body.door is not None and not _lives_there(whose.elder_id, body.door, registry, at_ms):
        flags += ("other_door",)
    flags += whose.flags
    if not fact.known:
        flags += ("undated",)
    if fact.disputed:
        flags += ("time_disputed",)
    way = "delivery" if body.placement is Placement.CARRIED else "canteen"
    verdict = _where(body, point, registry, at_ms)
    if verdict is not None and verdict.answer is geofence.Answer.OUTSIDE:
        flags += ("away",)
    by = "+".join(name for name, read in (("card", body.elder), ("door", body.door)) if read is not None)
    return Told(
        fact.id,
        at_ms,
        day,
        rules.number(at_ms),
        point=None if point is None else point.point,
        coded=point is not None and point.place_code is not None,
        elder_id=whose.elder_id,
        household=whose.household,
        village=whose.village,
        way=way,
        by=by or "nothing",
        fixed=whose.fixed,
        flags=tuple(sorted(flags)),
        distance_m=None if verdict is None or verdict.distance_m is None else round(verdict.distance_m),
        dead_on=whose.dead_on,
        device=fact.device,
    )


def tell_filled(row: Filled, registry: Registry, rules: MealRules) -> Told:
    """Return what a back-filled record says, as the registry had it at noon of that day."""
    at_ms = noon_of(row.day, rules.offset_ms)
    point = registry.standing.meal_point(row.point, at_ms)
    whose = _elder(row.elder_id, registry, at_ms, row.day)
    flags = (*whose.flags, *_of_point(point))
    return Told(
        row.id,
        at_ms,
        row.day,
        row.meal,
        point=row.point,
        coded=point is not None and point.place_code is not None,
        elder_id=whose.elder_id,
        household=whose.household,
        village=whose.village,
        way=row.way or ("canteen" if point is None else point.kind),
        by="paper",
        fixed=whose.fixed,
        flags=tuple(sorted(flags)),
        number=row.number,
        line=row.line,
        dead_on=whose.dead_on,
    )


def village_of(elder: Elder, registry: Registry, at_ms: int) -> str | None:
    """Return the village in whose register an elder is, else where the home stands; None where that is no village.

    Where nobody keeps a table of regions they are what the other tables say.
    """
    region = elder.household
    if region is None and elder.place_id is not None:
        place = registry.place(elder.place_id, at_ms)
        region = None if place is None else place.region
    if region is None:
        return None
    row = registry.standing.region(region, at_ms)
    return region if row is None or row.level == VILLAGE else None


def _point(fact: MealFact, registry: Registry) -> tuple[MealPoint | None, tuple[str, ...]]:
    """Return the point: the terminal's own in the registry, else the one that holds the code that it told."""
    at_ms, told = fact.at_ms, fact.body.place_code
    terminal = registry.terminal(fact.device, at_ms)
    named = None if terminal is None else terminal.meal_point
    point = None if named is None else registry.standing.meal_point(named, at_ms)
    if point is None and told is not None:
        point = registry.standing.meal_point_of(told, at_ms)
    flags = _of_point(point)
    if point is not None and told is not None and point.place_code not in {None, told}:
        flags += ("other_code",)
    return point, flags


def _of_point(point: MealPoint | None) -> tuple[str, ...]:
    if point is None:
        return ("no_point",)
    return () if point.place_code is not None else ("no_code",)


def _by_card(card: TokenRead, record: bytes, registry: Registry, at_ms: int, day: str) -> _Whose:
    token = registry.token(card.token_id, card.uid, at_ms)
    ended = token is None
    if token is None:
        token = registry.token_before(card.token_id, card.uid, at_ms)
    if token is None or token.role is not Role.ELDER:
        return _Whose(None, f"record {record.hex()}", fixed=State.UNKNOWN)
    whose = _elder(token.holder_id, registry, at_ms, day)
    if ended and whose.fixed is None:
        return _Whose(whose.elder_id, whose.household, whose.village, State.UNKNOWN, None, ("card_ended",))
    return whose


def _elder(elder_id: str, registry: Registry, at_ms: int, day: str) -> _Whose:
    """Return what the registry says of an elder on ``day``; of whose row had ended before, what the last one said."""
    row, rows = registry.elder(elder_id, at_ms), registry.elder_rows(elder_id)
    before = [one for one in rows if one.from_ms <= at_ms]
    if row is None and not before:
        return _Whose(elder_id, f"elder {elder_id}", fixed=State.UNKNOWN)
    known = before[-1].row if row is None else row
    household = f"elder {elder_id}" if known.place_id is None else f"place {known.place_id}"
    village = village_of(known, registry, at_ms)
    died = next((one.row.died_on for one in rows if one.row.died_on is not None), None)
    if died is not None and day > died:
        return _Whose(elder_id, household, village, State.DEAD, died)
    if row is None:
        return _Whose(elder_id, household, village, State.DEAD, None, ("registration_ended",))
    return _Whose(elder_id, household, village)


def _by_door(body: Meal, record: bytes, registry: Registry, at_ms: int, day: str, rules: MealRules) -> _Whose:
    """Return who lives behind the door: one elder, or a household of several whose village they share."""
    place_id = None if body.door is None else _home(body.door, registry, at_ms)
    if place_id is None or not rules.door_alone:
        return _Whose(None, f"record {record.hex()}", fixed=State.UNKNOWN)
    several = [_elder(one.elder_id, registry, at_ms, day) for one in registry.elders_at_place(place_id, at_ms)]
    living = [one for one in several if one.fixed is None]
    if len(living) == 1 or (several and not living):
        return (living or several)[0]
    villages = {one.village for one in living}
    village = villages.pop() if len(villages) == 1 else None
    return _Whose(None, f"place {place_id}", village, None if living else State.UNKNOWN)


def _home(door: TokenRead, registry: Registry, at_ms: int) -> str | None:
    token = registry.token(door.token_id, door.uid, at_ms)
    return token.holder_id if token is not None and token.role is Role.DOOR else None


def _lives_there(elder_id: str | None, door: TokenRead, registry: Registry, at_ms: int) -> bool:
    home = _home(door, registry, at_ms)
    elder = None if elder_id is None else registry.elder(elder_id, at_ms)
    return elder is None or home is None or elder.place_id == home


def _where(body: Meal, point: MealPoint | None, registry: Registry, at_ms: int) -> geofence.Verdict | None:
    """Return how far the fix was from where it should be: the point of a canteen, the home behind a door."""
    place_id = None
    if body.placement is not Placement.CARRIED:
        place_id = None if point is None else point.place_id
    elif body.door is not None:
        place_id = _home(body.door, registry, at_ms)
    place = None if place_id is None else registry.place(place_id, at_ms)
    return None if place is None or body.fix is None else geofence.judge(place, body.fix)
