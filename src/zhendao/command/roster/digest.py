"""One number for all that lists say: the same for the same rows, however they are ordered, written or kept."""

import hashlib
import json
from collections.abc import Iterable

from zhendao.command.roster.check import Row


def digest(rows: Iterable[Row]) -> str:
    """Return 64 hex digits: SHA-256 over a line of JSON for each row, in order; what is empty is left out."""
    total = hashlib.sha256()
    for line in sorted(_line(row) for row in rows):
        total.update(line)
    return total.hexdigest()


def _line(row: Row) -> bytes:
    said = {name: _plain(value) for name, value in row.values.items() if value is not None}
    return json.dumps([row.sheet.name, said], ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _plain(value: object) -> object:
    return {"hex": value.hex()} if isinstance(value, bytes) else value
