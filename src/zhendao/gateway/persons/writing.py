"""What is held about a person, as files: JSON with everything, and a spreadsheet in Chinese to be read.

Promise: a folder or a zip for its owner alone, new, there whole or not at all; the spreadsheet has each section as a
tab, and the reasons for which data is kept. rule: PIPL
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from zhendao.gateway.persons.gather import TITLES, Held
from zhendao.gateway.persons.subject import Subject
from zhendao.gateway.registry.exporting import write_new
from zhendao.gateway.reports.report import Column, Report
from zhendao.gateway.reports.workbook import workbook

MOST: Final = 32_000
"""Characters in a cell."""
_CHINA: Final = timezone(timedelta(hours=8))


def as_json(subject: Subject, held: Held, now_ms: int) -> bytes:
    """Return everything as JSON: sections in their order, times in ms since 1970 UTC."""
    said = {"subject": {subject.what: subject.key}, "made_ms": now_ms, **held.sections}
    return (json.dumps(said, ensure_ascii=False, indent=1, default=str) + "\n").encode()


def as_workbook(subject: Subject, held: Held, kept: Iterable[tuple[str, str]], now_ms: int) -> bytes:
    """Return the summary as XLSX; ``kept``: each kind of data, and for how long and why it is kept."""
    made = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(_CHINA).strftime("%Y年%m月%d日 %H:%M")
    stamp = f"{'老人' if subject.what == 'elder' else '护理员'} {subject.key} · {made}"
    counts = [(TITLES[name].zh, len(rows)) for name, rows in held.sections.items()]
    first = Report(
        "概要", "个人信息副本", stamp, (Column("内容", 30), Column("条数", 12)), [(a, str(b)) for a, b in counts],
        notes=("依据《个人信息保护法》第四十五条提供。", "时间为北京时间；其余见各页与 person.json。"),
    )  # fmt: skip
    reasons = Report(
        "保存期限", "保存期限与理由", stamp, (Column("内容", 30), Column("期限与理由", 80, left=True)), [*kept]
    )
    tabs = [_tab(TITLES[name].zh, stamp, rows) for name, rows in held.sections.items() if rows]
    return workbook([first, reasons, *tabs])


def _tab(name: str, stamp: str, rows: list[dict[str, Any]]) -> Report:
    headers = list(dict.fromkeys(header for row in rows for header in row))
    columns = tuple(Column(header, 20, left=True) for header in headers)
    lines = [[_cell(header, row.get(header)) for header in headers] for row in rows]
    return Report(name, name, stamp, columns, lines, landscape=True)


def _cell(header: str, value: Any) -> str:
    if value is None:
        return ""
    if header.endswith("_ms") and isinstance(value, int):
        try:
            return datetime.fromtimestamp(value / 1000, UTC).astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, OverflowError, OSError):
            return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:MOST]


def write(target: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` into the new ``target``: a zip where it is so named, else a folder.

    Raises `FileExistsError`, `OSError`.
    """
    if target.suffix.lower() == ".zip":
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in files.items():
                packed.writestr(name, data)
        write_new(target, content.getvalue())
        return
    target.mkdir(mode=0o700)
    for name, data in files.items():
        write_new(target / name, data)
