"""Statements that are built and compiled once, and then given to the driver with their values: for what runs all day.

To build and compile one anew costs ten times what SQLite takes for it. What comes back is as the driver has it: bytes,
whole numbers and texts are the same, JSON is text.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Delete, Dialect, Insert, Row, Select, Update

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete


class Prepared:
    """A statement whose values are ``bindparam(name)``; every other value is part of it."""

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[Dialect, tuple[str, list[tuple[str | None, Any]]]] = {}

    def __call__(self, connection: Connection, **values: Any) -> CursorResult[*tuple[Any, ...]]:
        """Run it with ``values``. KeyError if one is missing."""
        known = self._compiled.get(connection.dialect)
        if known is None:
            known = self._compiled[connection.dialect] = self._compile(connection.dialect)
        sql, places = known
        return connection.exec_driver_sql(
            sql, tuple([fixed if name is None else values[name] for name, fixed in places])
        )

    def all(self, connection: Connection, **values: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """Run it and return all rows."""
        return self(connection, **values).all()

    def first(self, connection: Connection, **values: Any) -> Row[*tuple[Any, ...]] | None:
        """Run it and return the first row, if there is one."""
        return self(connection, **values).first()

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """Run it and return the first value of the first row, None if there is none."""
        return self(connection, **values).scalar()

    def _compile(self, dialect: Dialect) -> tuple[str, list[tuple[str | None, Any]]]:
        compiled = self._statement.compile(dialect=dialect)
        places: list[tuple[str | None, Any]] = []
        for name in compiled.positiontup or ():
            bound = compiled.binds[name]
            places.append((name, None) if bound.required else (None, bound.effective_value))
        return str(compiled), places
