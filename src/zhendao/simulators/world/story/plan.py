"""From a seed to a story: who visits whom, and what goes wrong meanwhile. Pure.

Promise: the same seed, size and profile give the same story on every machine and Python. Each caregiver and each kind
of fault at each target draws from a stream of its own, so that one shifts no die of another.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.story.arguments import PER_MILLE, SECOND, TERMINAL, Value, Whole
from zhendao.simulators.world.story.kinds import KINDS
from zhendao.simulators.world.story.profiles import Profile, Spell, profile_of
from zhendao.simulators.world.story.schedule import visits
from zhendao.simulators.world.story.story import QUIET_S, SETTINGS, Act, Story, act, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PARTS = (0, 200, 500, 800, 1000)
"""So many of a thousand terminals or cards are of a sort: none, few, many, all."""
_SOME = (0, 0, 0, 200)
_NEAR = 600
"""So many of a thousand faults begin around a check: where people and faults meet, something is at stake."""
_AROUND_MS = 90 * SECOND


def plan(seed: int, terminals: int, days: int, profile: str = "calm", quiet_s: int = QUIET_S) -> Story:
    """Return the story of ``seed``. Raises `ProfileError`, or `StoryError` where a size is out of its range."""
    mix = profile_of(profile)
    empty = check(Story(seed, terminals, days, profile, quiet_s=quiet_s))
    story = Story(seed, terminals, days, profile, quiet_s=quiet_s, settings=_settings(empty, mix))
    people = list(visits(story, busy=mix.busy))
    faults = [one for spell in _switched_on(story, mix) for one in _faults(story, spell, people)]
    return check(story.with_acts([*people, *faults]))


def _settings(story: Story, mix: Profile) -> Mapping[str, Value]:
    if not mix.varied:
        return story.settings
    settings = dict(story.settings)
    for name, argument in SETTINGS.items():
        chance = Chance(story.seed, f"plan/settings/{name}")
        if isinstance(argument, Whole) and argument.unit == PER_MILLE:
            settings[name] = chance.pick(_SOME if name.startswith("expired") else _PARTS)
        elif isinstance(argument, Whole):
            settings[name] = _spread(chance, max(1, argument.least), argument.most)
        else:
            settings[name] = chance.pick(("mixed", *argument.choices))
    return settings


def _switched_on(story: Story, mix: Profile) -> list[Spell]:
    chance = Chance(story.seed, "plan/swarm")
    on = [spell for spell in mix.spells if chance.child(spell.kind).likely(mix.share)]
    return on or ([chance.pick(mix.spells)] if mix.spells else [])


def _faults(story: Story, spell: Spell, people: list[Act]) -> Iterator[Act]:
    intensity = Chance(story.seed, f"plan/swarm/{spell.kind}/intensity").below(3)
    every_ms = (spell.every_ms * 3, spell.every_ms, spell.every_ms // 3)[intensity]
    for who in _targets(story, spell):
        moments = _moments(people, who)
        chance = Chance(story.seed, f"plan/{spell.kind}/{who}")
        free_ms = 0
        at_ms = chance.below(every_ms)
        while at_ms < story.quiet_from_ms:
            if chance.likely(_NEAR):
                at_ms = max(free_ms, _near(chance, at_ms, moments))
            one = _fault(story, spell, who, at_ms, chance)
            if one is None:
                break
            yield one
            free_ms = one.end_ms + SECOND
            at_ms = free_ms + chance.between(every_ms // 4, every_ms * 7 // 4)


def _targets(story: Story, spell: Spell) -> list[str]:
    each = [f"{TERMINAL} {n}" for n in range(story.terminals)]
    return [who for whom in KINDS[spell.kind].whom for who in (each if whom == TERMINAL else [whom])]


def _moments(people: list[Act], who: str) -> list[int]:
    """Return when people are about to do something that ``who`` has to do with."""
    number = int(who.rpartition(" ")[2]) if who.startswith(TERMINAL) else None
    found = []
    for one in people:
        where = one.number("terminal") if one.kind == "visit" else one.index
        if number is None or where == number:
            found.append(one.at_ms)
            if one.kind == "visit":
                found.append(one.at_ms + one.number("stay_ms"))
    return sorted(found)


def _near(chance: Chance, at_ms: int, moments: list[int]) -> int:
    shift = chance.between(-_AROUND_MS, _AROUND_MS // 3)
    place = bisect_left(moments, at_ms)
    return max(0, moments[place] + shift) if place < len(moments) else at_ms


def _fault(story: Story, spell: Spell, who: str, at_ms: int, chance: Chance) -> Act | None:
    """Return the fault, shortened so that it is over when the quiet time begins; None where no time is left."""
    drawn: dict[str, Value] = {}
    for name, argument in KINDS[spell.kind].arguments.items():
        if not isinstance(argument, Whole):
            drawn[name] = chance.pick(argument.choices)
        else:
            least, most = spell.lasts_ms if name == "for_ms" else spell.draws[name]
            size = _spread(chance, least, most)
            drawn[name] = -size if argument.least < 0 and chance.likely(500) else size
    left_ms = story.quiet_from_ms - at_ms
    left_ms -= int(drawn.get("for_ms", 0)) + int(drawn.get("within_ms", 0))
    if left_ms < 0 and "for_ms" in drawn and "within_ms" not in drawn:
        drawn["for_ms"] = int(drawn["for_ms"]) + left_ms
        left_ms = 0 if int(drawn["for_ms"]) > 0 else -1
    return act(at_ms, who, spell.kind, **drawn) if left_ms >= 0 else None


def _spread(chance: Chance, least: int, most: int) -> int:
    """Return a number from ``least`` to ``most``, each order of magnitude as likely: small ones are told apart too."""
    low = least << chance.below((most // least).bit_length())
    return min(most, chance.between(low, 2 * low - 1))
