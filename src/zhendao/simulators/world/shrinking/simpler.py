"""What is simpler than a story, or than an act: candidates, the boldest first. Pure; nothing is run here.

Promise: every candidate is strictly simpler by its own measure (acts, terminals, days, settings and arguments that are
not plain, length of a number), so that trying them comes to an end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from zhendao.simulators.world.story.arguments import DAY, HOUR, MINUTE, SECOND, TERMINAL, Argument, Value, Whole
from zhendao.simulators.world.story.story import SETTINGS, Act, Story


def groups(story: Story) -> Iterator[frozenset[int]]:
    """Yield places of acts that belong together: a family, all of one doer, a kind."""
    for names in zip(*((one.of.family, one.who, one.kind) for one in story.acts), strict=True):
        found: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            found.setdefault(name, []).append(place)
        if len(found) > 1:
            yield from (frozenset(places) for places in found.values())


def terminals_of(one: Act) -> set[int]:
    """Return the numbers of the terminals that an act names."""
    named = {one.index} if one.who.startswith(TERMINAL) else set()
    if "terminal" in one.arguments:
        named.add(one.number("terminal"))
    if one.kind == "hold" and one.word("token") == "foreign-door":
        named.add(one.number("number"))
    return named


def fewer_terminals(story: Story) -> Iterator[Story]:
    """Yield the story without one terminal and all that was done there, or done at another; those after it move up."""
    used = set().union(*(terminals_of(one) for one in story.acts)) if story.acts else set()
    order = [n for n in range(story.terminals) if n not in used] + sorted(used, reverse=True)
    if story.terminals > max(used, default=0) + 1:
        yield replace(story, terminals=max(used, default=0) + 1)
    if story.terminals > 1:
        for gone in order:
            fewer = replace(story, terminals=story.terminals - 1)
            kept = [_renumbered(one, gone) for one in story.acts if gone not in terminals_of(one)]
            yield fewer.with_acts(kept)
            if len(kept) < len(story.acts):
                yield fewer.with_acts(_renumbered(one, gone) for one in story.acts)


def _renumbered(one: Act, gone: int) -> Act:
    """Return the act with terminals after ``gone`` moved up; what was done to ``gone`` is done to the first left."""

    def number(old: int) -> int:
        return old - 1 if old > gone else old if old < gone else 0

    who, arguments = one.who, dict(one.arguments)
    if who.startswith(TERMINAL):
        who = f"{TERMINAL} {number(one.index)}"
    if "terminal" in arguments:
        arguments["terminal"] = number(one.number("terminal"))
    if one.kind == "hold" and one.word("token") == "foreign-door":
        arguments["number"] = number(one.number("number"))
    return replace(one, who=who, arguments=arguments)


def least_days(story: Story) -> int:
    """Return how few days its acts and its quiet time leave room in."""
    last_ms = max((one.end_ms if one.of.is_fault else one.at_ms for one in story.acts), default=0)
    return max(1, -(-(last_ms + story.quiet_s * SECOND) // DAY))


def fewer_days(story: Story) -> Iterator[Story]:
    """Yield the story without the days after its last act, before its first, and between two of them."""
    least = least_days(story)
    if least < story.days:
        yield replace(story, days=least)
    reached = 0
    for place, one in enumerate(story.acts):
        for size in (DAY, HOUR):
            idle = (one.at_ms - reached) // size * size
            if idle:
                moved = [replace(later, at_ms=later.at_ms - idle) for later in story.acts[place:]]
                shorter = story.with_acts((*story.acts[:place], *moved))
                yield replace(shorter, days=min(story.days, least_days(shorter)))
        reached = max(reached, one.at_ms)


def plainer_settings(story: Story) -> Iterator[Story]:
    """Yield the story with one setting plain."""
    for name, argument in SETTINGS.items():
        if story.settings[name] != argument.plain:
            yield replace(story, settings={**story.settings, name: argument.plain})


def plainer(one: Act) -> Iterator[Act]:
    """Yield the act with one argument plain, or nearer to it, or at a rounder time."""
    arguments: Mapping[str, Argument] = one.of.arguments
    for name, argument in arguments.items():
        for value in _nearer(argument, one.arguments[name]):
            yield replace(one, arguments={**one.arguments, name: value})
    for size in (DAY, HOUR, MINUTE, SECOND):
        if one.at_ms % size:
            yield replace(one, at_ms=one.at_ms - one.at_ms % size)
            break


def _nearer(argument: Argument, value: Value) -> Iterator[Value]:
    """Yield values nearer to the plain one: the plain one, half-way, a rounder one on the way there."""
    plain = argument.plain
    if value == plain:
        return
    yield plain
    if isinstance(argument, Whole) and isinstance(value, int) and isinstance(plain, int):
        middle = plain + (value - plain) // 2
        if middle not in {value, plain}:
            yield middle
        sizes = (DAY, HOUR, MINUTE, SECOND) if argument.unit == "ms" else (1000, 100, 10)
        for size in sizes:
            rounder = value - value % size if value > plain else value + -value % size
            if rounder != value and min(value, plain) <= rounder <= max(value, plain) and rounder >= argument.least:
                yield rounder
                break
