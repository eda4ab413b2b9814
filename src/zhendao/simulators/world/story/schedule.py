"""Who visits whom on which day: one visit a day at each home in calm life, all day long when it is busy. Pure.

Promise: a caregiver is in one place at a time; each draws from a stream of her own for each day. The day here is that
of China, eight hours before UTC; some visits are at night and cross its midnight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.people.people import GROUP
from zhendao.simulators.world.story.arguments import CAREGIVER, DAY, HOUR, MINUTE, SECOND, TERMINAL
from zhendao.simulators.world.story.kinds import FORMS, SLIPS, TOKENS
from zhendao.simulators.world.story.story import Act, Story, act

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCAL_MS = 8 * HOUR
_MORNING_MS, _EVENING_MS, _NIGHT_MS = 7 * HOUR + 30 * MINUTE, 20 * HOUR, 22 * HOUR
_SLOTS_MS = (8 * HOUR + 30 * MINUTE, 12 * HOUR, 15 * HOUR + 30 * MINUTE)
"""When a caregiver comes to the first, second and third of her homes in calm life."""
_WIND_UP_MS = 20 * MINUTE
"""After a visit was to end she may still be trying to check out."""
_RELIEVED = 100
_SLIPS_CALM, _SLIPS_BUSY = 30, 250
_ORDERS = ("door", "door", "door", "card")
_STRAYS_A_DAY = 4


def visits(story: Story, *, busy: bool) -> Iterator[Act]:
    """Yield what people do in ``story``: all of it is over before the quiet time."""
    for first in range(0, story.terminals, GROUP):
        homes = tuple(range(first, min(first + GROUP, story.terminals)))
        # a day more on both sides: the story's days begin in the middle of those of China
        for day in range(-1, story.days + 1):
            if not busy:
                yield from _kept(story, _calm(story, homes, day))
                continue
            for caregiver in range(first, first + GROUP):
                yield from _kept(story, _busy(story, homes, caregiver, day))
            for terminal in homes:
                yield from _kept(story, _strays(story, homes, terminal, day))


def _kept(story: Story, acts: Iterator[Act]) -> Iterator[Act]:
    for one in acts:
        if one.at_ms >= 0 and one.end_ms + _WIND_UP_MS <= story.quiet_from_ms:
            yield one


def _calm(story: Story, homes: tuple[int, ...], day: int) -> Iterator[Act]:
    round_ = Chance(story.seed, f"plan/round {homes[0]}/{day}")
    caregiver = homes[0] + (1 if round_.likely(_RELIEVED) else 0)
    for slot, terminal in zip(_SLOTS_MS, homes, strict=False):
        chance = Chance(story.seed, f"plan/visit {terminal}/{day}")
        at_ms = day * DAY - _LOCAL_MS + slot + chance.below(40 * MINUTE)
        yield _visit(at_ms, caregiver, terminal, chance.between(60 * MINUTE, 100 * MINUTE), chance, _SLIPS_CALM)


def _busy(story: Story, homes: tuple[int, ...], caregiver: int, day: int) -> Iterator[Act]:
    chance = Chance(story.seed, f"plan/caregiver {caregiver}/{day}")
    midnight = day * DAY - _LOCAL_MS
    at_ms = midnight + _MORNING_MS + chance.below(2 * HOUR)
    while at_ms < midnight + _EVENING_MS:
        stay_ms = chance.between(2 * MINUTE, 20 * MINUTE) if chance.likely(150) else chance.between(HOUR, 3 * HOUR)
        yield _visit(at_ms, caregiver, chance.pick(homes), stay_ms, chance, _SLIPS_BUSY)
        at_ms += stay_ms + _WIND_UP_MS + chance.below(HOUR)
    if at_ms < midnight + _NIGHT_MS and chance.likely(200):
        at_ms = midnight + _NIGHT_MS + chance.below(90 * MINUTE)
        yield _visit(at_ms, caregiver, chance.pick(homes), chance.between(2 * HOUR, 7 * HOUR), chance, _SLIPS_BUSY)


def _visit(at_ms: int, caregiver: int, terminal: int, stay_ms: int, chance: Chance, slips: int) -> Act:
    return act(
        at_ms,
        f"{CAREGIVER} {caregiver}",
        "visit",
        terminal=terminal,
        stay_ms=stay_ms,
        order=chance.pick(_ORDERS),
        slip=chance.pick(SLIPS[1:]) if chance.likely(slips) else SLIPS[0],
        patience=chance.pick((1, 3, 5, 8, 12)),
    )


def _strays(story: Story, homes: tuple[int, ...], terminal: int, day: int) -> Iterator[Act]:
    """Whatever else is held to a reader: an elder's card, a telephone, a card of somebody who has left."""
    chance = Chance(story.seed, f"plan/strays {terminal}/{day}")
    for _ in range(chance.below(_STRAYS_A_DAY)):
        what = chance.pick(TOKENS)
        number = chance.pick(homes) if what == "foreign-door" else chance.below(3)
        held_ms = chance.pick((30, 300, SECOND, 3 * SECOND, 8 * SECOND))
        at_ms = day * DAY - _LOCAL_MS + _MORNING_MS + chance.below(14 * HOUR)
        yield act(
            at_ms, f"{TERMINAL} {terminal}", "hold", token=what, number=number, form=chance.pick(FORMS), for_ms=held_ms
        )
