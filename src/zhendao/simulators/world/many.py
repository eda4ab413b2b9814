"""Many seeds at once: a process for each worker, and what each history came to, small enough to be sent back.

Promise: what comes back is in the order of the seeds, whatever the workers' number; a worker that fails says with which
seed.
"""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from zhendao.protocol.vocabulary import Kind
from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.invariant import Breach
from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.story.profiles import PROFILES
from zhendao.simulators.world.world import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zhendao.simulators.world.history import History

EACH = "each"
"""In place of a profile: every seed has another one in turn."""


@dataclass(frozen=True, slots=True)
class Order:
    """What each seed is drawn into."""

    terminals: int
    days: int
    profile: str
    suite: str


@dataclass(frozen=True, slots=True)
class Came:
    """What one history came to. ``took_s``: of the processor."""

    seed: int
    profile: str
    digest: str
    notes: int
    faults: int
    checks: int
    events: int
    took_s: float
    breaches: tuple[Breach, ...]
    met: Mapping[str, int]


def profile_for(name: str, seed: int) -> str:
    """Return the profile ``name``; for `EACH` the one whose turn it is with ``seed``."""
    if name != EACH:
        return name
    names = list(PROFILES)
    return names[seed % len(names)]


def came_of(history: History, took_s: float) -> Came:
    """Return what ``history`` came to."""
    facts = history.books.facts
    return Came(
        seed=history.story.seed,
        profile=history.story.profile,
        digest=history.digest,
        notes=history.notes,
        faults=sum(one.of.is_fault for one in history.story.acts),
        checks=sum(one.kind == Kind.CHECK for one in facts),
        events=len(facts),
        took_s=took_s,
        breaches=history.breaches,
        met=dict(history.met),
    )


def run_seed(order: Order, seed: int) -> Came:
    """Run one seed; what the world itself fails at is a breach like any other."""
    begun = time.process_time()
    profile = profile_for(order.profile, seed)
    try:
        history = run(plan(seed, order.terminals, order.days, profile), order.suite)
    except Exception as error:  # noqa: BLE001 - the other seeds go on, and this one is told
        what = Breach("no-error-unhandled", 0, "world", Text(f"世界出错：{error!r}", f"the world failed: {error!r}"))
        return Came(seed, profile, "", 0, 0, 0, 0, time.process_time() - begun, (what,), {})
    return came_of(history, time.process_time() - begun)


def run_many(seeds: Sequence[int], order: Order, workers: int) -> Iterator[Came]:
    """Yield what each of ``seeds`` came to, in their order."""
    one = partial(run_seed, order)
    if workers <= 1:
        yield from map(one, seeds)
        return
    # spawned: a fork would take over what the parent has drawn and opened
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(one, seeds, chunksize=1)
