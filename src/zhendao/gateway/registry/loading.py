"""From a folder of CSV files or a spreadsheet into the store: read, check, load, in that order.

Promise: every row is checked before the store is written to; on any problem all of them are told together, and nothing
is changed. Ingest waits for the writing only, not for the checking.
"""

import time
from datetime import tzinfo
from pathlib import Path

from zhendao.gateway.registry.book import Book, Outcome, version
from zhendao.gateway.registry.check import Row, check_rows
from zhendao.gateway.registry.errors import LoadError, Problem
from zhendao.gateway.registry.files import read
from zhendao.gateway.store.engine import Store


def read_rows(source: Path, zone: tzinfo, tenant: str) -> list[Row]:
    """Return all rows of ``source``; local times are of ``zone``. Raises `LoadError`."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for raw in read(source):
        taken, wrong = check_rows(raw, zone, tenant)
        rows += taken
        problems += wrong
    if problems:
        raise LoadError(problems)
    return rows


def load(store: Store, book: Book, source: Path, *, zone: tzinfo, tenant: str, replace: bool = False) -> Outcome:
    """Load ``source`` into ``store``; see `Book.plan`. Raises `LoadError`, `StoreError`."""
    rows = read_rows(source, zone, tenant)
    with store.reading() as connection:
        plan = book.plan(connection, rows, replace=replace)
    with store.writing() as connection:
        if version(connection) != plan.version:  # another load came between
            plan = book.plan(connection, rows, replace=replace)
        return book.carry_out(connection, plan, source=source.name, now_ms=time.time_ns() // 1_000_000)
