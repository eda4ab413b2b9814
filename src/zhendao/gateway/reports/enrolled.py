"""Who stands on the list that a day is held against: the registry's own, or one that an office gives.

Promise: a person of a list is known by name and phone together, as when such a list is loaded. Whoever checked in and
is not on it is found as the registry last knew her. rule: ROSTER
"""

from collections.abc import Collection, Mapping
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zhendao.command.roster.check import Row
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.judging.attendance import days_held, figures, span_of
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.caregiver_list import Figures, listed, told_before
from zhendao.gateway.registry.errors import LoadError
from zhendao.gateway.registry.loading import read_caregiver_list
from zhendao.gateway.reports.people import last_rows, person_of
from zhendao.gateway.reports.roster import Entry
from zhendao.gateway.reports.stock import Stock


def entries(
    connection: Connection,
    book: Book,
    held: Stock,
    present: Collection[str],
    rule: ValidRule,
    source: Path | None = None,
) -> list[Entry]:
    """Return whoever is on the list at the moment of ``held``, and whoever is ``present`` beside it.

    ``source``: the list, the registry's own where there is none. The figures of past days are the gateway's own either
    way. Raises `LoadError`.
    """
    at_ms = held.at_ms
    given = None if source is None else _given(source, rule.offset_ms)
    rows = dict(last_rows(connection, book, 0, at_ms + 1))
    firms = {row.values["organisation"]: row.values for row in book.whole(connection, BY_NAME["organisations"], at_ms)}
    told = figures(days_held(connection, *span_of(at_ms, rule), rule), at_ms, rule)

    def entry(number: str, *, on_roster: bool) -> Entry:
        row = rows.get(number)
        values = _nobody(number) if row is None else row.values
        cells = listed(values, firms.get(values["organisation"]), told.get(number))
        return Entry(cells, [number], held.region_of(person_of(values).who), on_roster)

    registered = [number for number, row in rows.items() if _holds(row, at_ms)]
    if given is None:
        found, known = [entry(number, on_roster=True) for number in registered], set(registered)
    else:
        found = _matched(given, {number: rows[number] for number in registered}, told)
        known = {number for one in found for number in one.numbers}
    return [*found, *(entry(number, on_roster=False) for number in sorted(set(present) - known))]


def _given(source: Path, offset_ms: int) -> list[Row]:
    given = read_caregiver_list(source, timezone(timedelta(milliseconds=offset_ms)))
    seen: dict[tuple[str, str | None], Row] = {}
    again = [problem for one in given if (problem := told_before(one, seen)) is not None]
    if again:
        raise LoadError(again)
    return given


def _matched(given: Collection[Row], registered: Mapping[str, Row], told: Mapping[str, Figures]) -> list[Entry]:
    numbers: dict[tuple[str, str | None], list[str]] = {}
    for number, row in sorted(registered.items()):
        numbers.setdefault((row.values["name"], row.values["phone"]), []).append(number)
    found = []
    for one in given:
        several = numbers.get((one.values["name"], one.values["phone"]), [])
        own = told.get(several[0]) if len(several) == 1 else None
        found.append(Entry({**one.values, **(own or Figures()).cells()}, several, one.values["region"]))
    return found


def _holds(row: Row, at_ms: int) -> bool:
    ends: int | None = row.values["valid_to"]
    return ends is None or at_ms < ends


def _nobody(number: str) -> dict[str, Any]:
    """Return the row of somebody of whom the registry says nothing: her number in the place of a name."""
    return {column.name: None for column in BY_NAME["caregivers"].columns} | {"caregiver_id": number, "name": number}
