"""A page as a picture, at any size: large words beside a large sign, a bar above, a bar below. Pillow is needed.

Promise: on 480 by 320 pixels nothing is set smaller than 28 pixels, which on a 3.5-inch display is 4.3 mm: ten minutes
of arc at 1.5 m, what 20/40 vision reads. Words and ground differ by 7 to 1 at least, 4.5 to 1 when dimmed at night.
The same page, size and font give the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from zhendao.command.fonts import FONTS, first_font
from zhendao.device.page.errors import NoFontError
from zhendao.device.page.shapes import mask
from zhendao.device.page.values import Tone

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.page.values import Note, Page
    from zhendao.protocol.wording import Language

WIDE, HIGH = 480, 320
"""What the measures below are meant for; other sizes scale them."""
LEAST = 28
"""The smallest type, in pixels of such a display."""
_LINE, _BAR, _HEAD, _BIG = 34, 32, 76, 84
_HEADS = ((1, 50), (2, 40), (3, 30))
"""In how many rows the head may stand, and how small for that."""
_TOP, _BOTTOM, _SIGN, _EDGE = 50, 54, 146, 14
_MEASURED = 96
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Ink:
    """Ground and words."""

    ground: Colour
    words: Colour


DAY: dict[Tone, Ink] = {
    Tone.CALM: Ink((16, 32, 56), (255, 255, 255)),
    Tone.GOOD: Ink((0, 88, 54), (255, 255, 255)),
    Tone.ASK: Ink((20, 62, 140), (255, 255, 255)),
    Tone.WARN: Ink((255, 200, 40), (0, 0, 0)),
    Tone.BAD: Ink((152, 18, 18), (255, 255, 255)),
    Tone.CALL: Ink((255, 255, 255), (140, 0, 0)),
}
NIGHT: dict[Tone, Ink] = {
    Tone.CALM: Ink((0, 0, 0), (122, 130, 146)),
    Tone.GOOD: Ink((0, 0, 0), (96, 160, 120)),
    Tone.ASK: Ink((0, 0, 0), (112, 142, 198)),
    Tone.WARN: Ink((0, 0, 0), (184, 146, 58)),
    Tone.BAD: Ink((0, 0, 0), (206, 110, 96)),
    Tone.CALL: Ink((0, 0, 0), (230, 120, 110)),
}
_NO_BEGINNING = frozenset("，。；：！？、）”’,.;:!?)")


def draw(page: Page, size: tuple[int, int], language: Language, font: Path | None = None) -> Image.Image:
    """Return ``page`` in RGB. Raises `NoFontError`."""
    return _Drawing(page, size, language, font).picture


def find_font(font: Path | None = None) -> Path:
    """Return the font to draw with: the one that is named, else the first that is there. Raises `NoFontError`."""
    names = FONTS if font is None else (str(font),)
    found = first_font(names)
    if found is None:
        raise NoFontError(names[0])
    return found


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


@cache
def _width(path: Path, one: str) -> float:
    """Return the width of a character in units of the type's size; fitting asks for it thousands of times."""
    return _font(path, _MEASURED).getlength(one) / _MEASURED


