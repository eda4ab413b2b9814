"""A failing history made small, for a person: which story fails in the same way, and what happens in it.

Two histories fail in the same way if the invariant that was broken first is the same. Bounded by runs and by a clock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zhendao.simulators.world.shrinking.shrink import MOST_RUNS, Shrunk, shrink
from zhendao.simulators.world.world import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.story.story import Story

MOST_S = 600.0
"""After so long the smallest story found so far is taken."""


def first_broken(story: Story, suite: str) -> str:
    """Return the name of the invariant that ``story`` breaks first; nothing where every one holds."""
    breaches = run(story, suite).breaches
    return breaches[0].invariant if breaches else ""


def made_small(
    story: Story,
    suite: str,
    tried: Callable[[Story], None],
    most_runs: int = MOST_RUNS,
    most_s: float = MOST_S,
) -> Shrunk:
    """Return the smallest story found that breaks first what ``story`` breaks first, which it must.

    ``tried`` is told of each story before it is run.
    """
    until = time.monotonic() + most_s
    wanted = first_broken(story, suite)

    def fails(one: Story) -> bool:
        tried(one)
        return first_broken(one, suite) == wanted

    return shrink(story, fails, most_runs, lambda: time.monotonic() >= until)
