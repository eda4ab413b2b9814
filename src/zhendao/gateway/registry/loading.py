"""From a folder of CSV files or a spreadsheet into the store: read, check, load, in that order.

Promise: every row is checked before the store is written to; on any problem all of them are told together, and nothing
is changed, unless the caller wants the good rows kept: then what is left out is told row by row. Ingest waits for the
writing only, not for the checking.
"""

import time
from datetime import tzinfo
from pathlib import Path

from sqlalchemy import Connection

from zhendao.command.roster.between import check_together
from zhendao.command.roster.caregiver_list import CAREGIVER_LIST
from zhendao.command.roster.check import Row, check_rows, take_rows
from zhendao.command.roster.files import read, read_as
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.book import Book, Outcome, Plan, version
from zhendao.gateway.registry.caregiver_list import compare
from zhendao.gateway.registry.errors import LoadError
from zhendao.gateway.registry.making import registry_of_rows
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.engine import Store


def read_rows(source: Path, zone: tzinfo, tenant: str) -> list[Row]:
    """Return all rows of ``source``; local times are of ``zone``. Raises `LoadError`."""
    rows, problems = _read(source, zone, tenant)
    if problems:
        raise LoadError(problems)
    return rows


def load(store: Store, book: Book, source: Path, *, zone: tzinfo, tenant: str, replace: bool = False) -> Outcome:
    """Load ``source`` into ``store``; see `Book.plan`. Raises `LoadError`, `StoreError`."""
    rows = read_rows(source, zone, tenant)
    with store.reading() as connection:
        rows = book.entered(connection, rows, _now_ms())
        plan = book.plan(connection, rows, replace=replace)
    return _carry_out(store, book, plan, rows, source, replace=replace)


def read_registry(source: Path, zone: tzinfo, tenant: str) -> Registry:
    """Return the registry that ``source`` is by itself, checked as `load` checks it; no store is needed.

    Raises `LoadError`.
    """
    rows = read_rows(source, zone, tenant)
    problems = check_together(rows, rows)
    if problems:
        raise LoadError(problems)
    return registry_of_rows(rows)


def read_caregiver_list(source: Path, zone: tzinfo) -> list[Row]:
    """Return the rows of the list of caregivers in ``source``; local times are of ``zone``. Raises `LoadError`."""
    raw, problems = read_as(CAREGIVER_LIST, source)
    listed, wrong = ([], []) if raw is None else take_rows(raw, zone)
    if problems or wrong:
        raise LoadError([*problems, *wrong])
    return listed


def load_caregiver_list(store: Store, book: Book, source: Path, *, zone: tzinfo, tenant: str, from_ms: int) -> Outcome:
    """Make the registry say from ``from_ms`` (UTC ms) what the list of caregivers in ``source`` says.

    Raises `LoadError` (then nothing is changed), `StoreError`.
    """
    listed = read_caregiver_list(source, zone)

    def compared(connection: Connection) -> list[Row]:
        found = compare(
            listed,
            book.whole(connection, BY_NAME["caregivers"], from_ms),
            book.whole(connection, BY_NAME["organisations"], from_ms),
            from_ms=from_ms,
            tenant=tenant,
            new_id=lambda name, phone: "H" + book.find_by("person", f"{name}\n{phone}").hex()[:16],
        )
        if found.problems:
            raise LoadError(found.problems)
        return found.rows

    with store.reading() as connection:
        rows = compared(connection)
        plan = book.plan(connection, rows, replace=False)
    return _carry_out(store, book, plan, rows, source, replace=False)


def load_good(store: Store, book: Book, source: Path, *, zone: tzinfo, tenant: str) -> tuple[Outcome, list[Problem]]:
    """Load the rows of ``source`` that can be loaded without the others; return what is wrong with the others.

    Raises `LoadError` where a file itself is at fault (no table, a column missing), `StoreError`.
    """
    rows, problems = _read(source, zone, tenant)
    with store.reading() as connection:
        rows, between = book.sifted(connection, book.entered(connection, rows, _now_ms()))
        plan = book.plan(connection, rows, replace=False)
    return _carry_out(store, book, plan, rows, source, replace=False), [*problems, *between]


def _read(source: Path, zone: tzinfo, tenant: str) -> tuple[list[Row], list[Problem]]:
    """Return the rows that are well-formed, and what is wrong with the others."""
    found, problems = read(source)
    if problems:
        raise LoadError([*problems, *(wrong for raw in found for wrong in check_rows(raw, zone, tenant)[1])])
    rows: list[Row] = []
    wrong: list[Problem] = []
    while found:  # each table's cells are let go before the next one's become values: a city has 200,000 rows
        taken, several = check_rows(found.pop(0), zone, tenant)
        rows += taken
        wrong += several
    return rows, wrong


def _carry_out(store: Store, book: Book, plan: Plan, rows: list[Row], source: Path, *, replace: bool) -> Outcome:
    with store.writing() as connection:
        if version(connection) != plan.version or book.is_outdated(plan):  # a load, or a new key, came between
            plan = book.plan(connection, rows, replace=replace)
        return book.carry_out(connection, plan, source=source.name, now_ms=_now_ms())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
