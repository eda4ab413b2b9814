"""The registry in the store: loaded whole or not at all, personal columns sealed, read back as a snapshot.

Promise: a load is planned whole (`plan` raises `LoadError` where anything is wrong) and carried out in one write
transaction; the same rows again change nothing. A row is the same row when key and ``valid_from`` are the same.
rule: SM4 / ESCROW, PIPL.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from zhendao.command.atrest.catalogue import of_registration
from zhendao.command.roster.between import check_together
from zhendao.command.roster.check import Row, sift
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import BY_NAME, SHEETS, Sheet
from zhendao.gateway.registry.errors import LoadError
from zhendao.gateway.registry.tables import LOADS, TABLES
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load did, in rows."""

    added: int
    changed: int
    removed: int
    unchanged: int


@dataclass(slots=True)
class Plan:
    """What a load is to do, computed from the store as of ``version``; rows as columns of their tables."""

    version: int
    added: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changed: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    removed: list[tuple[str, int]] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    digest: bytes
    row: Row


class Book:
    """Reads and writes the registry's tables; ``key`` opens personal columns."""

    def __init__(self, key: StoreKey) -> None:
        self._key = key.of("registry")

    def plan(self, connection: Connection, rows: Sequence[Row], *, replace: bool) -> Plan:
        """Compare ``rows`` with what is stored and return what is to be done. Raises `LoadError`.

        With ``replace`` the tables among ``rows`` hold nothing else afterwards. Only reads: a large registry is
        planned while ingest goes on writing.
        """
        stored, new = _held(connection), {(row.sheet.name, row.identity): row for row in rows}
        touched = {row.sheet.name for row in rows}
        gone = {name for name in stored if replace and name[0] in touched and name not in new}
        problems = _problems(stored, rows, gone)
        if problems:
            raise LoadError(problems)
        plan = Plan(version(connection))
        for name, row in new.items():
            digest = self._digest(row)
            before = stored.get(name)
            if before is None:
                plan.added.setdefault(name[0], []).append(self._columns(row, digest))
            elif before.digest != digest:
                plan.changed.append((name[0], before.id, self._columns(row, digest)))
            else:
                plan.unchanged += 1
        plan.removed += [(name[0], stored[name].id) for name in gone]
        return plan

    @staticmethod
    def entered(connection: Connection, rows: Sequence[Row], now_ms: int) -> list[Row]:
        """Return ``rows``, entries of the blocklist with when they were made: now, where they are new. rule: BLOCKLIST.

        A row that says it itself is left as it is, and so is one that is registered already.
        """
        sheet = BY_NAME["blocklist"]
        if not any(row.sheet is sheet for row in rows):
            return list(rows)
        known = {one.row.identity: one.row.values["entered_ms"] for one in _stored(connection, sheet)}
        return [
            replace(row, values={**row.values, "entered_ms": known.get(row.identity, now_ms)})
            if row.sheet is sheet and row.values["entered_ms"] is None
            else row
            for row in rows
        ]

    def sifted(self, connection: Connection, rows: Sequence[Row]) -> tuple[list[Row], list[Problem]]:
        """Return which of ``rows`` can be loaded without the others, and all that is wrong with the others."""
        stored = _held(connection)
        return sift(rows, lambda left: _problems(stored, left, set()))

    def carry_out(self, connection: Connection, plan: Plan, *, source: str, now_ms: int) -> Outcome:
        """Do what ``plan`` says, in a write transaction that sees the same `version` as the plan."""
        for name, added in plan.added.items():
            connection.execute(insert(TABLES[name]), added)
        # One statement a table, not one a row: nobody else can write until this is done.
        changed: dict[str, list[dict[str, Any]]] = {}
        for name, row_id, columns in plan.changed:
            new = {f"new_{column}": value for column, value in columns.items()}
            changed.setdefault(name, []).append({"the_id": row_id, **new})
        for name, several in changed.items():
            table = TABLES[name]
            values: dict[str, Any] = {one.removeprefix("new_"): bindparam(one) for one in several[0] if one != "the_id"}
            connection.execute(update(table).where(table.c.id == bindparam("the_id")).values(values), several)
        removed: dict[str, list[dict[str, Any]]] = {}
        for name, row_id in plan.removed:
            removed.setdefault(name, []).append({"the_id": row_id})
        for name, several in removed.items():
            table = TABLES[name]
            connection.execute(delete(table).where(table.c.id == bindparam("the_id")), several)
        outcome = Outcome(
            added=sum(map(len, plan.added.values())),
            changed=len(plan.changed),
            removed=len(plan.removed),
            unchanged=plan.unchanged,
        )
        if outcome.added or outcome.changed or outcome.removed:
            figures = {"added": outcome.added, "changed": outcome.changed, "removed": outcome.removed}
            connection.execute(insert(LOADS).values(source=source, loaded_ms=now_ms, **figures))
        return outcome

    def is_outdated(self, plan: Plan) -> bool:
        """Tell whether what ``plan`` is to write was sealed before the data key changed: then it is planned anew."""
        rows = [*chain.from_iterable(plan.added.values()), *(columns for _, _, columns in plan.changed)]
        return not all(one["personal"] is None or self._key.is_current(one["personal"]) for one in rows)

    def _digest(self, row: Row) -> bytes:
        # A late column that is empty is left out: a row that was stored before there was one says the same as then.
        late = {column.name for column in row.sheet.columns if column.late}
        said = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in row.values.items()
            if value is not None or name not in late
        }
        return self._key.find_by(row.sheet.name.encode(), json.dumps(said, sort_keys=True).encode())

    def _columns(self, row: Row, digest: bytes) -> dict[str, Any]:
        values = row.values
        columns = {column.name: values[column.name] for column in row.sheet.own}
        columns["from_ms"], columns["to_ms"] = columns.pop("valid_from"), columns.pop("valid_to")
        columns["personal"] = self.sealed(row, [column.name for column in row.sheet.personal])
        for name in ("name", "phone"):
            if name in values:
                found = values[name]
                columns[f"{name}_find"] = None if found is None else self.look_up(name, found)[0]
        columns["digest"] = digest
        return columns

    def sealed(self, row: Row, names: Iterable[str]) -> bytes | None:
        """Return the columns ``names`` of ``row`` sealed and bound to it; None where it says nothing in them."""
        said = {name: row.values[name] for name in names if row.values[name] is not None}
        return self._key.seal(json.dumps(said).encode(), of_registration(row.sheet, row.values)) if said else None

    def find_by(self, column: str, value: str) -> bytes:
        """Return a keyed hash that stays: by it the number of somebody new is made of name and phone."""
        return self._key.find_by(b"registry", column.encode(), value.encode())

    def look_up(self, column: str, value: str) -> list[bytes]:
        """Return the keyed hashes under which a person of this name or phone is found, the newest first."""
        return self._key.look_up(b"registry", column.encode(), value.encode())

    def personal(self, row: Row, sealed: bytes | None) -> dict[str, Any]:
        """Open the personal columns of ``row``. Raises `CryptoError` when they are another row's, or altered."""
        if sealed is None:
            return {}
        opened: dict[str, Any] = json.loads(self._key.open(sealed, of_registration(row.sheet, row.values)))
        return opened

    def rows(self, connection: Connection, sheet: Sheet, at_ms: int | None) -> list[tuple[Row, dict[str, Any]]]:
        """Return the rows of ``sheet``, those that hold at ``at_ms`` where it is given, with what is personal."""
        table = TABLES[sheet.name]
        found = []
        for record in connection.execute(select(table).order_by(table.c.id)).mappings():
            row = row_of(sheet, record)
            if at_ms is None or (record["from_ms"] <= at_ms and (record["to_ms"] is None or at_ms < record["to_ms"])):
                found.append((row, self.personal(row, record["personal"])))
        return found

    def whole(self, connection: Connection, sheet: Sheet, at_ms: int | None) -> list[Row]:
        """Return the rows of ``sheet`` as `rows` does, with what is personal among their values."""
        blank = {column.name: None for column in sheet.personal}
        return [
            Row(sheet, {**blank, **row.values, **personal}) for row, personal in self.rows(connection, sheet, at_ms)
        ]

    def about(self, connection: Connection, sheet_name: str, key: str, at_ms: int) -> list[tuple[Row, dict[str, Any]]]:
        """Return the rows whose first key column is ``key`` and that hold at ``at_ms``, with what is personal.

        What cannot be opened is empty: one row that was altered keeps no call for help from anybody.
        """
        sheet, (query, columns) = BY_NAME[sheet_name], _ABOUT[sheet_name]
        records = [dict(zip(columns, values, strict=True)) for values in query.all(connection, key=key, at=at_ms)]
        return [(row := row_of(sheet, record), self._opened(row, record["personal"])) for record in records]

    def _opened(self, row: Row, sealed: bytes | None) -> dict[str, Any]:
        try:
            return self.personal(row, sealed)
        except CryptoError:
            return {}

    def found_by(self, connection: Connection, sheet: Sheet, column: str, value: str) -> set[tuple[Any, ...]]:
        """Return the identities of the rows whose ``name`` or ``phone`` is exactly ``value``, by its keyed hash."""
        table = TABLES[sheet.name]
        if f"{column}_find" not in table.c:
            return set()
        wanted = table.c[f"{column}_find"].in_(self.look_up(column, value))
        return {row_of(sheet, record).identity for record in connection.execute(select(table).where(wanted)).mappings()}

    def names(self, connection: Connection, sheet_name: str, ids: set[str]) -> dict[str, str]:
        """Return the latest names of the people with these ids (``elders`` or ``caregivers``)."""
        sheet, table = BY_NAME[sheet_name], TABLES[sheet_name]
        query = select(table).where(table.c[sheet.key[0]].in_(ids)).order_by(table.c.from_ms)
        found = {}
        for record in connection.execute(query).mappings():
            row = row_of(sheet, record)
            found[row.key[0]] = self.personal(row, record["personal"]).get("name", "")
        return found


