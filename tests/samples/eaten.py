"""A village with meal points for tests: its registry, cards, and records as terminals sign them."""

from dataclasses import replace
from typing import Any

from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.values import Filled, MealFact, filled_id
from zhendao.gateway.registry.snapshot import Elder, Place, Registry, Terminal, Token
from zhendao.gateway.registry.standing import MealPoint, Region, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.protocol.bodies import Fix, Meal, TokenRead
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign, Placement, Role, Strength, Technology

DAY = "2026-11-18"
DAY_MS = 86_400_000
NOON_MS = 1_794_974_400_000
"""Local noon of `DAY`, a Wednesday."""
RULES = MealRules()
CANTEEN, BAG, BARE, LOOSE = (bytes([n]) * 16 for n in (1, 2, 3, 4))
"""Terminals: of a canteen with a code, of a delivery point, of a point without a code, and of no point."""
TENANT = "xuhui"


def elder(number: int, **how: Any) -> Elder:
    """Return elder ``E{number}`` at home ``P{number}`` in village V1 (V2 from 5 on)."""
    household = how.pop("household", "V1" if number < 5 else "V2")
    return replace(Elder(f"E{number}", TENANT, f"P{number}", None, household=household), **how)


def registry(*more: Valid[Elder], ended: dict[int, int] | None = None, regions: bool = True) -> Registry:
    """Return a registry of eight elders (E8 lives with E7 at P7), three points, three villages (V3 has nobody).

    ``ended``: when (UTC ms) the row and the card of an elder end, by number; ``more`` replaces rows of the same elder.
    """
    gone = ended or {}
    replaced = {one.row.elder_id for one in more}
    elders = [elder(n) for n in range(1, 8)] + [elder(8, place_id="P7")]
    cards = [Token(None, card(n), Role.ELDER, f"E{n}") for n in range(1, 9)]
    tags = [Token(None, tag(n), Role.DOOR, f"P{n}") for n in range(1, 8)]
    places = [Place(f"P{n}", 310_000_000 + n * 10_000, 1_214_000_000, Datum.WGS84, 60, 5) for n in range(8)]
    points = [
        MealPoint("M1", TENANT, "一号食堂", "canteen", "330106-0001", "V1", "P0"),
        MealPoint("M2", TENANT, "送餐站", "delivery", "330106-0002", "V1"),
        MealPoint("M3", TENANT, "无码食堂", "canteen", None, "V2"),
    ]
    stood = [
        Terminal(CANTEEN, None, None, Placement.STATION, None, "M1"),
        Terminal(BAG, None, None, Placement.CARRIED, None, "M2"),
        Terminal(BARE, None, None, Placement.STATION, None, "M3"),
        Terminal(LOOSE, None, None, Placement.STATION, None),
    ]
    streets = [Region("S1", 3), *(Region(f"V{n}", 4, "S1", 0 if n == 3 else 20) for n in (1, 2, 3))]
    return Registry(
        terminals=[Valid(one, 0) for one in stood],
        tokens=[
            *(Valid(one, 0, gone.get(int(one.holder_id[1:]))) for one in cards),
            *(Valid(one, 0) for one in tags),
            Valid(Token(None, b"giver", Role.CAREGIVER, "C1"), 0),
        ],
        places=[Valid(one, 0) for one in places],
        elders=[
            *(Valid(one, 0, gone.get(int(one.elder_id[1:]))) for one in elders if one.elder_id not in replaced),
            *more,
        ],
        standing=Standing(
            regions=[Valid(one, 0) for one in streets] if regions else (),
            meal_points=[Valid(one, 0) for one in points],
        ),
    )


def card(number: int) -> bytes:
    """Return the number of an elder's card."""
    return b"card" + bytes([number])


def tag(number: int) -> bytes:
    """Return the number of the tag at the door of home ``P{number}``."""
    return b"door" + bytes([number])


def read(role: Role, uid: bytes) -> TokenRead:
    """Return a token as it was read."""
    return TokenRead(role, Strength.UID, uid, (), 1, Technology.OTHER)


def meal(who: int | None = None, door: int | None = None, **how: Any) -> Meal:
    """Return the body of a meal: by the card of an elder, at a door, or both."""
    bare = Meal(
        elder=None if who is None else read(Role.ELDER, card(who)),
        door=None if door is None else read(Role.DOOR, tag(door)),
        placement=Placement.STATION if door is None else Placement.CARRIED,
    )
    return replace(bare, **how)


def fact(minutes: float = 0, device: bytes = CANTEEN, number: int = 0, **how: Any) -> MealFact:
    """Return a signed record ``minutes`` after noon of `DAY`; ``how`` as `meal` and `MealFact` take it."""
    own = {name: how.pop(name) for name in ("known", "disputed") if name in how}
    at_ms = NOON_MS + int(minutes * 60_000)
    body = how.pop("body", None) or meal(**how)
    told = repr((minutes, device, number, body)).encode()
    name = filled_id("fact", told.hex(), 0, "")
    return MealFact(name, device, at_ms, body, **own)


def filled(who: int, number: int = 1, line: int = 2, day: str = DAY, point: str = "M1", meal: int = 2) -> Filled:
    """Return a back-filled record."""
    name = filled_id(point, day, meal, f"E{who}")
    return Filled(name, number, line, point, day, meal, f"E{who}")


def here(place: int = 0) -> Fix:
    """Return a good fix at home or point ``P{place}``."""
    return Fix(
        310_000_000 + place * 10_000, 1_214_000_000, Datum.WGS84, 50, 0, 10, 12, 90,
        constellations=Constellation.BEIDOU, signs=FixSign(0),
    )  # fmt: skip
