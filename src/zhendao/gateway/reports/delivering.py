"""A report to where it was asked for: a file by the ending of its name, or the screen.

Promise: a file is new, for its owner alone and there whole; one that names people unmasked is written only after that
was logged, with who asked and how many are in it. rule: PIPL
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.registry.exporting import log_export, write_new, writing_to
from zhendao.gateway.reports.errors import ReportError
from zhendao.gateway.reports.report import Report, as_text
from zhendao.gateway.store.engine import Store
from zhendao.protocol.wording import Language, Text


def _workbook(report: Report) -> bytes:
    from zhendao.gateway.reports.workbook import workbook  # noqa: PLC0415 - only whoever writes one pays for it

    return workbook([report])


def _comma_separated(report: Report) -> bytes:
    from zhendao.gateway.reports.comma_separated import comma_separated  # noqa: PLC0415 - as above

    return comma_separated(report)


def _drawn(report: Report, form: Literal["svg", "png"]) -> bytes:
    from zhendao.gateway.reports.ranking import ranking  # noqa: PLC0415 - as above
    from zhendao.gateway.reports.trend import trend  # noqa: PLC0415 - as above

    if report.bars is not None:
        scene = ranking(report, report.bars)
    elif report.lines is not None:
        scene = trend(report, report.lines)
    else:
        raise ReportError(
            Text(f"{report.name} 没有图", f"there is no picture of {report.name}"),
            Text("写成 .xlsx 或 .csv", "write it as .xlsx or .csv"),
        )
    if form == "svg":
        from zhendao.gateway.reports.svg import svg  # noqa: PLC0415 - as above

        return svg(scene)
    from zhendao.gateway.reports.png import png  # noqa: PLC0415 - as above

    return png(scene)


def _as_json(report: Report) -> bytes:
    import orjson  # noqa: PLC0415 - as above

    return orjson.dumps(plain(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


FORMS: Final[dict[str, Callable[[Report], bytes]]] = {
    ".xlsx": _workbook,
    ".csv": _comma_separated,
    ".json": _as_json,
    ".svg": partial(_drawn, form="svg"),
    ".png": partial(_drawn, form="png"),
}
"""What a report can be written as, by the ending of the file's name."""


def form_of(target: Path) -> Callable[[Report], bytes]:
    """Return what writes a report to a file so named. Raises `ReportError` where there is none."""
    try:
        return FORMS[target.suffix.lower()]
    except KeyError:
        endings = " ".join(FORMS)
        raise ReportError(
            Text(f"{target.name}：不知写成何种文件", f"{target.name}: that is no kind of file to write"),
            Text(f"文件名以此结尾：{endings}", f"end its name with one of {endings}"),
        ) from None


def deliver(store: Store, report: Report, target: Path, by: str) -> None:
    """Write ``report`` to the new file ``target``, for ``by``. Raises `ReportError`, `RegistryError`."""
    content = form_of(target)(report)
    if report.shown:
        log_export(store, f"report {report.name}"[:32], target, report.shown, by)
    with writing_to(target):
        write_new(target, content)


def plain(report: Report) -> dict[str, Any]:
    """Return ``report`` as JSON has it: its cells as they are, under its own headers."""
    return {
        "title": report.title,
        "stamp": report.stamp,
        "columns": [column.whole for column in report.columns],
        "rows": [list(row) for row in report.rows],
        "total": None if report.total is None else list(report.total),
        "notes": list(report.notes),
    }


def show(report: Report, language: Language, *, as_json: bool) -> None:
    """Show ``report`` on the screen: as a table, or as JSON with its own headers."""
    headers = [column.whole for column in report.columns]
    if as_json:
        emit_json(plain(report))
        return
    rows = [*report.rows, *(() if report.total is None else (report.total,))]
    cells = [[as_text(cell, one.kind) for one, cell in zip(report.columns, row, strict=True)] for row in rows]
    table(headers, cells, title=f"{report.title}  {report.stamp}")
    if not report.rows:
        line(Text("没有可列的", "there is nothing to list").in_(language))
    for note in report.notes:
        line(note)
