"""Where a terminal stands, as the registry has it: begun when it joins, handed to the next when it is swapped.

Promise: the row of a terminal that is replaced ends at the moment at which the row of the new one begins, in one
transaction: a home has one terminal at any moment, and its history is whole. What was said before is never rewritten.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from zhendao.command.roster.check import Row
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.errors import RegistryError
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

_TERMINALS = BY_NAME["terminals"]


def bind(
    connection: Connection,
    book: Book,
    device: bytes,
    *,
    placement: Placement,
    door: bytes | None,
    elder: str | None,
    tenant: str,
    now_ms: int,
) -> bool:
    """Begin a row for a terminal that has none now; the place is the elder's. Return whether a row was made.

    Raises:
        LoadError: there is no such elder or door tag in the registry.
    """
    if _now(connection, book, device, now_ms) is not None:
        return False
    values = {
        "device": device,
        "placement": placement,
        "place_id": _place_of(connection, book, elder, now_ms),
        "elder_id": elder,
        "door_token_id": door,
        "tenant": tenant,
    }
    _write(connection, book, [_row(values, now_ms, None)], f"enrolment {device.hex()[:8]}", now_ms)
    return True


def swap(connection: Connection, book: Book, old: bytes, new: bytes, at_ms: int, now_ms: int) -> bool:
    """End the row of ``old`` at ``at_ms`` and begin one for ``new`` with the same home; False where that was done.

    Raises:
        RegistryError: ``old`` has no row at that moment, or ``new`` stands somewhere else.
        LoadError: the registry would not be whole.
    """
    there = _now(connection, book, new, at_ms)
    row = _now(connection, book, old, at_ms)
    if row is None:
        if there is not None and _ended_where_begun(connection, book, old, there):
            return False
        raise RegistryError(
            Text(f"终端 {old.hex()} 当时没有登记", f"terminal {old.hex()} is not in the registry at that moment"),
            Text("请核对编号与时间，或直接登记新终端", "see to number and moment, or register the new one by itself"),
        )
    if there is not None:
        raise RegistryError(
            Text(f"终端 {new.hex()} 已登记在别处", f"terminal {new.hex()} is registered somewhere already")
        )
    ended = Row(_TERMINALS, {**row.values, "valid_to": at_ms})
    begun = _row({**row.values, "device": new}, at_ms, row.values["valid_to"])
    _write(connection, book, [ended, begun], f"swap {old.hex()[:8]}", now_ms)
    return True


def _now(connection: Connection, book: Book, device: bytes, at_ms: int) -> Row | None:
    return next((row for row, _ in book.rows(connection, _TERMINALS, at_ms) if row.key == (device,)), None)


def _ended_where_begun(connection: Connection, book: Book, old: bytes, there: Row) -> bool:
    rows = [row for row, _ in book.rows(connection, _TERMINALS, None) if row.key == (old,)]
    return any(row.values["valid_to"] == there.values["valid_from"] for row in rows)


def _place_of(connection: Connection, book: Book, elder: str | None, at_ms: int) -> str | None:
    rows = [row for row, _ in book.rows(connection, BY_NAME["elders"], at_ms) if row.key == (elder,)]
    return rows[0].values["place_id"] if rows else None


def _row(values: Mapping[str, Any], from_ms: int, to_ms: int | None) -> Row:
    unsaid = dict.fromkeys(column.name for column in _TERMINALS.columns)
    return Row(_TERMINALS, {**unsaid, **values, "valid_from": from_ms, "valid_to": to_ms})


def _write(connection: Connection, book: Book, rows: list[Row], source: str, now_ms: int) -> None:
    plan = book.plan(connection, rows, replace=False)
    book.carry_out(connection, plan, source=source, now_ms=now_ms)
