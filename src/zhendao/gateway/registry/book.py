"""The registry in the store: loaded whole or not at all, personal columns sealed, read back as a snapshot.

Promise: `load` in one write transaction either does all or raises `LoadError` and changes nothing; loading the same
rows again changes nothing. A row is the same row when key and ``valid_from`` are the same. rule: SM4 / ESCROW, PIPL.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from zhendao.gateway.registry.check import Row, check_together
from zhendao.gateway.registry.errors import LoadError
from zhendao.gateway.registry.sheets import BY_NAME, SHEETS, Sheet
from zhendao.gateway.registry.snapshot import (
    Caregiver,
    Elder,
    Place,
    Registry,
    Schedule,
    Service,
    Terminal,
    Token,
)
from zhendao.gateway.registry.tables import LOADS, TABLES
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.vocabulary import Datum, Placement, Role


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load did, in rows."""

    added: int
    changed: int
    removed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    digest: bytes
    row: Row


class Book:
    """Reads and writes the registry's tables; ``key`` opens personal columns."""

    def __init__(self, key: StoreKey) -> None:
        self._key = key

    def load(self, connection: Connection, rows: Sequence[Row], *, source: str, replace: bool, now_ms: int) -> Outcome:
        """Bring ``rows`` in; with ``replace`` the tables among them hold nothing else afterwards."""
        stored = {(sheet.name, one.row.identity): one for sheet in SHEETS for one in _stored(connection, sheet)}
        new = {(row.sheet.name, row.identity): row for row in rows}
        touched = {row.sheet.name for row in rows}
        gone = [one for name, one in stored.items() if replace and name[0] in touched and name not in new]
        removed = {one.row.sheet.name + str(one.id) for one in gone}
        kept = [
            one.row
            for name, one in stored.items()
            if name not in new and one.row.sheet.name + str(one.id) not in removed
        ]
        problems = check_together(rows, [*kept, *rows])
        if problems:
            raise LoadError(problems)
        added = changed = 0
        for name, row in new.items():
            digest = self._digest(row)
            before = stored.get(name)
            table = TABLES[row.sheet.name]
            if before is None:
                connection.execute(insert(table).values(self._columns(row, digest)))
                added += 1
            elif before.digest != digest:
                connection.execute(update(table).where(table.c.id == before.id).values(self._columns(row, digest)))
                changed += 1
        for one in gone:
            table = TABLES[one.row.sheet.name]
            connection.execute(delete(table).where(table.c.id == one.id))
        outcome = Outcome(added, changed, len(gone), len(new) - added - changed)
        if added or changed or gone:
            connection.execute(
                insert(LOADS).values(source=source, added=added, changed=changed, removed=len(gone), loaded_ms=now_ms)
            )
        return outcome

    def _digest(self, row: Row) -> bytes:
        said = {name: value.hex() if isinstance(value, bytes) else value for name, value in row.values.items()}
        return self._key.find_by(row.sheet.name.encode(), json.dumps(said, sort_keys=True).encode())

    def _columns(self, row: Row, digest: bytes) -> dict[str, Any]:
        values = row.values
        columns = {column.name: values[column.name] for column in row.sheet.own}
        columns["from_ms"], columns["to_ms"] = columns.pop("valid_from"), columns.pop("valid_to")
        personal = {
            column.name: values[column.name] for column in row.sheet.personal if values[column.name] is not None
        }
        columns["personal"] = self._key.seal(json.dumps(personal).encode(), _bound_to(row)) if personal else None
        for name in ("name", "phone"):
            if name in values:
                found = values[name]
                columns[f"{name}_find"] = None if found is None else self.find_by(name, found)
        columns["digest"] = digest
        return columns

    def find_by(self, column: str, value: str) -> bytes:
        """Return the keyed hash under which a person of this name or phone is found."""
        return self._key.find_by(b"registry", column.encode(), value.encode())

    def personal(self, row: Row, sealed: bytes | None) -> dict[str, str]:
        """Open the personal columns of ``row``. Raises `CryptoError` when they are another row's, or altered."""
        if sealed is None:
            return {}
        opened: dict[str, str] = json.loads(self._key.open(sealed, _bound_to(row)))
        return opened

    def rows(self, connection: Connection, sheet: Sheet, at_ms: int | None) -> list[tuple[Row, dict[str, str]]]:
        """Return the rows of ``sheet``, those that hold at ``at_ms`` where it is given, with what is personal."""
        table = TABLES[sheet.name]
        found = []
        for record in connection.execute(select(table).order_by(table.c.id)).mappings():
            row = _row(sheet, record)
            if at_ms is None or (record["from_ms"] <= at_ms and (record["to_ms"] is None or at_ms < record["to_ms"])):
                found.append((row, self.personal(row, record["personal"])))
        return found

    def names(self, connection: Connection, sheet_name: str, ids: set[str]) -> dict[str, str]:
        """Return the latest names of the people with these ids (``elders`` or ``caregivers``)."""
        sheet, table = BY_NAME[sheet_name], TABLES[sheet_name]
        query = select(table).where(table.c[sheet.key[0]].in_(ids)).order_by(table.c.from_ms)
        found = {}
        for record in connection.execute(query).mappings():
            row = _row(sheet, record)
            found[row.key[0]] = self.personal(row, record["personal"]).get("name", "")
        return found


