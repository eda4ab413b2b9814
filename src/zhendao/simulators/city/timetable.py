"""Who goes to whom, on which days and when: rounds that a caregiver can ride, with the ways between the doors.

Promise: no caregiver is booked in two places at once, and the way from door to door fits between two bookings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zhendao.simulators.city.ground import travel_min
from zhendao.simulators.city.making import served_by
from zhendao.simulators.city.model import Bond
from zhendao.simulators.city.services import LIVING, MEAL, NIGHT, SERVICES, WATCH

if TYPE_CHECKING:
    from zhendao.simulators.city.ground import Spot
    from zhendao.simulators.city.model import Caregiver, City, Elder
    from zhendao.simulators.city.services import Service
    from zhendao.simulators.world.engine.chance import Chance

_PATTERNS: Final = {
    1: (0b1, 0b10, 0b100, 0b1000, 0b10000, 0b100000),
    2: (0b1001, 0b10010, 0b100100, 0b10100, 0b101000, 0b1010),
    3: (0b10101, 0b101010),
}
"""Days of the week on which somebody comes, bit 0 Monday; nobody works on Sunday but for meals and nights."""
_FIRST_M, _LAST_M, _STEP_M = 8 * 60, 19 * 60, 5
_MARGIN_M: Final = 6
_NIGHT_M: Final = 20 * 60 + 30
_NOON_M, _EVENING_M = 11 * 60, 16 * 60 + 45
_NIGHT_EVERY, _MEAL_EVERY, _PAIR_OF = 41, 13, 250
_WATCHED: Final = 500
"""Of a thousand elders with somebody there at night, those for whom she checks in again and again."""
_SECOND_SERVICE: Final = 70
"""Of a thousand pairs of elder and caregiver, those who have two services on different days."""
_DAYS: Final = range(7)

_Busy = tuple[int, int, "Spot"]


class Book:
    """What one caregiver is booked for on each day of the week."""

    def __init__(self) -> None:
        self._busy: list[list[_Busy]] = [[] for _ in _DAYS]

    def free(self, days: int, begin_m: int, minutes: int, spot: Spot) -> bool:
        """Tell whether she can be there then on all these days, and come from and go to what lies before and after."""
        return not any(after < begin_m < before for after, before in self.taken(days, minutes, spot))

    def taken(self, days: int, minutes: int, spot: Spot) -> list[tuple[int, int]]:
        """Return between which minutes of the day she cannot begin there, on any of these days; neither is included."""
        found = []
        for day in _DAYS:
            if days >> day & 1:
                for begin, end, where in self._busy[day]:
                    gap = travel_min(where, spot) + _MARGIN_M
                    found.append((begin - gap - minutes, end + gap))
        return found

    def take(self, days: int, begin_m: int, minutes: int, spot: Spot) -> None:
        """Book her."""
        for day in _DAYS:
            if days >> day & 1:
                self._busy[day].append((begin_m, begin_m + minutes, spot))


def plan_rounds(city: City, chance: Chance) -> list[Book]:
    """Give every caregiver of ``city`` her round; return what each is booked for."""
    staff: list[list[Caregiver]] = [[] for _ in city.organisations]
    for caregiver in city.caregivers:
        staff[caregiver.number % len(city.organisations)].append(caregiver)
    city.rounds = [[] for _ in city.caregivers]
    books = [Book() for _ in city.caregivers]
    taken = [0] * len(city.organisations)
    for organisation, elders in enumerate(_by_organisation(city)):
        people = [one for one in staff[organisation] if one.rides] or staff[organisation]
        elders.sort(key=lambda one: (one.place.region, one.place.address, one.elder_id))
        for caregiver in (one for one in staff[organisation] if one.lives_in):
            _live_in(city, caregiver, _alone(elders, caregiver), books[caregiver.number])
        # neighbours come one after another, so that a round stays in its quarter
        share = -(-len(elders) // len(people))
        before: Bond | None = None
        for elder in elders:
            place = taken[organisation] // share
            taken[organisation] += 1
            dice = chance.child(elder.elder_id)
            if before is not None and before.elder.place is elder.place and before.second_m is None:
                both = replace(before, elder=elder, along=before)
                city.rounds[both.caregiver.number].append(both)
                continue
            book = books[people[place].number]
            before = bond = _bond(elder, people[place], book, dice)
            if bond is None:
                continue
            city.rounds[bond.caregiver.number].append(bond)
            second = _second(bond, book, dice.child("second service"))
            if second is not None:
                city.rounds[bond.caregiver.number].append(second)
            if bond.service.code == "助浴" and dice.likely(_PAIR_OF) and place:
                _helper(city, bond, people[place - 1], books[people[place - 1].number])
    return books


def _alone(elders: list[Elder], caregiver: Caregiver) -> Elder:
    """Take out of ``elders`` (sorted) one with whom nobody else lives, and return them."""
    at = caregiver.number % len(elders)
    while any(one.place is elders[at].place for one in elders[max(0, at - 1) : at + 2] if one is not elders[at]):
        at = (at + 1) % len(elders)
    return elders.pop(at)


def _live_in(city: City, caregiver: Caregiver, elder: Elder, book: Book) -> None:
    every_day = (1 << len(_DAYS)) - 1
    book.take(every_day, 0, 24 * 60, elder.place.spot)
    begin_m, minutes = _FIRST_M - 120, LIVING.usual[0]
    city.rounds[caregiver.number].append(Bond(elder, caregiver, LIVING, every_day, begin_m, minutes))


def _second(bond: Bond, book: Book, chance: Chance) -> Bond | None:
    """Return another service that the same two have on other days, where they have one."""
    if bond.service not in SERVICES or not chance.likely(_SECOND_SERVICE):
        return None
    service = chance.pick([one for one in SERVICES if one is not bond.service])
    made = _fit(bond.elder, bond.caregiver, service, book, chance, range(_FIRST_M, _LAST_M, _STEP_M), bond.days)
    return None if made is None else replace(made, slot=service.code)


def _by_organisation(city: City) -> list[list[Elder]]:
    found: list[list[Elder]] = [[] for _ in city.organisations]
    for number, elder in enumerate(city.elders):
        found[served_by(number, city)].append(elder)
    return found


def _bond(elder: Elder, caregiver: Caregiver, book: Book, chance: Chance) -> Bond | None:
    """Return when this caregiver comes to this elder; None where she has no time left."""
    if caregiver.number % _NIGHT_EVERY == _NIGHT_EVERY - 1:
        night = WATCH if chance.child("watch").likely(_WATCHED) else NIGHT
        return _fit(elder, caregiver, night, book, chance, (_NIGHT_M,))
    if caregiver.number % _MEAL_EVERY == _MEAL_EVERY - 1:
        return _meals(elder, caregiver, book, chance)
    service = _service(chance)
    return _fit(elder, caregiver, service, book, chance, range(_FIRST_M, _LAST_M, _STEP_M))


def _service(chance: Chance) -> Service:
    left = chance.below(sum(one.share for one in SERVICES))
    for one in SERVICES:
        left -= one.share
        if left < 0:
            return one
    return SERVICES[-1]


def _fit(
    elder: Elder, caregiver: Caregiver, service: Service, book: Book, chance: Chance, begins: range | tuple[int, ...],
    taken: int = 0,
) -> Bond | None:  # fmt: skip
    """Return a bond on days that are not ``taken``; None where she has no time."""
    minutes, spot = chance.between(*service.usual), elder.place.spot
    weekly = chance.pick(service.weekly)
    for days in (*chance.shuffled(_PATTERNS[weekly]), *_PATTERNS[1]):
        busy = book.taken(days, minutes, spot)
        for begin_m in begins if not days & taken else ():
            in_time = service in {NIGHT, WATCH} or begin_m + minutes <= _LAST_M
            if in_time and not any(after < begin_m < before for after, before in busy):
                book.take(days, begin_m, minutes, spot)
                return Bond(elder, caregiver, service, days, begin_m, minutes)
    return None


def _meals(elder: Elder, caregiver: Caregiver, book: Book, chance: Chance) -> Bond | None:
    minutes, spot = chance.between(*MEAL.usual), elder.place.spot
    for days in chance.shuffled(_PATTERNS[chance.pick(MEAL.weekly)]):
        busy = book.taken(days, minutes, spot)
        for shift in range(0, 120, _STEP_M):
            noon, evening = _NOON_M + shift, _EVENING_M + shift
            if not any(after < begin_m < before for after, before in busy for begin_m in (noon, evening)):
                book.take(days, noon, minutes, spot)
                book.take(days, evening, minutes, spot)
                return Bond(elder, caregiver, MEAL, days, noon, minutes, evening)
    return None


def _helper(city: City, bond: Bond, helper: Caregiver, book: Book) -> None:
    """Have a colleague come along, where she has the time: two pairs of hands lift somebody into a bath."""
    spot = bond.elder.place.spot
    if book.free(bond.days, bond.begin_m, bond.minutes, spot):
        book.take(bond.days, bond.begin_m, bond.minutes, spot)
        both = Bond(bond.elder, helper, bond.service, bond.days, bond.begin_m, bond.minutes, helps=True)
        city.rounds[helper.number].append(both)
