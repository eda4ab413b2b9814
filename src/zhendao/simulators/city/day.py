"""One day of everybody: who is ill, who takes over, who rides from door to door and what each does there.

Promise: somebody is at one place at a time, and the way between two doors takes its time; what is otherwise is a fraud
and stands so in the truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from zhendao.simulators.city.frauds import FRAUDS, Scene, at_moved_terminal, lent_card
from zhendao.simulators.city.ground import around, travel_min
from zhendao.simulators.city.honest import length_ms, visit_acts, with_mistakes
from zhendao.simulators.city.households import living, rechecks, with_both
from zhendao.simulators.city.lending import carried_along, tapped_along
from zhendao.simulators.city.rates import Fraud, Mistake
from zhendao.simulators.city.services import LIVING
from zhendao.simulators.city.visits import DAY_MS, MIN_MS, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhendao.simulators.city.frauds import Done
    from zhendao.simulators.city.ground import Spot
    from zhendao.simulators.city.habits import Habits
    from zhendao.simulators.city.model import Bond, Caregiver, City, Elder
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.city.timetable import Book
    from zhendao.simulators.city.visits import Act
    from zhendao.simulators.world.engine.chance import Chance

_COVERED: Final = 500
"""Of a thousand visits of somebody ill, those for which a colleague is looked for."""
_ASKED: Final = 6
_SECOND_CARD: Final = 120
"""Of a thousand honest visits, those made with the second card: the first is in the other coat."""
_LATE_M: Final = (12, 40)
_PUNCTUAL_M: Final = 3
_WEEK: Final = 7
_CALLED_M: Final = (35, 70)
"""Somebody who is called comes so many minutes after her last visit."""
_AT_HOME: Final = 2
"""Of so many who lend their card one stays at home."""
_HOME_M: Final = 21 * 60
"""By nine in the evening everybody who works by day is on her way home."""


@dataclass(slots=True, eq=False)
class _Job:
    """A visit on somebody's list; ``card_of``: whose card she is to use, where that is not her own.

    ``along``: what she books beside it with a card that was lent to her.
    """

    visit: Visit
    card_of: Caregiver | None = None
    along: Visit | None = None


@dataclass(slots=True)
class _Way:
    """How far a caregiver has come: free since when, where, after which visit."""

    free_ms: int
    where: Spot
    before: Visit | None = None


class Days:
    """Makes the days of a city, one after another."""

    def __init__(self, city: City, books: list[Book], habits: Habits, rates: Rates, start_ms: int) -> None:
        """Take the city; ``start_ms`` is the midnight (local) of its first day, a Monday, UTC ms."""
        self._city, self._books, self._habits, self._rates, self._start_ms = city, books, habits, rates, start_ms
        self._neighbours = _next_doors(city.elders)

    def make(self, day: int, chance: Chance) -> tuple[list[Visit], list[Act]]:
        """Return the visits planned on this day, and everything done at terminals because of them."""
        lists = [[_Job(visit) for visit in self._planned(caregiver, day)] for caregiver in self._city.caregivers]
        visits = [job.visit for jobs in lists for job in jobs]
        for number, visit in enumerate(visits):
            visit.visit_id = f"V{day + 1:03}-{number + 1:05}"
        self._absences(day, lists, chance)
        for visit in (*self._loans(day, lists, chance), *self._calls(day, lists, chance)):
            visits.append(visit)
            visit.visit_id = f"V{day + 1:03}-{len(visits):05}"
        acts: list[Act] = []
        for caregiver, jobs in zip(self._city.caregivers, lists, strict=True):
            dice = chance.child(caregiver.caregiver_id)
            way = _Way(self._start_ms + day * DAY_MS, caregiver.home)
            for job in sorted(jobs, key=lambda one: (one.visit.begin_ms, one.visit.visit_id)):
                made = self._go(caregiver, job, way, dice.child(job.visit.visit_id))
                acts += made
                if job.along is not None:
                    acts += tapped_along(made, job.along, dice.child(job.along.visit_id))
        _tie(visits)
        return visits, acts

    def _planned(self, caregiver: Caregiver, day: int) -> list[Visit]:
        found = []
        for bond in self._city.rounds[caregiver.number]:
            if bond.holds(day) and bond.days >> day % _WEEK & 1:
                for begin_m in (bond.begin_m, bond.second_m):
                    if begin_m is not None:
                        begin_ms = self._start_ms + day * DAY_MS + begin_m * MIN_MS
                        found.append(Visit("", bond, begin_ms, begin_ms + bond.minutes * MIN_MS))
        return found

    # -- before the day

    def _absences(self, day: int, lists: list[list[_Job]], chance: Chance) -> None:
        """Leave out those who are ill; for some of their visits a colleague has the time."""
        helped: set[int] = set()
        for caregiver in self._city.caregivers:
            dice = chance.child(f"{caregiver.caregiver_id}/ill")
            if caregiver.number in self._habits.of or not dice.likely(self._rates.sick_days):
                continue
            jobs, lists[caregiver.number] = lists[caregiver.number], []
            for job in jobs:
                other = self._colleague(job.visit.bond, day, helped, dice) if dice.likely(_COVERED) else None
                if other is None:
                    job.visit.mistakes.discard(Mistake.SUBSTITUTE)
                    job.visit.mistakes.add(Mistake.MISSED)
                    continue
                helped.add(other.number)
                job.visit.mistakes.add(Mistake.SUBSTITUTE)
                lists[other.number].append(job)

    def _colleague(self, bond: Bond, day: int, helped: set[int], chance: Chance) -> Caregiver | None:
        """Return an honest colleague who has the time for this visit, and has not taken over another that day."""
        step = len(self._city.organisations)
        same = self._city.caregivers[bond.caregiver.number % step :: step]
        for _ in range(_ASKED):
            other = chance.pick(same)
            unfit = other is bond.caregiver or not other.rides
            unfit |= other.number in helped or other.number in self._habits.of
            if not unfit and self._has_time(other, bond, day):
                return other
        return None

    def _has_time(self, who: Caregiver, bond: Bond, day: int) -> bool:
        return self._books[who.number].free(1 << day % _WEEK, bond.begin_m, bond.minutes, bond.elder.place.spot)

    def _calls(self, day: int, lists: list[list[_Job]], chance: Chance) -> Iterator[Visit]:
        """Have elders call for somebody once more that day, when her round is over: nobody had planned it."""
        for caregiver, jobs in zip(self._city.caregivers, lists, strict=True):
            dice = chance.child(f"{caregiver.caregiver_id}/called")
            if caregiver.number in self._habits.of or not jobs or not dice.likely(self._rates.extra_visits):
                continue
            last = max(jobs, key=lambda one: one.visit.end_ms).visit
            begin_ms = last.end_ms + dice.between(*_CALLED_M) * MIN_MS
            own = [one for one in self._city.rounds[caregiver.number] if one.holds(day)]
            if not own:
                continue  # she stands in for others alone
            bond = dice.pick(own)
            end_ms = begin_ms + bond.minutes * MIN_MS
            if end_ms <= self._start_ms + day * DAY_MS + _HOME_M * MIN_MS:
                visit = Visit("", bond, begin_ms, end_ms, mistakes={Mistake.EXTRA})
                jobs.append(_Job(visit))
                yield visit

    def _loans(self, day: int, lists: list[list[_Job]], chance: Chance) -> Iterator[Visit]:
        """Move visits of those who lend their card to the colleague who has it, where she has the time.

        Every other one stays at home instead, and her card is held there beside the colleague's.
        """
        for number, fraud in self._habits.of.items():
            if fraud is not Fraud.LENT_CARD:
                continue
            lender, friend = self._city.caregivers[number], self._habits.friends[number]
            dice = chance.child(f"{lender.caregiver_id}/lends")
            if number % _AT_HOME == 0:
                if dice.likely(self._rates.habit):
                    jobs, lists[number] = lists[number], []
                    others = lists[friend.number]
                    made = carried_along(lender, [one.visit for one in jobs], [one.visit for one in others])
                    for one, along in zip(others, made, strict=True):
                        one.along = along
                    yield from (one for one in made if one is not None)
                continue
            kept = []
            for job in lists[number]:
                lent = not any(one.card_of for one in lists[friend.number])
                if lent and self._has_time(friend, job.visit.bond, day) and dice.likely(self._rates.habit):
                    lists[friend.number].append(replace(job, card_of=lender))
                else:
                    kept.append(job)
            lists[number] = kept

    # -- on the way

    def _go(self, who: Caregiver, job: _Job, way: _Way, chance: Chance) -> list[Act]:
        visit = job.visit
        if visit.bond.service is LIVING:
            return living(visit, who, chance)
        if way.before is not None and way.before.bond is visit.bond.along and job.card_of is None:
            acts = with_both(way.before, visit, who, chance)
            way.free_ms = max(way.free_ms, visit.to_ms or 0)
            return acts + rechecks(visit, acts, self._rates, chance.child("rechecks"))
        arrive_ms = self._arrival(visit, way, chance)
        scene = Scene(
            visit, who, arrive_ms, way.free_ms, way.where, way.before, self._habits.friends.get(who.number, who), chance
        )
        found = self._fraud(scene, job)
        if found is None:
            return self._honest(scene, way)
        acts, busy_ms = found
        visit.booked = visit.booked or who
        if busy_ms is not None:
            way.free_ms = busy_ms
            if visit.happened or visit.fraud is Fraud.STAGED:
                way.where, way.before = visit.bond.elder.place.spot, visit
            elif acts[0].spot is not None:
                way.where = acts[0].spot
        if visit.happened:
            return acts + rechecks(visit, acts, self._rates, chance.child("rechecks"))
        if visit.bond.service.recheck_m is not None:
            visit.mistakes.add(Mistake.NO_RECHECK)  # nobody is there to make one
        return acts

    def _arrival(self, visit: Visit, way: _Way, chance: Chance) -> int:
        at_ms = visit.begin_ms + around(chance, _PUNCTUAL_M * MIN_MS)
        if chance.likely(self._rates.late):
            visit.mistakes.add(Mistake.LATE)
            at_ms += chance.between(*_LATE_M) * MIN_MS
        return max(at_ms, way.free_ms + travel_min(way.where, visit.bond.elder.place.spot) * MIN_MS)

    def _fraud(self, scene: Scene, job: _Job) -> Done | None:
        """Return what is done in place of an honest visit; None where it is one."""
        visit, elder = scene.visit, scene.visit.bond.elder
        habit = self._habits.of.get(scene.who.number)
        if job.card_of is not None:
            kind, found = Fraud.LENT_CARD, lent_card(scene, job.card_of)
        elif habit is Fraud.MOVED and self._habits.moved.get(elder.elder_id) is visit.bond:
            kind, found = Fraud.MOVED, at_moved_terminal(scene, scene.who.home)
        elif habit in FRAUDS and scene.chance.likely(self._rates.habit):
            kind, done = habit, FRAUDS[habit](scene)
            if done is None:
                visit.traces.clear()
                return None
            found = done
        else:
            return None
        visit.fraud = kind
        visit.mistakes.discard(Mistake.LATE)
        return found

    def _honest(self, scene: Scene, way: _Way) -> list[Act]:
        visit, who = scene.visit, scene.who
        visit.happened, visit.by, visit.booked, visit.from_ms = True, who, who, scene.arrive_ms
        visit.to_ms = way.free_ms = scene.arrive_ms + length_ms(visit, self._rates, scene.chance)
        way.where, way.before = visit.bond.elder.place.spot, visit
        if visit.bond.elder.elder_id in self._habits.moved:
            visit.mistakes.add(Mistake.NOT_WITNESSED)  # somebody has taken the terminal away
            return []
        card = who.spare if scene.chance.likely(_SECOND_CARD) else who.card
        acts = visit_acts(visit, who, card, scene.chance)
        made = with_mistakes(acts, self._rates, scene, self._neighbours.get(visit.bond.elder.elder_id))
        if not made:
            visit.booked = None
        return made + rechecks(visit, made, self._rates, scene.chance.child("rechecks"))


def _tie(visits: list[Visit]) -> None:
    """Tell of visits that two gave together that they were one piece of work; a couple's are tied where they begin."""
    begun: dict[tuple[str, int], Visit] = {}
    for visit in sorted(visits, key=lambda one: one.bond.helps):
        other = begun.setdefault((visit.bond.elder.elder_id, visit.begin_ms), visit)
        if other is not visit and other.happened and visit.happened and visit.by is not other.by:
            visit.together.add(other.visit_id)
            other.together.add(visit.visit_id)


def _next_doors(elders: list[Elder]) -> dict[str, Elder]:
    """Return, by elder, whose door is the next one in the same estate: of those in whose homes terminals hang."""
    hung = [one for one in elders if one.terminal is not None]
    hung.sort(key=lambda one: (one.place.region, one.place.address, one.elder_id))
    return {one.elder_id: other for one, other in pairwise(hung) if one.place.region == other.place.region}
