"""Results for a person (tables) and for a program (JSON), on standard output.

Promise: colours and frames only on a terminal; in a pipe plain columns, one row a line, Chinese aligned too.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any


def line(text: str) -> None:
    """Print one line, at once (also into a pipe or a log)."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def emit_json(value: Any) -> None:
    """Print ``value`` as one line of JSON, Chinese readable, keys in the order given."""
    line(json.dumps(value, ensure_ascii=False))


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Print rows under headers; ``None`` is shown as an empty cell."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(headers, cells, title)
        return
    if title:
        line(title)
    widths = [max(map(columns, column)) for column in zip(headers, *cells, strict=True)]
    for row in (headers, *cells):
        line("  ".join(cell + " " * (w - columns(cell)) for cell, w in zip(row, widths, strict=True)).rstrip())


def columns(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: two for a wide character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _rich_table(headers: Sequence[str], rows: Iterable[Sequence[str]], title: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - a terminal's all-day process must not load rich
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    shown = Table(*headers, title=title or None)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))  # plain text: a name with [brackets] is not markup
    Console().print(shown)
