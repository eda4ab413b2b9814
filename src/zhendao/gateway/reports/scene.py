"""A picture before it is one: boxes, lines and words in places. Pure.

Promise: the same scene is the same picture in every form it is written in (`svg`, `png`). Places are in points from the
upper left corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; ``fill`` as ``#rrggbb``."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through ``points``, at least two."""

    points: Sequence[Point]
    stroke: str
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text, so high (``size``), whose middle is at ``y``; it begins, has its middle or ends at ``x``."""

    x: float
    y: float
    text: str
    size: float = 13.0
    fill: str = "#222222"
    anchor: Literal["start", "middle", "end"] = "start"


@dataclass(frozen=True, slots=True)
class Scene:
    """A white sheet with parts on it, the later over the earlier."""

    width: int
    height: int
    parts: Sequence[Box | Line | Words]
