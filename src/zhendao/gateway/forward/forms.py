"""How records are written into a file that is handed over: JSON lines, CSV, a spreadsheet.

Promise: a file is whole by itself, with the numbers that order its records; no cell of a record becomes a formula;
nested values are columns with dotted names, lists are JSON. Pure.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson

from zhendao.gateway.forward.errors import BatchRefusedError
from zhendao.gateway.forward.record import Letter

Form = Callable[[Sequence[Letter]], bytes]

HEAD: Final = ("idempotency_key", "type", "key", "revision", "replay")
LONGEST_CELL: Final = 32_767  # of a spreadsheet
TOO_LONG: Final = 413
FORMULA: Final = re.compile(r"[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]")
"""What a spreadsheet takes for the begin of a formula, in full width too."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML, and so a spreadsheet, cannot hold."""


def _head(letter: Letter) -> tuple[Any, ...]:
    record = letter.record
    return record.idempotency_key, record.record_type, record.key, record.revision, record.replay


def as_json_lines(letters: Sequence[Letter]) -> bytes:
    """Return one JSON object a line, as in a request over HTTPS."""
    lines = [
        orjson.dumps(dict(zip(HEAD, _head(one), strict=True)) | {"payload": json.loads(one.payload)}) for one in letters
    ]
    return b"".join(line + b"\n" for line in lines)


def as_csv(letters: Sequence[Letter]) -> bytes:
    """Return CSV in UTF-8 with the mark that spreadsheet programs need to see it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    header, rows = _table(letters)
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def as_spreadsheet(letters: Sequence[Letter]) -> bytes:
    """Return XLSX with one sheet. Raises `BatchRefusedError` for a text that no cell can hold."""
    from openpyxl import Workbook  # noqa: PLC0415 - a gateway that hands over no spreadsheets need not load it
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = book.create_sheet("records")

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = _CONTROL.sub(" ", value)
        if len(text) > LONGEST_CELL:
            raise BatchRefusedError(TOO_LONG, f"a text of {len(text)} characters, more than {LONGEST_CELL}")
        held = WriteOnlyCell(sheet, text)
        held.data_type = "s"  # else a text that begins with = would be a formula
        return held

    header, rows = _table(letters)
    # All of them before the first is appended: what a text is refused for leaves no half sheet open.
    made = [[cell(value) for value in row] for row in (header, *rows)]
    for row in made:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FORMS: Final[dict[str, Form]] = {"jsonl": as_json_lines, "csv": as_csv, "xlsx": as_spreadsheet}
"""The forms there are, by the ending of their files."""


def _table(letters: Sequence[Letter]) -> tuple[list[str], list[list[Any]]]:
    flat = [_flat(json.loads(one.payload)) for one in letters]
    names = sorted({name for one in flat for name in one})
    rows = [[*_head(letter), *(one.get(name) for name in names)] for letter, one in zip(letters, flat, strict=True)]
    return [*HEAD, *names], rows


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    return dict(_leaves("payload", value))


def _leaves(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}", inner)
    elif isinstance(value, list | dict):
        yield name, json.dumps(value, ensure_ascii=False)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        yield name, str(value)  # a spreadsheet would round it
    else:
        yield name, value


_EXACT: Final = 10**15


def _harmless(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if FORMULA.match(value) else value
    return str(value)
