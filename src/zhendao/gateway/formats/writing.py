"""Rows as the file that a platform takes, and trees as JSON. Pure.

Promise: a cell never becomes another column or line: what would is quoted, or, where the format knows no quotes, the
separator in a text becomes a blank. None becomes a formula where a person opens the file in a spreadsheet.
"""

import csv
import io
import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

import orjson

from zhendao.gateway.formats.conversions import moment
from zhendao.gateway.formats.mapping import Mapping
from zhendao.gateway.formats.sources import OWN
from zhendao.gateway.forward.forms import FORMULA

_NUMBER: Final = re.compile(r"[+-][0-9][0-9 .()-]*")
"""A number, or a telephone's: what a spreadsheet makes of it does no harm."""


def as_file(mapping: Mapping, rows: Sequence[Dictionary[str, str]]) -> bytes:
    """Return the file of ``rows``."""
    form = mapping.file
    columns = [one.name for one in mapping.fields["visit"]]
    table = [[_harmless(row.get(name, "")) for name in columns] for row in rows]
    lines = [columns, *table] if form.header else table
    if form.quoted:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=form.separator, lineterminator=form.line_end).writerows(lines)
        said = text.getvalue()
    else:
        said = "".join(
            form.separator.join(cell.replace(form.separator, " ") for cell in line) + form.line_end for line in lines
        )
    return said.encode(form.encoding, "replace")


def _harmless(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_lines(mapping: Mapping, rows: Sequence[Dictionary[str, str]], but: str) -> bytes:
    """Return ``rows`` without a header and without the column ``but``."""
    columns = [one.name for one in mapping.fields["visit"] if one.name != but]
    form = mapping.file
    lines = (form.separator.join(row[name].replace(form.separator, " ") for name in columns) for row in rows)
    return "".join(line + form.line_end for line in lines).encode(form.encoding, "replace")


def as_json(rows: Sequence[Dictionary[str, Any]]) -> bytes:
    """Return an array of records."""
    return orjson.dumps(list(rows))


def file_name(mapping: Mapping, made_ms: int, *, test: bool) -> str:
    """Return the name of a file that is made at ``made_ms`` (UTC ms; to the second, UTC)."""
    words = {OWN + name: value for name, value in mapping.own.items()}
    words["time"] = moment(made_ms, UTC).strftime("%Y%m%d%H%M%S")
    name = re.sub(r"\{([^}]*)\}", lambda found: words[found.group(1)], mapping.file.name)
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", name)
    return (mapping.file.test if test else "") + safe


def response_name(mapping: Mapping, name: str) -> str:
    """Return the name of the file of answers to the file ``name``."""
    assert mapping.response is not None  # noqa: S101 - asked of a format that has one
    return mapping.response.name.replace("{stem}", name.rpartition(".")[0] or name)
