"""Sealing anew under the newest data keys, row by row, while ingest goes on; then the old keys are destroyed.

Promise: a step is one short transaction, its progress in it: cut off anywhere it goes on where it was. A key is
destroyed only when no field is under it, and `GRACE_S` after it was retired, by when no process seals with it; that is
measured by a clock that nobody sets.
rule: SM4 / ESCROW
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, text, update

from zhendao.command.atrest import fields
from zhendao.command.atrest.catalogue import COLUMNS, LOOK_UP, PURPOSES, SealedColumn
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.ring import DATA_KEYS, RESEALING, make
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError

_LOG = logging.getLogger(__name__)
ROWS: Final = 250
"""So many rows are looked at in one step."""
GRACE_S: Final = 60
"""So long after a key was retired nobody seals with it any more (`ring.FRESH_S`, and a transaction's time)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A column, or the look-ups of a table of the registry, that is to be under ``number``."""

    name: str
    purpose: str
    column: SealedColumn | None = None
    table: str = ""


STRETCHES: Final = (
    *(Stretch(f"{one.table}.{one.column}", one.purpose, one) for one in COLUMNS),
    *(
        Stretch(f"registry_{name}.find", LOOK_UP, table=name)
        for name, table in TABLES.items()
        if {"name_find", "phone_find"} & set(table.c.keys())
    ),
)


class Grace:
    """Which retired keys nobody seals with any more, by ``clock`` (seconds), which goes on evenly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[int, float] = {}

    def is_over(self, number: int) -> bool:
        """Return whether the key ``number`` was known here as retired `GRACE_S` ago."""
        now_s = self._clock()
        return now_s - self._seen.setdefault(number, now_s) >= GRACE_S


def rotate(store: Store, key: StoreKey, now_ms: int) -> dict[str, int]:
    """Make a new data key of each purpose; what is sealed from now on is under it. Return their numbers."""
    with store.writing() as connection:
        return {purpose: make(connection, key, purpose, now_ms) for purpose in (*PURPOSES, LOOK_UP)}


def newest(connection: Connection) -> dict[str, int]:
    """Return the number of the newest data key of each purpose."""
    query = select(DATA_KEYS.c.purpose, func.max(DATA_KEYS.c.id)).where(DATA_KEYS.c.wrapped.is_not(None))
    return dict(connection.execute(query.group_by(DATA_KEYS.c.purpose)).all())


def unfinished(connection: Connection) -> list[Stretch]:
    """Return what is not yet all under the newest keys."""
    query = select(RESEALING.c.name, RESEALING.c.number).where(RESEALING.c.finished_ms.is_not(None))
    done = dict(connection.execute(query).all())
    numbers = newest(connection)
    return [one for one in STRETCHES if one.purpose in numbers and done.get(one.name) != numbers[one.purpose]]


def step(store: Store, key: StoreKey, now_ms: int) -> bool:
    """Seal the next rows anew; return False where all are under the newest keys.

    A field that was altered is left as it is, and named in the log. Raises `StoreError`.
    """
    with store.writing() as connection:
        waiting = unfinished(connection)
        if not waiting:
            return False
        one, number = waiting[0], newest(connection)[waiting[0].purpose]
        if key.number_of(one.purpose) != number:  # made by another process a moment ago
            key.refresh()
        row = connection.execute(select(RESEALING).where(RESEALING.c.name == one.name)).one_or_none()
        if row is None or row.number != number:
            begun = {"number": number, "after": "", "done": 0, "finished_ms": None}
            there = update(RESEALING).where(RESEALING.c.name == one.name).values(begun)
            connection.execute(insert(RESEALING).values(name=one.name, **begun) if row is None else there)
            after, done = None, 0
        else:
            after, done = json.loads(row.after) if row.after else None, row.done
        work = _look_ups if one.column is None else _fields
        last, count = work(connection, key, one, number, after)
        values = {"after": "" if last is None else json.dumps(last), "done": done + count}
        finished = {"finished_ms": now_ms} if last is None else {}
        connection.execute(update(RESEALING).where(RESEALING.c.name == one.name).values({**values, **finished}))
    return True


def _fields(connection: Connection, key: StoreKey, one: Stretch, number: int, after: Any) -> tuple[Any, int]:
    """Seal the next fields of a column anew; return the last row that was looked at (None: the end), and how many."""
    column = one.column
    assert column is not None  # noqa: S101 - of its kind
    (id_,) = column.key
    names = ", ".join(f'"{name}"' for name in dict.fromkeys((id_, *column.needs, column.column)))
    query = text(
        f'SELECT {names} FROM {column.table} WHERE "{id_}" > :after ORDER BY "{id_}" LIMIT :most'  # noqa: S608
    )
    begins: Any = b"" if after is None and id_ == "id" and column.table == "anomalies" else after or 0
    begins = bytes.fromhex(begins) if isinstance(begins, str) else begins
    rows = connection.execute(query, {"after": begins, "most": ROWS}).mappings().all()
    sealing = key.of(column.purpose)
    count = 0
    for row in rows:
        sealed = row[column.column]
        if sealed is None or fields.number_of(sealed) == number:
            continue
        said: dict[str, Any] = dict(row)
        try:
            plain = sealing.open(sealed, column.bound_to(said), column.former(said))
        except CryptoError:  # altered: nobody can open it any more, and the others must not wait for it
            _LOG.error("%s.%s of row %s does not open: it is left as it is", column.table, column.column, row[id_])
            continue
        again = sealing.seal(plain, column.bound_to(said))
        change = text(f'UPDATE {column.table} SET "{column.column}" = :again WHERE "{id_}" = :id')  # noqa: S608
        connection.execute(change, {"again": again, "id": row[id_]})
        count += 1
    if len(rows) < ROWS:
        return None, count
    last = rows[-1][id_]
    return (last.hex() if isinstance(last, bytes) else last), count


def _look_ups(connection: Connection, key: StoreKey, one: Stretch, number: int, after: Any) -> tuple[Any, int]:
    """Hash names and phones of the next rows of a registry's table anew."""
    del number
    table, book, column = TABLES[one.table], Book(key), next(c for c in COLUMNS if c.table == f"registry_{one.table}")
    query = select(table).where(table.c.id > (after or 0)).order_by(table.c.id).limit(ROWS)
    rows = connection.execute(query).mappings().all()
    for row in rows:
        if row["personal"] is None:
            continue
        try:
            said = json.loads(key.of("registry").open(row["personal"], column.bound_to(dict(row))))
        except CryptoError:  # told of when its field was to be sealed anew
            continue
        finds = {
            f"{name}_find": book.look_up(name, said[name])[0] if said.get(name) is not None else None
            for name in ("name", "phone")
            if f"{name}_find" in table.c
        }
        connection.execute(update(table).where(table.c.id == row["id"]).values(finds))
    return (None if len(rows) < ROWS else rows[-1]["id"]), len(rows)


def left_under(connection: Connection, key: StoreKey, number: int, purpose: str) -> int:
    """Return how many fields are still under the data key ``number``; those that were altered do not count."""
    count, sealing = 0, key.of(purpose)
    for column in (one for one in COLUMNS if one.purpose == purpose):
        names = ", ".join(f'"{name}"' for name in dict.fromkeys((*column.needs, column.column)))
        query = text(
            f'SELECT {names} FROM {column.table} WHERE substr("{column.column}", 1, 5) = :front'  # noqa: S608
        )
        for row in connection.execute(query, {"front": fields.header(number)}).mappings():
            said = dict(row)
            try:
                sealing.open(said[column.column], column.bound_to(said))
                count += 1
            except CryptoError:
                continue
    return count


def destroy(store: Store, key: StoreKey, now_ms: int, grace: Grace) -> list[tuple[str, int]]:
    """Destroy the retired keys under which nothing is left; return their purposes and epochs.

    By then nobody seals with them (``grace``): so it is enough that a reader finds nothing, and no writer waits for it.
    """
    gone, again = [], set[str]()
    with store.reading() as connection:
        retired = DATA_KEYS.c.retired_ms.is_not(None)
        found = connection.execute(select(DATA_KEYS).where(DATA_KEYS.c.wrapped.is_not(None), retired)).all()
        old = [row for row in found if grace.is_over(row.id)]
        if not old or unfinished(connection):
            return []
        for row in old:
            if left_under(connection, key, row.id, row.purpose):
                again.add(row.purpose)
            else:
                gone.append(row)
    with store.writing() as connection:
        if again:  # sealed with it after its rows were gone through: they are gone through again
            names = [one.name for one in STRETCHES if one.purpose in again]
            anew = update(RESEALING).where(RESEALING.c.name.in_(names))
            connection.execute(anew.values(finished_ms=None, after=""))
        emptied = {"wrapped": None, "escrowed": None, "destroyed_ms": now_ms}
        numbers = [row.id for row in gone]
        connection.execute(update(DATA_KEYS).where(DATA_KEYS.c.id.in_(numbers)).values(emptied))
    return [(row.purpose, row.epoch) for row in gone]


def all_done(connection: Connection) -> bool:
    """Tell whether everything is under the newest keys, and every older one is destroyed."""
    query = select(func.count()).where(DATA_KEYS.c.wrapped.is_not(None), DATA_KEYS.c.retired_ms.is_not(None))
    return not unfinished(connection) and not connection.execute(query).scalar()
