"""How large a city is, and where its sub-districts lie.

The figures of ``xuhui`` are those of the reference city (rule: SCALE). Centres are in decimetres east and north of the
city's origin, about where the sub-districts of that name are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REGIONS: Final[tuple[tuple[str, int, int], ...]] = (
    ("徐家汇", 4_800, 29_400),
    ("田林", -10_500, 11_100),
    ("长桥", 9_500, -27_700),
    ("湖南路", 8_600, 44_400),
    ("天平路", 10_500, 38_800),
    ("枫林路", 21_900, 29_900),
    ("斜土路", 28_600, 27_700),
    ("漕河泾", 2_900, 3_300),
    ("康健新村", -13_300, -5_500),
    ("虹梅路", -31_500, 2_200),
    ("凌云路", 0, -24_400),
    ("龙华", 20_000, 8_900),
    ("华泾镇", 19_100, -51_000),
)
"""The 13 sub-districts: name, and centre in dm east and north of the origin."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How many there are of each. ``regions`` are taken from `REGIONS` in their order."""

    name: str
    organisations: int
    caregivers: int
    elders: int
    regions: int


SCALES: Final = {
    "small": Scale("small", 4, 48, 640, 3),
    "xuhui": Scale("xuhui", 18, 1_669, 24_737, 13),
}
