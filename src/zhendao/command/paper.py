"""Sheets of paper: PDF pages with Chinese and Latin text in one embedded font, and QR codes drawn as areas.

Promise: only the glyphs that are used go into the file (a page has some 20 KB); the same content made at the same time
gives the same bytes; a text that is too long for its place is set smaller, never over what stands beside it.
Lengths are millimetres from the upper left corner, type sizes are points. Imports its libraries when a sheet is made.
"""

from __future__ import annotations

import logging
import warnings
import weakref
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from zhendao.command.fonts import FONTS, first_font
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FAMILY: Final = "paper"
_LEAST_POINTS: Final = 4.0
_MM_PER_POINT: Final = 25.4 / 72
_QUIET: Final = 2
_NEVER_FIRST: Final = frozenset("，。、；：！？）》”’%")
Align = Literal["left", "centre", "right"]


class FontMissingError(ZhendaoError):
    """There is no font that Chinese can be printed with."""

    code = "font-missing"

    def __init__(self) -> None:
        super().__init__(
            Text("没有可用的中文字体，无法生成 PDF", "there is no Chinese font: no PDF can be made"),
            Text("apt-get install fonts-wqy-microhei", "apt-get install fonts-wqy-microhei"),
        )


def find_font(fonts: Sequence[str] = FONTS) -> Path:
    """Return the file of the font. Raises `FontMissingError`."""
    found = first_font(fonts)
    if found is None:
        raise FontMissingError
    return found


class Paper:
    """One PDF in the making. ``made_s``: seconds since 1970 UTC, written into it as the time it was made."""

    def __init__(self, title: str, made_s: int, size: tuple[float, float] = (210.0, 297.0)) -> None:
        """Make it, without a page yet; ``size`` of its pages: width and height. Raises `FontMissingError`."""
        from fpdf import FPDF  # noqa: PLC0415 - it brings an imaging library, and most commands print nothing

        logging.getLogger("fpdf").setLevel(logging.ERROR)  # a rare character without a glyph is a blank, and no news

        self.width, self.height = size
        self._pdf: Any = FPDF(unit="mm", format=size)
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.set_margin(0)
        self._pdf.set_title(title)
        self._pdf.set_creation_date(datetime.fromtimestamp(made_s, UTC))
        self._pdf.add_font(_FAMILY, fname=find_font())
        opened: Any = self._pdf.fonts[_FAMILY]
        weakref.finalize(self, opened.ttfont.close)  # the library leaves the font's file open

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return int(self._pdf.page)

    def page(self) -> None:
        """Begin the next page."""
        self._pdf.add_page()

    def width_of(self, text: str, points: float) -> float:
        """Return how wide ``text`` is."""
        self._pdf.set_font(_FAMILY, size=points)
        return float(self._pdf.get_string_width(text))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        points: float,
        *,
        most: float | None = None,
        align: Align = "left",
        grey: int = 0,
    ) -> None:
        """Write one line with its baseline at ``y``; at most ``most`` wide: set smaller, and in the end cut short.

        ``align``: ``x`` is the left end, the middle or the right end; ``grey`` 0 (black) to 255.
        """
        if most is not None:
            points = max(_LEAST_POINTS, min(points, points * most / max(self.width_of(text, points), 1e-9)))
            while len(text) > 1 and self.width_of(text, points) > most * 1.001:
                text = text.rstrip("…")[:-1] + "…"
        width = self.width_of(text, points)
        self._pdf.set_text_color(grey)
        self._pdf.text(x - {"left": 0.0, "centre": width / 2, "right": width}[align], y, text)

    def wrapped(
        self, x: float, y: float, text: str, points: float, width: float, *, lines: int, grey: int = 0
    ) -> float:
        """Write ``text`` over at most ``lines`` lines from the baseline ``y`` on; return the next free baseline."""
        leading = points * _MM_PER_POINT * 1.35
        for number, part in enumerate(self._parts(text, points, width, lines)):
            self.text(x, y + number * leading, part, points, most=width, grey=grey)
        return y + max(1, len(self._parts(text, points, width, lines))) * leading

    def _parts(self, text: str, points: float, width: float, lines: int) -> list[str]:
        """Break between Chinese characters and at blanks; whatever does not fit goes into the last line."""
        parts, rest = list[str](), text.strip()
        while rest and len(parts) < lines - 1 and self.width_of(rest, points) > width:
            end = len(rest)
            while end > 1 and self.width_of(rest[:end], points) > width:
                end -= 1
            blank = rest.rfind(" ", 0, end + 1)
            if rest[end : end + 1].isascii() and rest[end - 1].isascii() and blank > 0:
                end = blank
            while rest[end : end + 1] in _NEVER_FIRST and end < len(rest):
                end += 1  # set a little smaller, rather than a comma at the beginning of a line
            parts.append(rest[:end].rstrip())
            rest = rest[end:].lstrip()
        return [*parts, rest] if rest else parts

    def line(self, x1: float, y1: float, x2: float, y2: float, *, thick: float = 0.2, grey: int = 0) -> None:
        """Draw a straight line."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(thick)
        self._pdf.line(x1, y1, x2, y2)

    def box(self, x: float, y: float, width: float, height: float, *, thick: float = 0.2, grey: int = 0) -> None:
        """Draw the outline of a rectangle."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(thick)
        self._pdf.rect(x, y, width, height)

    def area(self, x: float, y: float, width: float, height: float, *, grey: int) -> None:
        """Fill a rectangle."""
        self._pdf.set_fill_color(grey)
        self._pdf.rect(x, y, width, height, style="F")

    def dot(self, x: float, y: float, radius: float, *, grey: int = 0) -> None:
        """Fill a circle about a point."""
        self._pdf.set_fill_color(grey)
        self._pdf.ellipse(x - radius, y - radius, 2 * radius, 2 * radius, style="F")

    def outline(self, points: Sequence[tuple[float, float]], *, thick: float = 0.3, grey: int = 0) -> None:
        """Draw a closed line through ``points``."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(thick)
        self._pdf.polygon([*points])

    def qr(self, x: float, y: float, size: float, data: str, error: Literal["l", "m", "q", "h"] = "m") -> None:
        """Draw a QR code of ASCII, ``size`` wide with its quiet zone, as black areas: sharp at any size of print.

        Raises:
            ValueError: ``data`` is not ASCII: of anything else each reader guesses the encoding, many wrongly.
        """
        if not data.isascii():
            raise ValueError(data)
        import segno  # noqa: PLC0415 - as for the PDF

        rows = tuple(segno.make_qr(data, error=error, boost_error=True).matrix_iter(border=_QUIET))
        module = size / len(rows)
        self._pdf.set_fill_color(0)
        for number, row in enumerate(rows):
            begin: int | None = None
            for place, dark in enumerate((*row, 0)):
                if dark and begin is None:
                    begin = place
                elif not dark and begin is not None:
                    # A hair taller and wider than the module: viewers leave white seams between areas that only touch.
                    wide, tall = (place - begin) * module + 0.01, module + 0.01
                    self._pdf.rect(x + begin * module, y + number * module, wide, tall, style="F")
                    begin = None

    def bytes(self) -> bytes:
        """Return the PDF; nothing can be added afterwards."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # what the font library says to its own caller
            return bytes(self._pdf.output())
