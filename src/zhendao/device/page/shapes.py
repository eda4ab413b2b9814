"""The large signs, drawn as outlines on a field of 100 by 100: no picture files, sharp at any size.

Promise: each `Shape` has its drawing, and no two are alike in black and white (a test holds both). Pillow is needed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image

from zhendao.device.page.pen import Pen, Point
from zhendao.device.page.values import Shape

if TYPE_CHECKING:
    from collections.abc import Callable


def mask(shape: Shape, side: int) -> Image.Image:
    """Return ``shape`` as a mask of ``side`` by ``side`` pixels, 255 where it is inked."""
    pen = Pen(side)
    _DRAWN[shape](pen)
    return pen.mask.resize((side, side), Image.Resampling.BOX)


def _arrow(pen: Pen, begin: Point, end: Point, head: float = 16, width: float = 10) -> None:
    pen.line(begin, end, width=width)
    angle = math.atan2(end[1] - begin[1], end[0] - begin[0])
    wings = [(end[0] - head * math.cos(angle + turn), end[1] - head * math.sin(angle + turn)) for turn in (0.75, -0.75)]
    pen.line(wings[0], end, wings[1], width=width)


def _ready(pen: Pen) -> None:
    pen.ring(50, 50, 42, 9)
    pen.disc(50, 50, 12)


def _card(pen: Pen) -> None:
    pen.box(8, 44, 92, 94)
    pen.block(20, 72, 52, 80)
    _arrow(pen, (50, 4), (50, 32), 14)


def _door(pen: Pen) -> None:
    pen.box(22, 34, 78, 96)
    pen.disc(66, 66, 5)
    _arrow(pen, (50, 2), (50, 24), 13)


def _doorway(pen: Pen, *, left: float) -> None:
    pen.line((left, 22), (left, 8), (left + 44, 8), (left + 44, 92), (left, 92), (left, 78))


def _in(pen: Pen) -> None:
    _doorway(pen, left=46)
    _arrow(pen, (8, 50), (66, 50), 20, 12)


def _out(pen: Pen) -> None:
    pen.line((52, 22), (52, 8), (10, 8), (10, 92), (52, 92), (52, 78))
    _arrow(pen, (32, 50), (92, 50), 20, 12)


def _remark(pen: Pen) -> None:
    pen.box(18, 6, 82, 94)
    pen.exclaim(50, 26, 76, hole=False)


def _tick(pen: Pen, x: float = 50, y: float = 50, size: float = 1.0, width: float = 11) -> None:
    pen.line((x - 24 * size, y + 2 * size), (x - 7 * size, y + 19 * size), (x + 25 * size, y - 18 * size), width=width)


def _again(pen: Pen) -> None:
    pen.ring(50, 50, 44)
    _tick(pen)


def _undo(pen: Pen) -> None:
    pen.arc(54, 56, 34, -150, 130, 11)
    _arrow(pen, (44, 22), (22, 38), 22, 11)


def _cross(pen: Pen) -> None:
    pen.line((16, 16), (84, 84), width=17)
    pen.line((84, 16), (16, 84), width=17)


def _sent(pen: Pen) -> None:
    _arrow(pen, (50, 74), (50, 12), 28, 12)
    pen.line((16, 92), (84, 92), width=10)


def _accepted(pen: Pen) -> None:
    _tick(pen, 36, 54, 1.15, 12)
    pen.line((48, 76), (92, 34), width=12)


def _cloud(pen: Pen) -> None:
    for x, y, radius in ((30, 58, 22), (52, 42, 26), (74, 60, 20)):
        pen.disc(x, y, radius)
    pen.block(30, 58, 76, 80, round_=8)
    for x, y, radius in ((30, 58, 13), (52, 42, 17), (74, 60, 11)):
        pen.disc(x, y, radius, hole=True)
    pen.block(30, 54, 74, 71, round_=2, hole=True)


def _offline(pen: Pen) -> None:
    _cloud(pen)
    pen.strike()


def _no_reader(pen: Pen) -> None:
    pen.box(6, 26, 94, 80)
    pen.block(18, 58, 50, 66)
    pen.strike()


def _no_terminal(pen: Pen) -> None:
    pen.box(20, 4, 80, 96, round_=10)
    pen.disc(50, 78, 6)
    pen.strike()


def _bell_body(pen: Pen) -> None:
    pen.disc(50, 42, 25)
    pen.area((25, 42), (75, 42), (75, 60), (86, 74), (14, 74), (25, 60))
    pen.disc(50, 84, 9)
    pen.disc(50, 16, 6)


def _bell(pen: Pen) -> None:
    _bell_body(pen)
    pen.arc(50, 44, 44, 150, 215, 8)
    pen.arc(50, 44, 44, -35, 30, 8)


def _bell_sent(pen: Pen) -> None:
    _bell_body(pen)
    pen.line((33, 50), (46, 62), (68, 36), width=9, hole=True)


def _person(pen: Pen) -> None:
    pen.disc(50, 26, 20)
    pen.disc(50, 92, 38)
    pen.block(0, 92, 100, 100, round_=0, hole=True)


def _hourglass(pen: Pen) -> None:
    pen.line((20, 8), (80, 8), width=11)
    pen.line((20, 92), (80, 92), width=11)
    pen.line((28, 10), (28, 26), (50, 50), (28, 74), (28, 90), width=8)
    pen.line((72, 10), (72, 26), (50, 50), (72, 74), (72, 90), width=8)
    pen.area((36, 88), (64, 88), (50, 70))


def _phone(pen: Pen) -> None:
    pen.arc(78, 22, 62, 100, 170, 17)
    pen.disc(22, 30, 17)
    pen.disc(70, 80, 17)


def _triangle(pen: Pen) -> None:
    pen.line((50, 12), (92, 86), (8, 86), (50, 12), width=13)
    pen.area((50, 12), (92, 86), (8, 86))
    pen.exclaim(50, 38, 76, hole=True)


def _drill(pen: Pen) -> None:
    for x in (10, 42, 74):
        pen.block(x, 6, x + 17, 15)
        pen.block(x, 85, x + 17, 94)
        pen.block(6, x, 15, x + 17)
        pen.block(85, x, 94, x + 17)
    pen.block(34, 34, 66, 66)


def _lock(pen: Pen) -> None:
    pen.block(16, 46, 84, 96, round_=8)
    pen.disc(50, 66, 8, hole=True)
    pen.block(46, 66, 54, 84, hole=True)
    pen.arc(66, 32, 22, 180, 350, 10)
    pen.line((44, 32), (44, 46), width=10)


def _meal(pen: Pen) -> None:
    pen.line((6, 50), (94, 50), width=10)
    pen.arc(50, 50, 38, 0, 180, 10)
    pen.line((34, 96), (66, 96), width=9)
    for left in (36, 58):
        pen.line((left, 34), (left + 6, 8), width=7)


def _plug(pen: Pen) -> None:
    pen.line((34, 8), (34, 34), width=10)
    pen.line((66, 8), (66, 34), width=10)
    pen.block(18, 30, 82, 46)
    pen.disc(50, 48, 28)
    pen.block(18, 20, 82, 30, hole=True, round_=0)
    pen.line((34, 8), (34, 34), width=10)
    pen.line((66, 8), (66, 34), width=10)
    pen.line((50, 74), (50, 96), width=10)


def _battery(pen: Pen) -> None:
    pen.box(4, 28, 86, 74)
    pen.block(88, 42, 97, 60)
    pen.block(17, 41, 28, 61)


def _sensor(pen: Pen) -> None:
    pen.disc(50, 50, 10)
    for radius in (24, 40):
        pen.arc(50, 50, radius, -40, 40, 9)
        pen.arc(50, 50, radius, 140, 220, 9)
    pen.strike()


def _button(pen: Pen) -> None:
    pen.block(10, 74, 90, 92)
    pen.block(26, 56, 74, 72)
    _arrow(pen, (50, 4), (50, 42), 18, 12)


def _shield(pen: Pen) -> None:
    pen.area((50, 4), (88, 18), (88, 48), (78, 72), (50, 96), (22, 72), (12, 48), (12, 18))
    pen.line((29, 50), (44, 65), (72, 33), width=10, hole=True)


def _clock(pen: Pen) -> None:
    pen.ring(50, 50, 44)
    pen.line((50, 24), (50, 50), (68, 60), width=9)


def _number(pen: Pen) -> None:
    pen.area((18, 4), (82, 4), (82, 96), (66, 86), (50, 96), (34, 86), (18, 96))
    for y in (24, 42, 60):
        pen.line((34, y), (66, y), width=8, hole=True)


def _stars(pen: Pen) -> None:
    for x, y, bend in ((50, 27, 1), (26, 72, 0), (74, 72, -1)):
        pen.ring(x, y, 25, 6)
        pen.disc(x - 8, y - 6, 3.5)
        pen.disc(x + 8, y - 6, 3.5)
        if bend > 0:
            pen.arc(x, y, 11, 30, 150, 4.5)
        elif bend < 0:
            pen.arc(x, y + 15, 11, 210, 330, 4.5)
        else:
            pen.line((x - 9, y + 9), (x + 9, y + 9), width=4.5)


_DRAWN: dict[Shape, Callable[[Pen], None]] = {
    Shape.READY: _ready,
    Shape.CARD: _card,
    Shape.DOOR: _door,
    Shape.IN: _in,
    Shape.OUT: _out,
    Shape.REMARK: _remark,
    Shape.AGAIN: _again,
    Shape.UNDO: _undo,
    Shape.CROSS: _cross,
    Shape.SENT: _sent,
    Shape.ACCEPTED: _accepted,
    Shape.OFFLINE: _offline,
    Shape.NO_READER: _no_reader,
    Shape.NO_TERMINAL: _no_terminal,
    Shape.BELL: _bell,
    Shape.BELL_SENT: _bell_sent,
    Shape.PERSON: _person,
    Shape.HOURGLASS: _hourglass,
    Shape.PHONE: _phone,
    Shape.INCIDENT: _triangle,
    Shape.DRILL: _drill,
    Shape.LOCK: _lock,
    Shape.MEAL: _meal,
    Shape.PLUG: _plug,
    Shape.BATTERY: _battery,
    Shape.SENSOR: _sensor,
    Shape.BUTTON: _button,
    Shape.SHIELD: _shield,
    Shape.CLOCK: _clock,
    Shape.NUMBER: _number,
    Shape.STARS: _stars,
}
