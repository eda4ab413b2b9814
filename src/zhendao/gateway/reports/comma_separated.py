"""A report as CSV: its headers, its rows and its total, for whoever goes on working with it.

Promise: every row is whole, also where the spreadsheet merges cells. What a spreadsheet program would take for a
formula gets an apostrophe in front; a telephone number or a figure does not. UTF-8, with the mark that those programs
need to see it.
"""

import csv
import io
import re
from typing import Final

from zhendao.gateway.reports.report import Report, as_text

_FORMULA: Final = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_FIGURE: Final = re.compile(r"[+-]?[0-9][0-9 .*-]*")


def comma_separated(report: Report) -> bytes:
    """Return the CSV file of ``report``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.whole for column in report.columns])
    for row in (*report.rows, *(() if report.total is None else (report.total,))):
        cells = [as_text(cell, one.kind) for one, cell in zip(report.columns, row, strict=True)]
        writer.writerow([_harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _FIGURE.fullmatch(text) else text
