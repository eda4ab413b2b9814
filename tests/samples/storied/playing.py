"""A story is played once: each sentence in its order; what it tells is held against the world in both languages."""

from pathlib import Path
from typing import Any

from samples.site import Authority
from samples.storied import acting, office
from samples.storied.happening import BOOK, date
from samples.storied.reading import Half, Step
from samples.storied.words import LANGUAGES, SLOTS, StoryError
from samples.storied.world import World

__all__ = ["BOOK", "play"]
_OF_A_VIEW = {
    one
    for name, one in vars(office).items()
    if callable(one) and getattr(one, "__module__", "") == office.__name__ and name != "look"
}


def play(halves: dict[str, Half], folder: Path, authority: Authority) -> World:
    """Play a story in ``folder``, where the store is. Raises `AssertionError` where something is not so."""
    both = list(zip(*(halves[language].steps for language in LANGUAGES), strict=True))
    elders = {value for step, _ in both for name, value in step.values.items() if name in {"elder", "next"}}
    first = both[0][0]
    if first.sentence.doing is not date:
        raise StoryError(f"{first.where}: a story begins with its day")
    world = World(folder, authority, elders, first.values["day"])
    for steps in both:
        _do(world, dict(zip(LANGUAGES, steps, strict=True)))
    _ended(world)
    return world


def _do(world: World, steps: dict[str, Step]) -> None:
    doing = steps["zh"].sentence.doing
    if doing is not acting.refused and world.refused is not None:
        raise StoryError(f"refused, which the story does not say: {world.refused.what}")
    told = doing in _OF_A_VIEW
    if not told:
        _ended(world)
    elif not world.views:
        raise StoryError("what the office sees is told after it looked")
    if told or doing is acting.refused:
        for language, step in steps.items():
            world.language, world.view = language, world.views.get(language)
            _done(world, step, step.values)
        world.refused = None
    else:
        _done(world, steps["zh"], _merged(steps))


def _merged(steps: dict[str, Step]) -> dict[str, Any]:
    """Return the words of a sentence; what people say they say in both languages."""
    values = dict(steps["zh"].values)
    for name in values:
        if SLOTS[name].free:
            values[name] = " / ".join(steps[language].values[name] for language in LANGUAGES)
    return values


def _done(world: World, step: Step, values: dict[str, Any]) -> None:
    world.table = step.table
    try:
        step.sentence.doing(world, **values)
    except Exception as error:
        error.add_note(step.where)
        raise


def _ended(world: World) -> None:
    for view in world.views.values():
        view.end()
    world.views.clear()
