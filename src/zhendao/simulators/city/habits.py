"""Who cheats, and how: drawn after the city stands, so that nothing in the registry follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.simulators.city.rates import AT_HOMES, CARRIED, Fraud

if TYPE_CHECKING:
    from zhendao.simulators.city.changes import Changes
    from zhendao.simulators.city.model import Bond, Caregiver, City
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.city.timetable import Book
    from zhendao.simulators.world.engine.chance import Chance

_ENOUGH = 3
"""Bonds that somebody has who is worth a habit."""


@dataclass(slots=True)
class Habits:
    """``of``: habits by number of the caregiver; ``friends``: her confederate; ``moved``: elders whose terminal is."""

    of: dict[int, Fraud] = field(default_factory=dict)
    friends: dict[int, Caregiver] = field(default_factory=dict)
    moved: dict[str, Bond] = field(default_factory=dict)


def draw_habits(city: City, books: list[Book], changes: Changes, rates: Rates, chance: Chance) -> Habits:
    """Return who cheats how; ``books``: what each is booked for."""
    habits = Habits()
    people = [one for one in chance.shuffled(city.caregivers) if _worth_it(city.rounds[one.number])]
    if not rates.caregivers:
        return habits
    renewed = [one.elder for one in changes.exchanged]
    count = max(1, len(city.caregivers) * rates.caregivers // 1000)
    for fraud in sorted(Fraud):
        fit = [one for one in people if one.number not in habits.of and _can(one, fraud)]
        if fraud is Fraud.MOVED:
            fit = [one for one in fit if _alone(city, one).elder not in renewed]
        for caregiver in fit[:count]:
            habits.of[caregiver.number] = fraud
            friends = _friends(city, caregiver, habits, chance)
            if fraud is Fraud.LENT_CARD:  # who takes a card along has the time for its visits
                friends.sort(key=lambda one: -_visits(caregiver, city, books[one.number]))
            habits.friends[caregiver.number] = friends[0]
            if fraud is Fraud.MOVED:
                bond = _alone(city, caregiver)
                habits.moved[bond.elder.elder_id] = bond
    return habits


def _worth_it(bonds: list[Bond]) -> bool:
    return len(bonds) >= _ENOUGH and not any(one.along for one in bonds)


def _can(caregiver: Caregiver, fraud: Fraud) -> bool:
    return fraud in (CARRIED if caregiver.terminal is not None else AT_HOMES)


def _friends(city: City, caregiver: Caregiver, habits: Habits, chance: Chance) -> list[Caregiver]:
    """Return colleagues of the same organisation in some order; honest ones where there are any."""
    colleagues = [one for one in city.caregivers if one.organisation is caregiver.organisation]
    others = [one for one in colleagues if one is not caregiver and one.rides] or colleagues
    honest = [one for one in others if one.number not in habits.of]
    return chance.shuffled(honest or others)


def _visits(caregiver: Caregiver, city: City, book: Book) -> int:
    """Return to how many of her elders somebody with this book could go in her place."""
    bonds = city.rounds[caregiver.number]
    return sum(book.free(one.days, one.begin_m, one.minutes, one.elder.place.spot) for one in bonds)


def _alone(city: City, caregiver: Caregiver) -> Bond:
    """Return the one of her elders whom she sees most often."""
    return max(city.rounds[caregiver.number], key=lambda one: (one.days.bit_count(), one.elder.elder_id))
