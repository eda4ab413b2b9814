"""The page about the world says what the tables say, and its stories are stories."""

from pathlib import Path

import pytest

from zhendao.simulators.world.story.arguments import Argument, Whole
from zhendao.simulators.world.story.kinds import KINDS
from zhendao.simulators.world.story.profiles import PROFILES
from zhendao.simulators.world.story.story import SETTINGS
from zhendao.simulators.world.story.storyfile import read

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "simulation.md").read_text("utf-8")


def shown(name: str, argument: Argument) -> str:
    if isinstance(argument, Whole):
        unit = "" if argument.unit in {"n-th", "pieces"} else f" {argument.unit}"
        return f"`{name}` {argument.plain}{unit}"
    return f"`{name}` " + " / ".join(f"**{one}**" if one == argument.plain else one for one in argument.choices)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_stands_in_the_table_as_it_is(kind: object) -> None:
    assert isinstance(kind, type(KINDS["visit"]))
    arguments = ", ".join(shown(name, argument) for name, argument in kind.arguments.items()) or "–"
    row = f"| `{kind.name}` | {kind.text.zh}, {kind.text.en} | {', '.join(kind.whom)} | {arguments} |"
    assert row in PAGE


def test_settings_and_profiles_stand_there_as_they_are() -> None:
    for name, argument in SETTINGS.items():
        assert f"{shown(name, argument)} ({argument.text.en})" in PAGE
    for profile in PROFILES.values():
        assert f"`{profile.name}` ({profile.text.en})" in PAGE


@pytest.mark.parametrize("file", sorted((DOCS / "stories").glob("*.json")), ids=lambda file: file.stem)
def test_every_story_of_the_page_is_one(file: Path) -> None:
    assert read(file).acts
    assert f"stories/{file.name}" in PAGE
