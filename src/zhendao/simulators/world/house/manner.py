"""How the gateway of a world works: thresholds as in production, and sometimes a memory that holds hardly anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.gateway.assembly import Manner
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.ingest.terminals import MAX_TERMINALS
from zhendao.simulators.world.engine.chance import Chance

if TYPE_CHECKING:
    from zhendao.simulators.world.story.story import Story

GRACE_MS = 120_000


def manner_of(story: Story) -> Manner:
    """Return how it works; where things go wrong it may hold few terminals in memory, and read them anew each time."""
    faults = any(act.of.is_fault for act in story.acts)
    kept = Chance(story.seed, "gateway/manner").pick((1, 2, MAX_TERMINALS)) if faults else MAX_TERMINALS
    return Manner(VisitsTable(), GRACE_MS, forward=True, terminals=kept)
