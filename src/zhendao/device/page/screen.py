"""A page on a terminal's screen, of 80 by 24 characters or smaller: rows of text out, ANSI colours around them. Pure.

Promise: no row is wider than the screen, whatever its size; what is the matter comes first where there is little room;
sign and word are there without any colour. Times are drawn in large figures where there is room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.command.output import columns
from zhendao.device.page.figures import figures
from zhendao.device.page.stamps import stamp
from zhendao.device.page.symbols import SYMBOLS
from zhendao.device.page.values import Note, Page, Tone

if TYPE_CHECKING:
    from zhendao.protocol.wording import Language

Row = tuple[str, Tone | None]
"""Text of exactly the screen's width, and the tone of its ground (None: that of the screen)."""
_SIGN_COLUMNS, _SIGN_ROWS = 20, 10
_WIDE, _HIGH = 56, 15
"""From this size on there is room for the sign."""

_COLOURS: dict[Tone, str] = {
    Tone.CALM: "0",
    Tone.GOOD: "1;97;42",
    Tone.ASK: "1;97;44",
    Tone.WARN: "1;30;43",
    Tone.BAD: "1;97;41",
    Tone.CALL: "1;31;107",
}
_DIM = "0;2"
HIDE, SHOW = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[0m\x1b[?25h\x1b[?1049l"
"""What begins the page on a screen of its own, and what gives the screen back."""


def rows(page: Page, wide: int, high: int, language: Language, *, blocks: bool = True) -> list[Row]:
    """Return ``high`` rows of ``wide`` columns; without ``blocks`` in ASCII, but for the words."""
    if wide < 1 or high < 1:
        return []
    top: list[Row] = []
    if high >= 3:  # noqa: PLR2004 - a bar, a head, and room between
        link = "" if page.link is None else _note(page.link, language)
        top.append((_ends(page.clock or "", link, wide), Tone.CALM))
    bottom: list[Row] = [(_fill(f" {_note(one, language)}", wide), one.tone) for one in page.notes]
    if page.more and bottom:
        bottom[-1] = (_ends(bottom[-1][0].rstrip(), f"+{page.more}", wide), bottom[-1][1])
    bottom = bottom[: max(0, high - len(top) - 2)]
    room = high - len(top) - len(bottom)
    middle = _middle(page, wide, room, language, blocks=blocks)
    above = (room - len(middle)) // 2
    blank = " " * wide
    filled = [blank] * above + [_fill(one, wide) for one in middle] + [blank] * (room - above - len(middle))
    return [*top, *((one, page.tone) for one in filled), *bottom]


def painted(found: list[Row], *, colours: bool, night: bool) -> str:
    """Return what draws ``found`` from the upper left corner."""
    out = []
    for at, (text, tone) in enumerate(found):
        style = _DIM if night else _COLOURS[tone or Tone.CALM]
        out.append(f"\x1b[{at + 1};1H" + (f"\x1b[{style}m{text}\x1b[0m" if colours else text))
    return "".join(out)


def as_line(page: Page, language: Language) -> str:
    """Return ``page`` in one line, for a log."""
    words = [
        page.clock or "-:--",
        SYMBOLS[page.shape],
        page.head.in_(language),
        "" if page.big is None else page.big.in_(language),
    ]
    words += [one.in_(language) for one in page.lines]
    notes = ([page.link] if page.link is not None else []) + list(page.notes)
    words += [f"| {_note(one, language)}" for one in notes]
    return " ".join(one for one in words if one) + (f" +{page.more}" if page.more else "")


def _note(note: Note, language: Language) -> str:
    return f"{SYMBOLS[note.shape]} {note.text.in_(language)}"


def _middle(page: Page, wide: int, room: int, language: Language, *, blocks: bool) -> list[str]:
    """Return the rows between the bars, each of ``wide`` columns at most, ``room`` at most."""
    signed = wide >= _WIDE and room + 2 >= _HIGH
    left = _SIGN_COLUMNS + 6 if signed else 1
    words = _words(page, wide - left - 1, room, language, large=signed, sign=not signed, blocks=blocks)
    if not signed:
        return [_cut(f" {one}", wide) for one in words]
    sign = stamp(page.shape, blocks=blocks)
    tall = max(len(sign), len(words))
    signs = _centred(sign, tall, _SIGN_COLUMNS)
    return [f"   {one}   {word}" for one, word in zip(signs, _centred(words, tall, 0), strict=True)]


def _words(page: Page, wide: int, room: int, language: Language, *, large: bool, sign: bool, blocks: bool) -> list[str]:
    head = page.head.in_(language)
    found = _wrapped(f"{SYMBOLS[page.shape]} {head}" if sign else _spaced(head, wide), wide)
    if page.big is not None:
        big = page.big.in_(language)
        drawn = figures(big, blocks=blocks) if large else []
        fits = drawn and max(map(len, drawn)) <= wide
        found += ["", *drawn, ""] if fits else [big]
    for one in page.lines:
        found += _wrapped(one.in_(language), wide)
    return found[:room]


def _spaced(text: str, wide: int) -> str:
    """Return ``text`` set wide, for a head: there is no larger type on a terminal."""
    spaced = " ".join(text) if not text.isascii() else text.upper()
    return spaced if columns(spaced) <= wide else text


def _centred(several: list[str], tall: int, wide: int) -> list[str]:
    above = (tall - len(several)) // 2
    empty = " " * wide
    return [empty] * above + several + [empty] * (tall - above - len(several))


def _wrapped(text: str, wide: int) -> list[str]:
    """Break ``text`` at spaces, or within what is longer than a row and within Chinese."""
    found, row = [], ""
    for word in _pieces(text):
        if row and columns((row + word).rstrip()) > wide:
            found.append(row.rstrip())
            row = word.lstrip()
        else:
            row += word
        while columns(row.rstrip()) > wide > 1:
            cut = _cut(row, wide)
            found.append(cut.rstrip())
            row = row[len(cut) :]
    return [*found, row.rstrip()] if row.strip() else found


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    for one in text:
        if found and one.isascii() and one != " " and found[-1][-1].isascii():
            found[-1] += one
        else:
            found.append(one)
    return found


def _cut(text: str, wide: int) -> str:
    while columns(text) > wide:
        text = text[:-1]
    return text


def _fill(text: str, wide: int) -> str:
    cut = _cut(text, wide)
    return cut + " " * (wide - columns(cut))


def _ends(left: str, right: str, wide: int) -> str:
    """Return a row with ``left`` and ``right`` at its ends; without room for both only ``right``."""
    gap = wide - columns(left) - columns(right) - 2
    if gap < 1:
        return _fill(f" {right or left}", wide)
    return _fill(f" {left}{' ' * gap}{right}", wide)
