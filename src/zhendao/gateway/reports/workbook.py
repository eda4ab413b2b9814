"""A report as a spreadsheet (XLSX), ready to be printed: title, moment, columns, merged cells, total, notes.

Promise: a text is a text for whatever program opens it, so that no cell of a registry becomes a formula; a number is a
number. It prints as wide as the paper (A4, or A3 where it is wide), its headers on each page and the pages numbered.
rule: DAILY-RANK
"""

import io
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from zhendao.command.output import columns
from zhendao.gateway.reports.errors import ReportError
from zhendao.gateway.reports.report import NONE, Cell, Column, Kind, Report, across, runs
from zhendao.protocol.wording import Text

_LINE: Final = Side(style="thin")
_BOX: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_CENTRE: Final = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT: Final = Alignment(horizontal="left", vertical="center", wrap_text=True)
_PLAIN: Final = Font(name="宋体", size=11)
_BOLD: Final = Font(name="宋体", size=11, bold=True)
_SMALL: Final = Font(name="宋体", size=10)
_TITLE: Final = Font(name="黑体", size=16, bold=True)
_GREY: Final = PatternFill("solid", fgColor="E7E6E6")
_FORMATS: Final = {Kind.TEXT: "@", Kind.WHOLE: "0", Kind.DECIMAL: "0.00", Kind.SHARE: "0.00%"}
_TAB: Final = str.maketrans("[]:*?/\\", "【】：＊？／＼")
_LONGEST_TAB: Final = 31
_HIGHEST: Final = 409.0
"""A file with a higher row is one that spreadsheet programs call damaged."""
_MOST_ROWS: Final = 1_048_500
"""A tab can have 1,048,576, with all that stands above and below."""
_WIDEST_A4: Final = 200
"""In digits: wider than that nobody reads it on A4."""

_LONGEST_RUN: Final = 24
"""Rows that are merged into one cell at most: half a page."""
_LOOKS: Final[WeakKeyDictionary[Any, dict[Any, Any]]] = WeakKeyDictionary()
"""What the cells of each book look like, by kind, font, alignment, border and ground."""


def workbook(reports: Sequence[Report]) -> bytes:
    """Return the XLSX file of ``reports``, a tab each in their order; at least one.

    Raises `ReportError` where a report has more rows than a tab can have: no program would open it.
    """
    book = Workbook(write_only=True)
    for report in reports:
        if len(report.rows) > _MOST_ROWS:
            raise ReportError(
                Text(
                    f"{report.name} 有 {len(report.rows)} 行，工作表容不下",
                    f"{len(report.rows)} rows are too many for a tab",
                ),
                Text("写成 .csv，或减少天数", "write it as .csv, or ask for fewer days"),
            )
        _tab(book, report)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _tab(book: Any, report: Report) -> None:
    tab = book.create_sheet(report.name.translate(_TAB)[:_LONGEST_TAB])
    _set_up(tab, report)
    wide = len(report.columns)
    tab.append([_cell(tab, report.title, Kind.TEXT, _TITLE, _CENTRE)])
    tab.append([_cell(tab, report.stamp, Kind.TEXT, _SMALL, _CENTRE)])
    top = _top(report)
    for line in _headers(report):
        tab.append([_cell(tab, text, Kind.TEXT, _BOLD, _CENTRE, box=True, fill=True) for text in line])
    for row in report.rows:
        tab.append(_line(tab, report.columns, row, _PLAIN))
    last = top + len(report.rows)
    if report.total is not None:
        last += 1
        tab.append(_line(tab, report.columns, report.total, _BOLD, centred=True))
        for first, end in across(report.total):
            _merge(tab, first, last, end, last)
    for note in report.notes:
        last += 1
        tab.append([_cell(tab, note, Kind.TEXT, _SMALL, _LEFT)])
        _merge(tab, 0, last, wide - 1, last)
    for place in (1, 2):
        _merge(tab, 0, place, wide - 1, place)
    _merge_headers(tab, report)
    for place, first, end in runs(report):
        for begin in range(first, end + 1, _LONGEST_RUN):  # else a page in the midst of it does not say what it is of
            _merge(tab, place, top + 1 + begin, place, top + 1 + min(end, begin + _LONGEST_RUN - 1))


def _top(report: Report) -> int:
    """Return how many rows stand above the first: title, moment, headers in one line or in two."""
    return 4 if any(one.over for one in report.columns) else 3


def _headers(report: Report) -> list[list[str]]:
    """Return the lines of headers; what has nothing above it stands in the first one."""
    if _top(report) == 3:  # noqa: PLR2004 - headers in one line
        return [[one.header for one in report.columns]]
    return [[one.over or one.header for one in report.columns], [one.header for one in report.columns]]


