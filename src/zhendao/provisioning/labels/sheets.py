"""Sheets of labels as stationers sell them: A4, so many columns and rows, in millimetres from the upper left corner."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

A4: Final = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """One kind of sheet. ``left``, ``top``: of the first label; ``step``: from one label to the next, both ways."""

    name: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    step_x: float
    step_y: float

    @property
    def count(self) -> int:
        """How many labels a sheet has."""
        return self.columns * self.rows

    def places(self, first: int) -> Iterator[tuple[int, float, float]]:
        """Give page (from 0), x and y of each label from place ``first`` (from 1) of the first page on, for ever."""
        at = first - 1
        while True:
            page, here = divmod(at, self.count)
            row, column = divmod(here, self.columns)
            yield page, self.left + column * self.step_x, self.top + row * self.step_y
            at += 1


SHEETS: Final = {
    one.name: one
    for one in (
        LabelSheet("38x21", 5, 13, 38.1, 21.2, 4.65, 10.7, 40.65, 21.2),
        LabelSheet("63x38", 3, 7, 63.5, 38.1, 7.2, 15.1, 66.05, 38.1),
        LabelSheet("70x37", 3, 8, 70.0, 37.0, 0.0, 0.5, 70.0, 37.0),
        LabelSheet("99x38", 2, 7, 99.1, 38.1, 4.65, 15.1, 101.6, 38.1),
        LabelSheet("85x54", 2, 5, 85.0, 54.0, 15.0, 13.5, 95.0, 54.0),
    )
}
"""By name, which is the label's size: 65, 21, 24, 14 labels, and 10 of the size of a card."""