class _Drawing:
    """One picture under way."""

    def __init__(self, page: Page, size: tuple[int, int], language: Language, font: Path | None) -> None:
        self._page, self._size, self._language = page, size, language
        self._path = find_font(font)
        self._unit = min(size[0] / WIDE, size[1] / HIGH)
        self._inks = NIGHT if page.night else DAY
        ink = self._inks[page.tone]
        self.picture = Image.new("RGB", size, ink.ground)
        self._draw = ImageDraw.Draw(self.picture)
        self._bars()
        self._middle(ink)
        if page.tone is Tone.CALL:
            self._frame(ink)

    def _px(self, units: float) -> int:
        return round(units * self._unit)

    # -- bars

    def _bars(self) -> None:
        page, (wide, high) = self._page, self._size
        calm = self._inks[Tone.CALM]
        top = self._px(_TOP)
        self._draw.rectangle((0, 0, wide, top - 1), fill=calm.ground)
        if page.clock is not None:
            self._text(page.clock, self._px(_EDGE), top // 2, _BAR + 6, calm.words, "lm")
        if page.link is not None:
            self._note(page.link, wide - self._px(_EDGE), top // 2, calm, right=True)
        if page.notes:
            self._notes(high - self._px(_BOTTOM))

    def _notes(self, top: int) -> None:
        page, (wide, high) = self._page, self._size
        more = [f"+{page.more}"] if page.more else []
        room = wide - (self._px(62) if more else 0)
        each = room // len(page.notes)
        for at, note in enumerate(page.notes):
            ink = self._inks[note.tone]
            self._draw.rectangle((at * each, top, (at + 1) * each, high), fill=ink.ground)
            self._note(note, at * each + self._px(_EDGE), (top + high) // 2, ink, width=each - self._px(_EDGE + 4))
            self._draw.line((at * each, top, at * each, high), fill=self._inks[Tone.CALM].ground, width=self._px(3))
        if more:
            calm = self._inks[Tone.CALM]
            self._draw.rectangle((room, top, wide, high), fill=calm.ground)
            self._text(more[0], wide - self._px(31), (top + high) // 2, _BAR, calm.words, "mm")
        self._draw.line((0, top, wide, top), fill=self._inks[Tone.CALM].ground, width=self._px(3))

    def _note(self, note: Note, x: int, y: int, ink: Ink, *, right: bool = False, width: int | None = None) -> None:
        text, side, gap = note.text.in_(self._language), self._px(_BAR), self._px(8)
        size = float(_BAR)
        while width is not None and size > LEAST and self._long(text, size) > width - side - gap:
            size -= 1
        begin = x - side - gap - round(self._long(text, size)) if right else x
        self.picture.paste(ink.words, (begin, y - side // 2), mask(note.shape, side))
        self._text(text, begin + side + gap, y, size, ink.words, "lm")

    # -- the middle

    def _middle(self, ink: Ink) -> None:
        page, (wide, high) = self._page, self._size
        top, bottom = self._px(_TOP), high - (self._px(_BOTTOM) if page.notes else 0)
        side, edge = self._px(_SIGN), self._px(_EDGE)
        if self._size[0] > WIDE * self._unit * 1.1:  # a wide display: the whole stands in its middle
            edge += round((wide - WIDE * self._unit) / 2)
        self.picture.paste(ink.words, (edge, (top + bottom - side) // 2), mask(page.shape, side))
        left = edge + side + self._px(18)
        room = wide - edge - left
        rows = self._fit(room, bottom - top - self._px(24 if page.tone is Tone.CALL else 8))
        y = top + (bottom - top - sum(high_ for _, _, high_ in rows)) // 2
        for text, size, high_ in rows:
            self._text(text, left, y + high_ // 2, size, ink.words, "lm", bold=size > _LINE)
            y += high_

    def _fit(self, room: int, tall: int) -> list[tuple[str, float, int]]:
        """Return the rows, each with its size in units and its height in pixels, as large as there is room."""
        found: list[tuple[str, float, int]] = []
        for rows, least in _HEADS:
            for size in range(_HEAD, least - 1, -2):
                for line in (_LINE, LEAST):
                    found = self._rows(size, line, room)
                    words = all(self._long(text, of) <= room for text, of, _ in found)
                    heads = len(self._wrap(self._page.head.in_(self._language), size, room))
                    if words and heads <= rows and sum(high for _, _, high in found) <= tall:
                        return found
        return found

    def _rows(self, size: float, line: float, room: int) -> list[tuple[str, float, int]]:
        page, language = self._page, self._language
        rows = [(text, size) for text in self._wrap(page.head.in_(language), size, room)]
        if page.big is not None:
            big = page.big.in_(language)
            rows.append((big, self._widest(big, room, min(_BIG, size * 1.5))))
        rows += [(text, line) for one in page.lines for text in self._wrap(one.in_(language), line, room)]
        return [(text, of, self._px(of * 1.22)) for text, of in rows]

    def _widest(self, text: str, room: int, size: float) -> float:
        while size > LEAST and self._long(text, size) > room:
            size -= 1
        return size

    def _wrap(self, text: str, size: float, room: int) -> list[str]:
        """Break ``text`` into as few rows as it takes, all about as long."""
        rows = self._broken(text, size, room)
        for narrower in range(room, room // 2, -8):
            even = self._broken(text, size, narrower)
            if len(even) > len(rows):
                break
            rows = even
        return rows

    def _broken(self, text: str, size: float, room: int) -> list[str]:
        rows = [""]
        for word in _words(text):
            if rows[-1] and self._long((rows[-1] + word).rstrip(), size) > room:
                rows.append(word.lstrip())
            else:
                rows[-1] += word
        return [row.rstrip() for row in rows]

    def _frame(self, ink: Ink) -> None:
        wide, high = self._size
        width = self._px(8)
        bottom = high - (self._px(_BOTTOM) if self._page.notes else 0)
        self._draw.rectangle((0, self._px(_TOP), wide - 1, bottom - 1), outline=ink.words, width=width)

    # -- type

    def _long(self, text: str, size: float) -> float:
        """Return how many pixels wide ``text`` is, within a few."""
        units = sum(_width(self._path, one) for one in text)
        return units * self._px(size) + (self._px(size) / 24 if size > _LINE else 0)

    def _text(self, text: str, x: int, y: int, size: float, colour: Colour, anchor: str, *, bold: bool = False) -> None:
        font = _font(self._path, self._px(size))
        heavy = max(1, round(self._px(size) / 56)) if bold else 0
        self._draw.text((x, y), text, colour, font, anchor, stroke_width=heavy, stroke_fill=colour)


def _words(text: str) -> list[str]:
    """Return what a line may be broken between: words with the space before them, single Chinese characters."""
    found: list[str] = []
    for one in text:
        inside = found and one.isascii() and one != " " and found[-1][-1].isascii()
        if found and (inside or one in _NO_BEGINNING):
            found[-1] += one
        else:
            found.append(one)
    return found
