"""From a failing story to a small one that fails in the same way: fewer acts, terminals and days, plainer arguments.

Promise: what comes out fails, as `fails` said of it; it is found in at most ``most_runs`` runs, and the same story with
the same `fails` comes to the same one, on every machine. A world's dice are named after what they are for, so an act
that is taken out shifts no other's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zhendao.simulators.world.shrinking import simpler
from zhendao.simulators.world.story.arguments import StoryError
from zhendao.simulators.world.story.story import Act, Story, check
from zhendao.simulators.world.story.storyfile import digest

MOST_RUNS = 500

Fails = Callable[[Story], bool]
"""Runs a story and tells whether it fails in the way that is looked for; the same answer for the same story."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The smallest failing story found, how many were run, and whether there was nothing left to try."""

    story: Story
    runs: int
    finished: bool


class _EnoughError(Exception):
    """No more runs may be made."""


class _Search:
    """Holds the smallest failing story so far, and counts runs."""

    def __init__(self, story: Story, fails: Fails, most_runs: int, enough: Callable[[], bool]) -> None:
        self.story = story
        self.runs = 0
        self._fails, self._most, self._enough = fails, most_runs, enough
        self._tried = {digest(story)}

    def attempt(self, candidate: Story) -> bool:
        """Take over ``candidate`` if it is a whole story, was not tried before, and fails."""
        name = digest(candidate)
        if name in self._tried:
            return False
        self._tried.add(name)
        try:
            check(candidate)
        except StoryError:
            return False
        if self.runs >= self._most or self._enough():
            raise _EnoughError
        self.runs += 1
        if not self._fails(candidate):
            return False
        self.story = candidate
        return True

    def first_of(self, candidates: Iterator[Story]) -> bool:
        """Take over the first of ``candidates`` that fails; tell whether there was one."""
        return any(self.attempt(one) for one in candidates)


def shrink(
    story: Story, fails: Fails, most_runs: int = MOST_RUNS, enough: Callable[[], bool] = lambda: False
) -> Shrunk:
    """Return the smallest story found that ``fails`` as ``story`` does.

    ``enough`` is asked before each run whether to stop (a clock is nothing that this function reads by itself).
    """
    search = _Search(story, fails, most_runs, enough)
    try:
        while _once(search):
            pass
    except _EnoughError:
        return Shrunk(search.story, search.runs, finished=False)
    return Shrunk(search.story, search.runs, finished=True)


def _once(search: _Search) -> bool:
    """Go through every way of making it smaller, coarse ones first; tell whether one did."""
    before = search.story
    for group in simpler.groups(search.story):
        search.attempt(_without(search.story, group))
    _fewer_acts(search)
    for ways in (simpler.fewer_terminals, simpler.fewer_days, simpler.plainer_settings):
        while search.first_of(ways(search.story)):
            pass
    _plainer_acts(search)
    return search.story is not before


def _without(story: Story, acts: frozenset[int]) -> Story:
    return story.with_acts(one for place, one in enumerate(story.acts) if place not in acts)


def _fewer_acts(search: _Search) -> None:
    """Take out ever smaller stretches of acts, the last first: what comes after a breach is seldom its cause."""
    size = len(search.story.acts)
    while size:
        end = len(search.story.acts)
        while end > 0:
            begin = max(0, end - size)
            search.attempt(_without(search.story, frozenset(range(begin, end))))
            end = begin
        size //= 2


def _plainer_acts(search: _Search) -> None:
    for place in range(len(search.story.acts)):
        while _plainer_act(search, place):
            pass


def _plainer_act(search: _Search, place: int) -> bool:
    """Make one act plainer. Its place is kept: the story is put in order only where that changes nothing else."""
    acts = search.story.acts
    for candidate in simpler.plainer(acts[place]):
        changed: tuple[Act, ...] = (*acts[:place], candidate, *acts[place + 1 :])
        if search.attempt(search.story.with_acts(changed)):
            return search.story.acts == changed  # else another act stands at this place now: the next round sees it
    return False
