"""Numbers that are given once: the highest of those whose rows were deleted, so that none is given again.

A case, a correction, an act that was signed: people, papers and the gateway's log know it by its number for ever.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, func, select

from zhendao.gateway.store.engine import insert_or_update
from zhendao.gateway.store.metadata import metadata

NUMBERS_USED: Final = Table(
    "numbers_used",
    metadata,
    Column("name", String(32), primary_key=True),  # table.column
    Column("last", BigInteger, nullable=False),
)


def next_number(connection: Connection, column: Column[Any]) -> int:
    """Return the number of the next row of ``column``'s table, in a write transaction."""
    here = connection.execute(select(func.max(column))).scalar() or 0
    return max(int(here), _used(connection, column)) + 1


def used(connection: Connection, column: Column[Any], number: int) -> None:
    """Note that the row with ``number`` in ``column`` is going to be deleted."""
    if number > _used(connection, column):
        insert_or_update(connection, NUMBERS_USED, (str(column), number), "name", "last")


def _used(connection: Connection, column: Column[Any]) -> int:
    return connection.execute(select(NUMBERS_USED.c.last).where(NUMBERS_USED.c.name == str(column))).scalar() or 0
