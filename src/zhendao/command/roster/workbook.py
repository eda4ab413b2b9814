"""Lists written as one spreadsheet (XLSX), a tab for each table, so that reading it again gives the same rows.

Promise: every cell is text, also for the program that opens it: no digit of a number is lost, nothing is calculated.
"""

import io
from collections.abc import Iterable, Sequence

from zhendao.command.roster.check import Row
from zhendao.command.roster.sheets import Sheet
from zhendao.command.roster.writing import lines


def workbook(tables: Iterable[tuple[Sheet, Sequence[Row]]]) -> bytes:
    """Return the XLSX file of ``tables``, in their order; at least one."""
    from openpyxl import Workbook  # noqa: PLC0415 - only whoever writes a spreadsheet pays for it
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    for sheet, rows in tables:
        tab = book.create_sheet(sheet.zh)
        tab.freeze_panes = "A2"
        for cells in lines(sheet, rows):
            written = []
            for text in cells:
                cell = WriteOnlyCell(tab, text or None)
                if text:
                    cell.data_type = "s"  # else a text that begins with = would be a formula
                cell.number_format = "@"
                written.append(cell)
            tab.append(written)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
