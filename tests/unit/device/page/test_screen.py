"""The page on a terminal's screen: every size, every scene, with and without colours and blocks."""

import pytest

from samples.page_scenes import SCENES, Scene
from zhendao.command.language import LANGUAGES
from zhendao.command.output import columns
from zhendao.device.page.figures import figures
from zhendao.device.page.screen import as_line, painted, rows
from zhendao.device.page.shapes import mask
from zhendao.device.page.stamps import SIDE, STAMPS, stamp
from zhendao.device.page.symbols import SYMBOLS
from zhendao.device.page.values import Shape
from zhendao.protocol.wording import Language

SIZES = ((80, 24), (132, 50), (60, 15), (40, 12), (53, 20), (20, 8), (12, 4), (6, 3), (2, 1), (1, 1))
BY_NAME = {scene.name: scene for scene in SCENES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("blocks", [True, False])
def test_a_page_fills_a_screen_of_any_size_and_no_more(language: Language, *, blocks: bool) -> None:
    for scene in SCENES:
        for wide, high in SIZES:
            found = rows(scene.page(), wide, high, language, blocks=blocks)
            assert len(found) == high, (scene.name, wide, high)
            assert {columns(text) for text, _ in found} == {wide}, (scene.name, wide, high)


def _words(scene: Scene, wide: int, high: int, language: Language) -> str:
    return "".join("".join(text.split()) for text, _ in rows(scene.page(), wide, high, language)).lower()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_everything_is_said_in_words_on_80_by_24(scene: Scene, language: Language) -> None:
    said, page = _words(scene, 80, 24, language), scene.page()
    notes = [page.link] if page.link is not None else []
    for text in (page.head, *page.lines, *(note.text for note in [*notes, *page.notes])):
        assert "".join(text.in_(language).split()).lower() in said
    assert page.clock is None or page.clock in said


def test_the_head_stands_on_small_screens_too() -> None:
    for scene in SCENES:
        assert "".join(scene.page().head.zh.split()) in _words(scene, 20, 8, "zh"), scene.name


def test_without_blocks_only_words_are_not_ascii() -> None:
    for scene in SCENES:
        for text, _ in rows(scene.page(), 80, 24, "en", blocks=False):
            assert text.isascii(), (scene.name, text)


def test_colours_can_be_left_out_and_nothing_is_lost() -> None:
    for scene in SCENES:
        found = rows(scene.page(), 80, 24, "en")
        plain = painted(found, colours=False, night=False)
        assert "\x1b[0m" not in plain
        assert all(text in plain for text, _ in found)
        assert all(text in painted(found, colours=True, night=scene.page().night) for text, _ in found)


def test_a_line_for_a_log() -> None:
    line = as_line(BY_NAME["checked-in-offline"].page(), "zh")
    assert line == "9:02 ->| 签到已记录 9:02 已存本机，有网再发 | ~/~ 离线，几条待发"


def test_symbols_differ_and_every_shape_has_one() -> None:
    assert set(SYMBOLS) == set(Shape)
    assert len(set(SYMBOLS.values())) == len(Shape)
    assert all(len(one) == 3 and one.isascii() for one in SYMBOLS.values())


def test_the_signs_of_the_screen_are_those_of_the_picture() -> None:
    for shape in Shape:
        drawn = mask(shape, SIDE)
        points = [drawn.getpixel((x, y)) for y in range(SIDE) for x in range(SIDE)]
        kept = f"{int(STAMPS[shape], 16):0{SIDE * SIDE}b}"
        other = [
            (ink, one) for ink, one in zip(points, kept, strict=True) if (int(ink or 0) >= 110) is not (one == "1")
        ]
        assert len(other) <= 24, shape  # another version of Pillow may round an edge another way


def test_no_two_signs_are_alike() -> None:
    assert len({tuple(stamp(shape)) for shape in Shape}) == len(Shape)


def test_figures() -> None:
    assert figures("9:02")[0] == "████     ████  ████"
    assert {len(row) for row in figures("12:45 90", blocks=False)} == {len(figures("12:45 90")[0])}
    assert figures("9 Uhr") == []
    assert figures("") == []