def row_of(sheet: Sheet, record: RowMapping | Mapping[str, Any]) -> Row:
    """Return what can be read of a row of the store."""
    values = {column.name: record[column.name] for column in sheet.own if not column.name.startswith("valid_")}
    return Row(sheet, values | {"valid_from": record["from_ms"], "valid_to": record["to_ms"]})


def _about(sheet: Sheet) -> tuple[Prepared, tuple[str, ...]]:
    table = TABLES[sheet.name]
    holds = (table.c.from_ms <= bindparam("at")) & (table.c.to_ms.is_(None) | (table.c.to_ms > bindparam("at")))
    query = select(table).where(table.c[sheet.key[0]] == bindparam("key"), holds).order_by(table.c.id)
    return Prepared(query), tuple(column.name for column in table.c)


_ABOUT: Final = {sheet.name: _about(sheet) for sheet in SHEETS}


def _held(connection: Connection) -> dict[tuple[str, tuple[Any, ...]], _Stored]:
    return {(sheet.name, one.row.identity): one for sheet in SHEETS for one in _stored(connection, sheet)}


def _problems(
    stored: Mapping[tuple[str, tuple[Any, ...]], _Stored],
    rows: Sequence[Row],
    gone: AbstractSet[tuple[str, tuple[Any, ...]]],
) -> list[Problem]:
    """Return what is wrong between ``rows``, and between them and what stays of the store."""
    new = {(row.sheet.name, row.identity) for row in rows}
    kept = [one.row for name, one in stored.items() if name not in new and name not in gone]
    return check_together(rows, [*kept, *rows])


def _stored(connection: Connection, sheet: Sheet) -> list[_Stored]:
    records = connection.execute(select(TABLES[sheet.name])).mappings()
    return [_Stored(record["id"], record["digest"], row_of(sheet, record)) for record in records]


_VERSION: Final = Prepared(select(func.coalesce(func.max(LOADS.c.id), 0)))


def version(connection: Connection) -> int:
    """Return a number that rises with each load that changed something; 0 before the first."""
    newest: int = _VERSION.scalar(connection)
    return newest
