"""Runs a city from its eve to the end of its last visit, and hands out facts in the order of their arrival.

Promise: memory is bounded by what one day holds and by what is still under way; a fact is handed out when nothing
that could arrive before it is still to come. The truth of a visit is handed out when all its facts are.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from zhendao.simulators.city.changes import draw_changes
from zhendao.simulators.city.corrections import corrections
from zhendao.simulators.city.day import Days
from zhendao.simulators.city.facts import Fact, Witness
from zhendao.simulators.city.habits import draw_habits
from zhendao.simulators.city.making import make
from zhendao.simulators.city.office import open_office
from zhendao.simulators.city.outages import Outages
from zhendao.simulators.city.rates import Fraud
from zhendao.simulators.city.stations import shifts
from zhendao.simulators.city.timetable import plan_rounds
from zhendao.simulators.city.upkeep import Chore, chores
from zhendao.simulators.city.visits import DAY_MS, MIN_MS, Act, Shift, Visit
from zhendao.simulators.world.engine.chance import Chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zhendao.simulators.city.model import Terminal
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.city.scale import Scale

START_MS: Final = 1_793_548_800_000
"""Midnight in Shanghai on Monday, 2 November 2026, UTC ms."""
_INSTALLED_MS: Final = 6 * 3_600_000
"""Terminals are put into service within these hours, from six to noon of the eve."""
_TAKEN_MS: Final = 3 * 3_600_000
_RESTARTED: Final = 6
"""Of a thousand terminals, those that restart on the evening of the eve."""


class Run:
    """One city, one seed, so many days."""

    def __init__(self, seed: int, scale: Scale, days: int, rates: Rates) -> None:
        """Make the city; nothing has happened yet."""
        self.seed, self.scale, self.days, self.rates = seed, scale, days, rates
        self._chance = Chance(seed, "city")
        self.city = make(scale, self._chance.child("people"))
        books = plan_rounds(self.city, self._chance.child("rounds"))
        self.changes = draw_changes(self.city, books, START_MS, self._chance.child("changes"))
        self.office = open_office(self.city, START_MS, self._chance.child("office"))
        self.habits = draw_habits(self.city, books, self.changes, rates, self._chance.child("habits"))
        self.outages = Outages(self.city, rates)
        self._witness = Witness(self.city.terminals, self.outages, self.changes, rates, self._chance.child("terminals"))
        self._days = Days(self.city, books, self.habits, rates, START_MS)
        self.shifts: list[Shift] = []
        """At stations, so far."""
        self._todo: list[tuple[int, int, Act | Chore]] = []
        self._on_the_way: list[tuple[int, int, Fact]] = []
        self._count = self._corrected = 0

    def play(self) -> Iterator[tuple[list[Fact], list[Visit]]]:
        """Give, day by day, the facts that arrived (in order) and the visits about which all is known."""
        self._eve()
        held: list[Visit] = []
        for day in range(self.days):
            day_ms, dice = START_MS + day * DAY_MS, self._chance.child(f"day {day}")
            self.outages.draw(day_ms, dice.child("outages"))
            visits, acts = self._days.make(day, dice.child("people"))
            for shift, done in shifts(self.city, self.rates, day, day_ms, dice.child("stations")):
                self.shifts.append(shift)
                acts += done
            for act in acts:
                self._plan(act)
            for chore in chores(self.city, self.outages, day, day_ms, dice.child("chores")):
                self._plan(chore)
            self._until(day_ms + DAY_MS, dice.child("facts"))
            _settle(held)  # its nights are over now
            yield self._arrived(day_ms + DAY_MS), held
            held = visits
        self._until(None, self._chance.child("after"))
        _settle(held)
        yield self._arrived(None), held

    def corrections(self, visits: list[Visit]) -> Iterator[dict[str, Any]]:
        """Give what people correct of ``visits``, which `play` has given."""
        for one in corrections(visits, self.rates, self._chance.child("corrections"), self._corrected + 1):
            self._corrected += 1
            yield one

    def _plan(self, todo: Act | Chore) -> None:
        self._count += 1
        heapq.heappush(self._todo, (todo.at_ms, self._count, todo))

    def _eve(self) -> None:
        """Put every terminal into service the day before, and let those be taken away that are."""
        eve_ms = START_MS - DAY_MS + _INSTALLED_MS
        terminals = [one for one in self.city.terminals if self.changes.there(one, eve_ms)]
        for exchange in self.changes.exchanged:
            self._plan(Chore(exchange.at_ms, exchange.new, "install"))
        made = []
        for terminal in terminals:
            made += self._witness.install(terminal, eve_ms + terminal.number * _INSTALLED_MS // len(terminals))
        for chore, dice in self._evening(terminals):
            made += self._witness.chore(chore, dice)
        for number, fraud in self.habits.of.items():
            if fraud is Fraud.HARVESTED_SUN:
                for bond in self.city.rounds[number]:
                    self._witness.counters.harvest(bond.elder.door)
        self._send(made)

    def _evening(self, terminals: Iterable[Terminal]) -> Iterator[tuple[Chore, Chance]]:
        """Give, in their order, who restarts on that evening and who is taken away."""
        found: list[tuple[Chore, Chance]] = []
        for terminal in terminals:
            dice = self._chance.child(f"restarted {terminal.number}")
            if dice.likely(_RESTARTED):  # plugs are pulled on every evening, not by thieves alone
                at_ms = START_MS - _TAKEN_MS + dice.below(60) * MIN_MS
                found.append((Chore(at_ms, terminal, "power"), dice))
        for bond in self.habits.moved.values():
            if bond.elder.terminal is not None:
                dice = self._chance.child(f"taken {bond.elder.elder_id}")
                at_ms = START_MS - _TAKEN_MS + dice.below(60) * MIN_MS
                taken = Chore(at_ms, bond.elder.terminal, "away", spot=bond.caregiver.home)
                found.append((taken, dice))
        yield from sorted(found, key=lambda one: (one[0].at_ms, one[0].terminal.number))

    def _until(self, end_ms: int | None, chance: Chance) -> None:
        """Let everything happen that happens before ``end_ms``; None: everything."""
        todo = self._todo
        while todo and (end_ms is None or todo[0][0] < end_ms):
            _, number, what = heapq.heappop(todo)
            dice = chance.child(str(number))
            self._send(self._witness.act(what, dice) if isinstance(what, Act) else self._witness.chore(what, dice))

    def _send(self, facts: list[Fact]) -> None:
        for fact in facts:
            self._count += 1
            heapq.heappush(self._on_the_way, (fact.received_ms, self._count, fact))

    def _arrived(self, end_ms: int | None) -> list[Fact]:
        found, way = [], self._on_the_way
        while way and (end_ms is None or way[0][0] < end_ms):
            found.append(heapq.heappop(way)[2])
        return found


_OF_ONE_CHECK: Final = frozenset(
    {"fix_outside", "foreign_door", "weaker_token", "counter_back", "terminal_moved", "unscheduled", "cards_together"}
)


_NEXT_DOOR_MS: Final = 65_000


def _settle(visits: list[Visit]) -> None:
    """Settle which traces the frauds of a day have left: of a visit half of which was not witnessed, those of a check.

    ``overlap``: its checks run beside those of another visit that was booked to the same caregiver, for longer than
    somebody takes who goes back to the door next to it.
    """
    booked: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.booked is not None and len(visit.seen) > 1:
            booked[visit.booked.number].append(visit)
        elif visit.fraud is not None:
            visit.traces &= _OF_ONE_CHECK if visit.seen else set()
    for of_one in booked.values():
        for visit in (one for one in of_one if one.fraud is not None):
            begin, end = min(visit.seen), max(visit.seen)
            others = [one for one in of_one if one is not visit and min(one.seen) < end and begin < max(one.seen)]
            for one in others:
                if min(end, max(one.seen)) - max(begin, min(one.seen)) > _NEXT_DOOR_MS:
                    visit.traces.add("overlap")
                one.beside.add(visit.visit_id)
