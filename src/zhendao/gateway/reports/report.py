"""What a report is, whatever it is about: columns with exact headers, rows, a total, and how it is laid out. Pure.

Promise: a report says the same in every form it is written in (`workbook`, `comma_separated`). One that is personal
says so: whoever writes it logs that, unless it is masked. rule: DAILY-RANK, DAILY-DETAIL, RECORD-LIST
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

Cell = str | int | float | None
NONE: Final = "—"
"""What stands where a share has nothing to be a share of."""


class Kind(Enum):
    """What the cells of a column are."""

    TEXT = "text"
    WHOLE = "whole"
    """A whole number."""
    DECIMAL = "decimal"
    """A number with two decimals."""
    SHARE = "share"
    """A part of a whole, 0 to 1 as `share` rounds it, shown in per cent; None where the whole is nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its exact header, its width in digits, and what its cells are.

    ``merged``: cells that are the same from row to row are one, within what is merged to the left of it. ``left``: a
    long text, set to the left and broken into lines. ``over``: what stands above it and its neighbours of the same.
    """

    header: str
    width: int
    kind: Kind = Kind.TEXT
    merged: bool = False
    left: bool = False
    over: str = ""

    @property
    def whole(self) -> str:
        """The header with what stands above it, where there is one line for both."""
        return f"{self.over}·{self.header}" if self.over else self.header


@dataclass(frozen=True, slots=True)
class Bars:
    """How a report is drawn: the places of the columns that say the group, the label, the share, and of what."""

    group: int
    label: int
    value: int
    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Lines:
    """How a report is drawn from row to row: the places of the columns that say when, and of the figures."""

    label: int
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Report:
    """A table that is ready to be written.

    ``name``: of the tab and, by default, of the file; ``stamp``: of what moment it is; ``notes`` stand below it. In
    the ``total`` a None behind a text belongs to that text. ``sifted``: whoever opens it can pick rows by their
    cells. ``shown``: how many people are named in it unmasked. ``bars``, ``lines``: how it is drawn, where it can be.
    """

    name: str
    title: str
    stamp: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    notes: Sequence[str] = ()
    landscape: bool = False
    sifted: bool = False
    shown: int = 0
    bars: Bars | None = None
    lines: Lines | None = None


def share(part: int, whole: int) -> float | None:
    """Return ``part`` of ``whole`` to the nearest hundredth of a per cent, halves up; None where ``whole`` is 0."""
    return None if whole == 0 else ((part * 20_000 + whole) // (2 * whole)) / 10_000


def as_text(cell: Cell, kind: Kind) -> str:
    """Return a cell as people read it: the same in a CSV file as on a spreadsheet."""
    if cell is None:
        return NONE if kind is Kind.SHARE else ""
    if isinstance(cell, str):
        return cell
    if kind is Kind.SHARE:
        return f"{cell:.2%}"
    return f"{cell:.2f}" if kind is Kind.DECIMAL else str(cell)


def runs(report: Report) -> Iterator[tuple[int, int, int]]:
    """Give what is merged down: the column, the first row and the last (all from 0), at least two rows each."""
    begun = [0] * len(report.rows)  # where what is merged to the left begins; a run may not cross it
    for place, column in enumerate(report.columns):
        if not column.merged:
            continue
        first = 0
        for row in range(1, len(report.rows) + 1):
            ends = row == len(report.rows) or begun[row] == row
            if ends or report.rows[row][place] != report.rows[first][place]:
                if row - first > 1:
                    yield place, first, row - 1
                if row < len(report.rows):
                    begun[row] = row
                first = row


def across(total: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Give what is merged across in a total: the first column and the last (from 0), at least two of them."""
    first = None
    for place, cell in enumerate([*total, ""]):
        if cell is None:
            continue
        if first is not None and place - first > 1:
            yield first, place - 1
        first = place if isinstance(cell, str) and cell else None
