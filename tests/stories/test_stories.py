"""The stories are so, word for word: each is played through `judge` and a gateway's store, and told twice."""

import re
from pathlib import Path

import pytest

from samples.site import Authority
from samples.storied.playing import BOOK, play
from samples.storied.words import LANGUAGES, STORIES, StoryError
from samples.storied.world import copied, prepared

PAGES = sorted(one for one in STORIES.glob("*.md") if one.name != "README.md")
INDEX = Path(__file__).parents[2] / "docs/stories/README.md"
RULES = Path(__file__).parents[2] / "docs/rules.md"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    return prepared(tmp_path_factory.mktemp("store"), authority)


@pytest.mark.parametrize("page", PAGES, ids=lambda one: one.stem)
def test_what_a_story_says_is_so(page: Path, store: Path, tmp_path: Path, authority: Authority) -> None:
    copied(store, tmp_path)
    play(BOOK.read(page), tmp_path, authority).site.store.close()


def test_the_index_names_every_story_by_both_titles() -> None:
    row = r"^\| \[(.+)\]\(\.\./\.\./tests/stories/(\S+)\) \| (.+) \| (.+) \|$"
    lines = re.findall(row, INDEX.read_text("utf-8"), re.MULTILINE)
    told = {name: (zh, en) for zh, name, en, _ in lines}
    titles = {page.name: tuple(BOOK.read(page)[language].title for language in LANGUAGES) for page in PAGES}
    assert told == titles
    assert len(titles) >= 15
    known = RULES.read_text("utf-8")
    assert all(f"\n| {rule} |" in known for *_, rules in lines for rule in rules.split(", "))


@pytest.mark.parametrize(
    ("word", "instead"),
    [
        ("10:05, 65 min", "10:05, 66 min"),  # a figure
        ("10:05，65 分", "10:04，65 分"),
        ("2 visits", "3 visits"),
        ("李婉当日打卡 4 次", "李婉当日打卡 5 次"),
        ("content", "not content"),  # in one language only
        ("  - 李婉在王秀兰家，15:00 至 16:10，70 分。\n", ""),  # left out
        ("- 15:00 李婉到王秀兰家签到。", "- 15:00 李婉到王秀兰家坐坐。"),  # no sentence of a story
        ("星期二", "星期三"),
    ],
)
def test_a_story_that_is_not_so_is_refused(
    word: str, instead: str, store: Path, tmp_path: Path, authority: Authority
) -> None:
    text = PAGES[0].read_text("utf-8")
    assert word in text
    page = tmp_path / "story.md"
    page.write_text(text.replace(word, instead, 1), "utf-8")
    copied(store, tmp_path)
    with pytest.raises((StoryError, AssertionError)):
        play(BOOK.read(page), tmp_path, authority)
