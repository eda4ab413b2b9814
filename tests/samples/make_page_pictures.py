"""Draws every scene of `page_scenes` into docs/pictures/, a sheet for each group, in Chinese and in English.

``PYTHONPATH=src:tests python tests/samples/make_page_pictures.py``; a test tells when the sheets are out of date.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from samples.page_scenes import GROUPS, SCENES, Scene
from zhendao.command.language import LANGUAGES
from zhendao.device.page.picture import HIGH, WIDE, draw, find_font
from zhendao.protocol.wording import Language

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
GAP, ACROSS, CAPTION = 14, 3, 30
COLOURS = 64


def sheets() -> dict[str, tuple[Scene, ...]]:
    """Return the scenes of each sheet: the groups, and the few of the README."""
    return {"page": tuple(one for one in SCENES if one.readme)} | {
        f"page-{name}": made for name, made in GROUPS.items()
    }


def file(name: str, language: Language) -> Path:
    return FOLDER / f"{name}.{language}.png"


def said(scenes: Sequence[Scene]) -> str:
    """Return what the pages say, as it is written into their picture."""
    return "\n".join(json.dumps(asdict(one.page()), ensure_ascii=False, sort_keys=True) for one in scenes)


def drawn(scenes: Sequence[Scene], language: Language) -> Image.Image:
    """Return the scenes side by side, their names below."""
    rows = -(-len(scenes) // ACROSS)
    step = HIGH + CAPTION + GAP
    found = Image.new("RGB", (ACROSS * (WIDE + GAP) + GAP, rows * step + GAP), (236, 238, 241))
    font = ImageFont.truetype(str(find_font()), 20)
    for at, scene in enumerate(scenes):
        x, y = GAP + at % ACROSS * (WIDE + GAP), GAP + at // ACROSS * step
        found.paste(draw(scene.page(), (WIDE, HIGH), language), (x, y))
        ImageDraw.Draw(found).text((x + 2, y + HIGH + 3), scene.name, (60, 64, 72), font)
    return found


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("page*.png"):
        old.unlink()
    for name, scenes in sheets().items():
        for language in LANGUAGES:
            info = PngInfo()
            info.add_itxt("page", said(scenes))
            small = drawn(scenes, language).quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(file(name, language), optimize=True, pnginfo=info)


if __name__ == "__main__":
    main()
