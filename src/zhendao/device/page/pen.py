"""The pen that signs are drawn with: lines, rings and areas on a fine mask, 100 by 100 units. Pillow is needed."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

_FINER = 4
Point = tuple[float, float]


class Pen:
    """Draws on a mask that is finer than the picture; ``hole`` takes away."""

    def __init__(self, side: int) -> None:
        self.mask = Image.new("L", (side * _FINER, side * _FINER), 0)
        self._draw = ImageDraw.Draw(self.mask)
        self._unit = side * _FINER / 100

    def line(self, *points: Point, width: float = 9, hole: bool = False) -> None:
        """Draw through ``points``, with round ends."""
        ink, half = 0 if hole else 255, width / 2
        scaled = [(x * self._unit, y * self._unit) for x, y in points]
        self._draw.line(scaled, fill=ink, width=round(width * self._unit), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, half, hole=hole)

    def disc(self, x: float, y: float, radius: float, *, hole: bool = False) -> None:
        """Fill a circle."""
        unit = self._unit
        box = ((x - radius) * unit, (y - radius) * unit, (x + radius) * unit, (y + radius) * unit)
        self._draw.ellipse(box, fill=0 if hole else 255)

    def ring(self, x: float, y: float, radius: float, width: float = 9) -> None:
        """Draw a circle of ``width``, inwards from ``radius``."""
        self.disc(x, y, radius)
        self.disc(x, y, radius - width, hole=True)

    def arc(self, x: float, y: float, radius: float, begin: float, end: float, width: float = 9) -> None:
        """Draw from ``begin`` to ``end`` degrees, clockwise from three o'clock."""
        steps = [begin + (end - begin) * step / 240 for step in range(241)]
        for a in steps:  # beads: a line of many pieces shows its joints
            self.disc(x + radius * math.cos(math.radians(a)), y + radius * math.sin(math.radians(a)), width / 2)

    def box(self, left: float, top: float, right: float, bottom: float, *, round_: float = 6, width: float = 9) -> None:
        """Draw a frame with round corners."""
        self.block(left, top, right, bottom, round_=round_)
        self.block(left + width, top + width, right - width, bottom - width, round_=max(round_ - 3, 0), hole=True)

    def block(
        self, left: float, top: float, right: float, bottom: float, *, round_: float = 4, hole: bool = False
    ) -> None:
        """Fill a rectangle with round corners."""
        scaled = [one * self._unit for one in (left, top, right, bottom)]
        self._draw.rounded_rectangle(scaled, radius=round_ * self._unit, fill=0 if hole else 255)

    def area(self, *points: Point, hole: bool = False) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * self._unit, y * self._unit) for x, y in points], fill=0 if hole else 255)

    def strike(self) -> None:
        """Strike through what is there, with an edge that sets the stroke apart."""
        self.line((14, 14), (86, 86), width=22, hole=True)
        self.line((12, 12), (88, 88), width=10)

    def exclaim(self, x: float, top: float, bottom: float, *, hole: bool) -> None:
        """Draw an exclamation mark."""
        self.line((x, top), (x, bottom - 14), width=9, hole=hole)
        self.disc(x, bottom - 1, 6, hole=hole)
