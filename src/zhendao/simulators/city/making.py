"""Makes the city that stands before its first day: addresses, organisations, caregivers, elders, cards and terminals.

Promise: given by seed and scale alone. Who will cheat is not known here, so nothing of it can be in the registry.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zhendao.protocol.datum import wgs84_to_gcj02
from zhendao.protocol.vocabulary import Datum, Mounting, Placement, Role, Strength, Technology
from zhendao.simulators.city import names
from zhendao.simulators.city.ground import TURNS, Spot, along, around, degrees_e7
from zhendao.simulators.city.model import Caregiver, City, Elder, Organisation, Place, Sky, Terminal, Token
from zhendao.simulators.city.scale import REGIONS

if TYPE_CHECKING:
    from zhendao.simulators.city.scale import Scale
    from zhendao.simulators.world.engine.chance import Chance

_REGION_DM: Final = 4_500
"""Estates lie about the centre of their sub-district with this spread."""
_HOMES: Final = 44
"""Elders of an estate."""
_CARRY_EVERY: Final = 4
"""Of so many organisations the caregivers of one carry terminals."""
_STATION_EVERY: Final = 23
"""Of so many caregivers one works at the station."""
_LIVING_EVERY: Final = 45
"""Of so many one lives with an elder, where terminals hang in homes."""
_COUPLES: Final = 30
"""Of a thousand elders of such organisations, those who live with the elder next to them in the list."""
_LEVELS: Final = ("red", "orange", "orange", "yellow", "yellow", "yellow", "green", "green", "green", "green")
_MICRO: Final = 1_000_000
_MARKED_WRONG: Final = 3
"""Of a thousand homes, those marked wrong: a click beside the house, or the datum of the map forgotten."""
_WRONG_DM: Final = (3_000, 8_000)
_CHALLENGE: Final = (Technology.CPU_CARD, Strength.CHALLENGE)
_SUN: Final = (Technology.NTAG424, Strength.DYNAMIC)
_PLAIN: Final = (Technology.NTAG21X, Strength.UID)
_CARDS: Final = (_CHALLENGE,) * 8 + (_SUN, _PLAIN)
_DOORS: Final = (_CHALLENGE,) * 5 + (_SUN,) * 4 + (_PLAIN,)
_CARRIED_DOORS: Final = (_SUN,) * 8 + (_PLAIN,) * 2


def make(scale: Scale, chance: Chance) -> City:
    """Return the city, without its rounds."""
    city = City(tuple(name for name, _, _ in REGIONS[: scale.regions]))
    for number in range(scale.organisations):
        _organisation(city, number, chance.child(f"organisation {number}"))
    for number in range(scale.caregivers):
        _caregiver(city, number, chance.child(f"caregiver {number}"))
    estates = max(scale.regions, scale.elders // _HOMES)
    made = [_estate(number % scale.regions, chance.child(f"estate {number}")) for number in range(estates)]
    for number in range(scale.elders):
        _elder(city, number, made[number % estates], chance.child(f"elder {number}"))
    _couples(city, chance)
    return city


def _couples(city: City, chance: Chance) -> None:
    """Have some elders of one estate live together: one home, and for each a door tag and a terminal."""
    before: dict[tuple[int, str], int] = {}
    for number, elder in enumerate(city.elders):
        if elder.terminal is None:
            continue
        estate = served_by(number, city), elder.place.address.split()[0]
        other = before.pop(estate, None)
        if other is None or not chance.child(f"couple {number}").likely(_COUPLES):
            before[estate] = number
            continue
        place = city.elders[other].place
        terminal = replace(elder.terminal, place=place)
        city.terminals[terminal.number] = terminal
        city.elders[number] = replace(elder, place=place, terminal=terminal)


def carries(organisation: int) -> bool:
    """Tell whether the caregivers of the organisation of this number carry terminals."""
    return organisation % _CARRY_EVERY == _CARRY_EVERY - 1


def token(role: Role, kind: tuple[Technology, Strength], chance: Chance) -> Token:
    """Return a new token; a plain chip holds no number of ours."""
    technology, strength = kind
    number = None if strength is Strength.UID else chance.bytes(16)
    return Token(number, b"\x04" + chance.bytes(6), role, technology, strength, chance.between(3, 400))


def _estate(region: int, chance: Chance) -> tuple[str, str, Spot]:
    name, east, north = REGIONS[region]
    spot = Spot(east + around(chance, _REGION_DM), north + around(chance, _REGION_DM))
    return name, names.estate(chance), spot


def _place(place_id: str, region: str, address: str, spot: Spot, chance: Chance, *, home: bool = False) -> Place:
    """Return an address marked as people mark them: some by a survey, some by a click on a map, a few wrong."""
    accuracy = chance.between(4, 12)
    marked = spot.off(around(chance, accuracy * 4), around(chance, accuracy * 4))
    datum = chance.pick((Datum.GCJ02, Datum.GCJ02, Datum.WGS84, Datum.CGCS2000))
    wrong, dice = False, chance.child("marked wrong")
    if home and dice.likely(_MARKED_WRONG):
        wrong = True
        if datum is not Datum.GCJ02:  # else what a map gave is taken for what a receiver gave
            marked = spot.off(*along(dice.below(TURNS), dice.between(*_WRONG_DM), 0))
    lat, lon = degrees_e7(marked)
    if datum is Datum.GCJ02:
        north, east = wgs84_to_gcj02(lat / 1e7, lon / 1e7)
        lat, lon = (round(one * _MICRO) * 10 for one in (north, east))  # a map gives six decimals
        datum = Datum.WGS84 if wrong else datum
    major = chance.between(40, 160)
    sky = Sky(
        around(chance, 80), around(chance, 80), major, major * chance.between(35, 90) // 100,
        chance.below(TURNS), chance.likely(180),
    )  # fmt: skip
    return Place(place_id, region, address, spot, lat, lon, datum, chance.pick((60, 80, 100)), accuracy, sky, wrong)


def _terminal(city: City, placement: Placement, place: Place | None, chance: Chance) -> Terminal:
    mounting = chance.pick((Mounting.CRADLE, Mounting.WALL))
    receiver = place is None or chance.likely(700)
    made = Terminal(len(city.terminals), chance.bytes(16), chance.bytes(16), placement, mounting, place, receiver)
    city.terminals.append(made)
    return made


def _organisation(city: City, number: int, chance: Chance) -> None:
    region = number % len(city.regions)
    name, east, north = REGIONS[region]
    spot = Spot(east + around(chance, _REGION_DM), north + around(chance, _REGION_DM))
    identity = f"ORG{number + 1:02}"
    place = _place(f"S{number + 1:02}", name, f"{name}街道办事处旁 {number + 1} 号", spot, chance.child("place"))
    title = f"{name}{chance.pick(('康乐', '孝亲', '安心', '颐养', '暖阳'))}居家养老服务社"
    station = _terminal(city, Placement.STATION, place, chance.child("station"))
    city.organisations.append(Organisation(identity, title, name, place, station, carries(number)))


def _caregiver(city: City, number: int, chance: Chance) -> None:
    organisation = city.organisations[number % len(city.organisations)]
    home = organisation.place.spot.off(around(chance, 15_000), around(chance, 15_000))
    kind = chance.pick(_CARDS)
    card, spare = (token(Role.CAREGIVER, kind, chance.child(which)) for which in ("card", "second card"))
    at_station = number % _STATION_EVERY == _STATION_EVERY // 2
    lives_in = number % _LIVING_EVERY == _LIVING_EVERY // 2 and not at_station and not organisation.carries
    carried = organisation.carries and not at_station
    terminal = _terminal(city, Placement.CARRIED, None, chance.child("terminal")) if carried else None
    identity, name, number_called = f"C{number + 1:04}", names.person(chance), names.phone(chance)
    city.caregivers.append(
        Caregiver(
            number, identity, name, number_called, organisation, card, spare, home, terminal, at_station, lives_in
        )
    )


def _elder(city: City, number: int, estate: tuple[str, str, Spot], chance: Chance) -> None:
    region, title, spot = estate
    house, floor = chance.between(1, 40), chance.between(1, 6)
    # houses of an estate stand in rows, 45 m by 30 m
    there = spot.off((house % 8 - 4) * 450 + around(chance, 40), (house // 8 - 2) * 300 + around(chance, 40))
    address = f"{title} {house} 号 {floor}0{chance.between(1, 4)} 室"
    place = _place(f"P{number + 1:05}", region, address, there, chance.child("place"), home=True)
    # which organisation serves an elder decides whether a terminal hangs there
    carried = carries(served_by(number, city))
    door = token(Role.DOOR, chance.pick(_CARRIED_DOORS if carried else _DOORS), chance.child("door"))
    terminal = None if carried else _terminal(city, Placement.HOME, place, chance.child("terminal"))
    city.elders.append(
        Elder(
            f"E{number + 1:05}", names.person(chance), names.phone(chance), chance.pick(_LEVELS), place, door, terminal
        )
    )


def served_by(elder: int, city: City) -> int:
    """Return the number of the organisation that serves the elder of this number: one near its home, as a rule."""
    regions, organisations = len(city.regions), len(city.organisations)
    region = elder % max(regions, 1)
    near = [one for one in range(organisations) if one % regions == region] or [region % organisations]
    return near[elder // regions % len(near)]
