"""Statements that are built and compiled once, and then given to the driver with their values: for what runs all day.

To build and compile one anew costs ten times what SQLite takes for it. Rows come back as the driver has them, plain
tuples: bytes, whole numbers and texts are the same, JSON is text. What goes wrong is an error of the driver, which the
store names as any other.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Values = tuple[Any, ...]


class Prepared:
    """A statement whose values are ``bindparam(name)``; every other value is part of it."""

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[Dialect, tuple[str, list[tuple[str | None, Any]]]] = {}

    def __call__(self, connection: Connection, **values: Any) -> Any:
        """Run it with ``values`` and return the driver's cursor. KeyError if a value is missing."""
        known = self._compiled.get(connection.dialect)
        if known is None:
            known = self._compiled[connection.dialect] = self._compile(connection.dialect)
        sql, places = known
        return run(connection, sql, [fixed if name is None else values[name] for name, fixed in places])

    def all(self, connection: Connection, **values: Any) -> list[Values]:
        """Run it and return all rows."""
        found: list[Values] = self(connection, **values).fetchall()
        return found

    def first(self, connection: Connection, **values: Any) -> Values | None:
        """Run it and return the first row, if there is one."""
        cursor = self(connection, **values)
        found: Values | None = cursor.fetchone()
        cursor.close()
        return found

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """Run it and return the first value of the first row, None if there is none."""
        row = self.first(connection, **values)
        return None if row is None else row[0]

    def _compile(self, dialect: Dialect) -> tuple[str, list[tuple[str | None, Any]]]:
        compiled = self._statement.compile(dialect=dialect)
        places: list[tuple[str | None, Any]] = []
        for name in compiled.positiontup or ():
            bound = compiled.binds[name]
            places.append((name, None) if bound.required else (None, bound.effective_value))
        return str(compiled), places


def run(connection: Connection, sql: str, values: Sequence[Any]) -> Any:
    """Have the driver run ``sql`` within the transaction of ``connection``; return its cursor."""
    cursor = connection.connection.cursor()
    cursor.execute(sql, values)
    return cursor


def run_many(connection: Connection, sql: str, rows: Sequence[Values]) -> None:
    """Have the driver run ``sql`` for each of ``rows``."""
    cursor = connection.connection.cursor()
    cursor.executemany(sql, rows)
    cursor.close()