def _bound_to(row: Row) -> bytes:
    said = [part.hex() if isinstance(part, bytes) else part for part in row.identity]
    return json.dumps(["registry", row.sheet.name, *said]).encode()


def _row(sheet: Sheet, record: RowMapping) -> Row:
    values = {column.name: record[column.name] for column in sheet.own if not column.name.startswith("valid_")}
    return Row(sheet, values | {"valid_from": record["from_ms"], "valid_to": record["to_ms"]})


def _stored(connection: Connection, sheet: Sheet) -> list[_Stored]:
    records = connection.execute(select(TABLES[sheet.name])).mappings()
    return [_Stored(record["id"], record["digest"], _row(sheet, record)) for record in records]


def version(connection: Connection) -> int:
    """Return a number that rises with each load that changed something; 0 before the first."""
    newest: int = connection.execute(select(func.coalesce(func.max(LOADS.c.id), 0))).scalar_one()
    return newest


def snapshot(connection: Connection) -> Registry:
    """Return the whole registry as it is now, without what is personal."""

    def of(name: str, make: Any) -> list[Valid[Any]]:
        sheet = BY_NAME[name]
        return [Valid(make(one.row.values), one.row.values["valid_from"], one.row.values["valid_to"])
                for one in _stored(connection, sheet)]  # fmt: skip

    return Registry(
        terminals=of("terminals", _terminal),
        tokens=of("tokens", lambda v: Token(v["token_id"], v["uid"], Role(v["role"]), v["holder_id"])),
        places=of("places", _place),
        caregivers=of("caregivers", lambda v: Caregiver(v["caregiver_id"], v["tenant"], v["organisation"])),
        elders=of("elders", lambda v: Elder(v["elder_id"], v["tenant"], v["place_id"], v["care_level"])),
        services=of("services", lambda v: Service(v["code"], v["min_s"], v["max_s"])),
        schedules=of("schedules", lambda v: Schedule(v["elder_id"], v["caregiver_id"], v["code"])),
    )


def _terminal(values: Mapping[str, Any]) -> Terminal:
    return Terminal(
        device=values["device"],
        elder_id=values["elder_id"],
        place_id=values["place_id"],
        placement=Placement(values["placement"]),
        door_token_id=values["door_token_id"],
    )


def _place(values: Mapping[str, Any]) -> Place:
    return Place(
        place_id=values["place_id"],
        lat_e7=values["lat_e7"],
        lon_e7=values["lon_e7"],
        datum=Datum(values["datum"]),
        radius_m=values["radius_m"],
        accuracy_m=values["accuracy_m"],
    )


class Current:
    """The newest snapshot, read again only after a load; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[int, Registry] = (0, Registry())

    def at(self, connection: Connection) -> Registry:
        """Return the registry as ``connection`` sees it, by one small query when nothing changed."""
        now = version(connection)
        with self._lock:
            if self._held[0] != now:
                self._held = (now, snapshot(connection))
            return self._held[1]
