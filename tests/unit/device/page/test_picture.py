"""The page as a picture: legible, whole, and the pictures of the documents are those of today."""

import random

import pytest
from PIL import Image, ImageChops, ImageStat

from samples.make_page_pictures import drawn, file, said, sheets
from samples.page_scenes import SCENES
from zhendao.command.language import LANGUAGES
from zhendao.device.page import picture
from zhendao.device.page.errors import NoFontError
from zhendao.device.page.picture import DAY, HIGH, LEAST, NIGHT, WIDE, draw
from zhendao.device.page.shapes import mask
from zhendao.device.page.values import Shape, Tone
from zhendao.protocol.wording import Language

BY_NAME = {scene.name: scene for scene in SCENES}


@pytest.mark.parametrize("name", sheets())
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pictures_of_the_documents_are_up_to_date(name: str, language: Language) -> None:
    """Say what the code says now; of one of the scenes, look as it is drawn now."""
    scenes = sheets()[name]
    with Image.open(file(name, language)) as kept:
        assert kept.info["page"] == said(scenes), "run tests/samples/make_page_pictures.py"
        at = random.Random(f"{name}{language}").randrange(len(scenes))
        before = kept.convert("RGB")
    fresh = drawn(scenes[at : at + 1], language)
    x, y = 14 + at % 3 * (WIDE + 14), 14 + at // 3 * (HIGH + 44)
    box, here = (x, y, x + WIDE, y + HIGH), (14, 14, 14 + WIDE, 14 + HIGH)
    difference = ImageStat.Stat(ImageChops.difference(before.crop(box), fresh.crop(here))).mean
    assert max(difference) < 6, "run tests/samples/make_page_pictures.py"


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("inks", "least"), [(DAY, 7.0), (NIGHT, 4.5)])
def test_words_stand_out_from_their_ground(inks: dict[Tone, picture.Ink], least: float) -> None:
    assert set(inks) == set(Tone)
    for ink in inks.values():
        light, dark = sorted((_luminance(ink.words), _luminance(ink.ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= least


def test_nothing_is_smaller_than_what_is_read_across_a_room_and_nothing_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placed: list[tuple[str, float, tuple[float, float, float, float]]] = []
    write = picture._Drawing._text

    def watched(drawing: picture._Drawing, text: str, x: int, y: int, size: float, *rest: object, **how: bool) -> None:
        font = picture._font(drawing._path, round(size))
        left, top, right, bottom = font.getbbox(text, anchor=str(rest[1]))
        placed.append((text, size, (x + left, y + top, x + right, y + bottom)))
        write(drawing, text, x, y, size, *rest, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(picture._Drawing, "_text", watched)
    for scene in SCENES:
        for language in LANGUAGES:
            placed.clear()
            draw(scene.page(), (WIDE, HIGH), language)
            assert placed
            for text, size, (left, top, right, bottom) in placed:
                assert size >= LEAST, (scene.name, language, text)
                assert left >= 0, (scene.name, language, text)
                assert right <= WIDE, (scene.name, language, text)
                assert top >= 0, (scene.name, language, text)
                assert bottom <= HIGH, (scene.name, language, text)
            boxes = [box for _, _, box in placed]
            for at, one in enumerate(boxes):
                for other in boxes[at + 1 :]:
                    apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                    assert apart, (scene.name, language, placed)


def test_states_are_told_apart_without_colours() -> None:
    grey = {}
    for scene in SCENES:
        page = scene.page()
        if page.state not in grey:
            grey[page.state] = draw(page, (WIDE, HIGH), "en").convert("L").resize((120, 80))
    states = sorted(grey)
    for at, one in enumerate(states):
        for other in states[at + 1 :]:
            difference = ImageChops.difference(grey[one], grey[other])
            assert ImageStat.Stat(difference).mean[0] > 0.5, (one, other)


def test_signs_differ_in_black_and_white() -> None:
    masks = {shape: mask(shape, 60) for shape in Shape}
    shapes = list(Shape)
    for at, one in enumerate(shapes):
        for other in shapes[at + 1 :]:
            assert ImageStat.Stat(ImageChops.difference(masks[one], masks[other])).mean[0] > 8, (one, other)


@pytest.mark.parametrize("size", [(1920, 1080), (800, 480), (320, 240), (320, 480)])
def test_other_displays_show_the_same(size: tuple[int, int]) -> None:
    for name in ("checked-in", "many-troubles"):
        found = draw(BY_NAME[name].page(), size, "zh")
        assert found.size == size
        assert found.getcolors(1) is None


def test_a_font_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "FONTS", ("/nowhere/to/be/found.ttc",))
    with pytest.raises(NoFontError, match="no font"):
        draw(BY_NAME["ready"].page(), (WIDE, HIGH), "zh")