def _merge_headers(tab: Any, report: Report) -> None:
    """Merge what stands above several columns across, and what has nothing above it down."""
    top = _top(report)
    place = 0
    for over, group in groupby(report.columns, key=lambda one: one.over):
        several = len(list(group))
        if over:
            _merge(tab, place, top - 1, place + several - 1, top - 1)
        elif top > 3:  # noqa: PLR2004 - headers in two lines
            for one in range(place, place + several):
                _merge(tab, one, top - 1, one, top)
        place += several


def _set_up(tab: Any, report: Report) -> None:
    """Say what must be known before the first row: widths, heights, what stays in sight, and how it is printed."""
    for place, column in enumerate(report.columns, 1):
        tab.column_dimensions[get_column_letter(place)].width = column.width
    wide = sum(column.width for column in report.columns)
    tab.row_dimensions[1].height = 30
    top = _top(report)
    tab.row_dimensions[top].height = _high((one.header, one.width) for one in report.columns)
    if top > 3:  # noqa: PLR2004 - headers in two lines
        tab.row_dimensions[top - 1].height = _high(())
        alone = [(one.header, one.width) for one in report.columns if not one.over]
        inner = [(one.header, one.width) for one in report.columns if one.over]
        tab.row_dimensions[top].height = max(_high(inner), _high(alone) - _high(()))
    shared = {(row, place): end - first + 1 for place, first, end in runs(report) for row in range(first, end + 1)}
    for place, row in enumerate(report.rows):
        tab.row_dimensions[top + 1 + place].height = _high(
            (cell, one.width * min(shared.get((place, at), 1), _LONGEST_RUN))  # merged rows have room for it together
            for at, (one, cell) in enumerate(zip(report.columns, row, strict=True))
            if isinstance(cell, str)
        )
    below = top + len(report.rows) + (report.total is not None)
    if report.total is not None:
        tab.row_dimensions[below].height = _high(())
    for place, note in enumerate(report.notes, below + 1):
        tab.row_dimensions[place].height = _high([(note, wide)])
    if report.sifted and report.rows:
        tab.auto_filter.ref = f"A{top}:{get_column_letter(len(report.columns))}{top + len(report.rows)}"
    tab.freeze_panes = f"A{top + 1}"
    tab.print_title_rows = f"1:{top}"
    tab.page_setup.paperSize = Worksheet.PAPERSIZE_A4 if wide <= _WIDEST_A4 else Worksheet.PAPERSIZE_A3
    tab.page_setup.orientation = "landscape" if report.landscape else "portrait"
    tab.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    tab.page_setup.fitToWidth, tab.page_setup.fitToHeight = 1, 0
    tab.print_options.horizontalCentered = True
    margins = tab.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom = 0.6, 0.7
    tab.oddFooter.center.text = "第 &P 页，共 &N 页"


def _high(cells: Iterable[tuple[str, int]]) -> float:
    """Return how high (points) a row is with texts in columns so wide: not every program makes it so by itself."""
    return min(_HIGHEST, 4 + 14.5 * max((_lines(columns(text), wide) for text, wide in cells), default=1))


def _lines(long: int, wide: int) -> int:
    """Return how many lines a text takes; each break may leave a place free that is too narrow for a sign."""
    lines = -(-(long + 1) // wide)
    return -(-(long + 1 + 2 * (lines - 1)) // wide)


def _line(tab: Any, layout: Sequence[Column], row: Sequence[Cell], font: Font, *, centred: bool = False) -> list[Any]:
    return [
        _cell(tab, cell, one.kind, font, _LEFT if one.left and not centred else _CENTRE, box=True)
        for one, cell in zip(layout, row, strict=True)
    ]


def _cell(
    tab: Any, value: Cell, kind: Kind, font: Font, alignment: Alignment, *, box: bool = False, fill: bool = False
) -> Any:
    if value is None and kind is Kind.SHARE:
        value = NONE
    cell: Any = WriteOnlyCell(tab, value)
    if isinstance(value, str):
        cell.data_type = "s"  # else a text that begins with = would be a formula
        kind = Kind.TEXT
    look, known = (kind, id(font), id(alignment), box, fill), _LOOKS.setdefault(tab.parent, {})
    if look not in known:
        cell.number_format, cell.font, cell.alignment = _FORMATS[kind], font, alignment
        if box:
            cell.border = _BOX
        if fill:
            cell.fill = _GREY
        known[look] = cell._style  # noqa: SLF001 - a city's list has half a million cells of a dozen looks
    cell._style = known[look]  # noqa: SLF001 - as above: to find each look anew is half of the time
    return cell


def _merge(tab: Any, left: int, top: int, right: int, bottom: int) -> None:
    """Make one cell of several; columns from 0, rows from 1."""
    if (left, top) != (right, bottom):
        tab.merged_cells.add(CellRange(min_col=left + 1, min_row=top, max_col=right + 1, max_row=bottom))
