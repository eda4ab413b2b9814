"""What rested readable before an update and is to rest sealed: sealed when the store is opened, before it is read.

Promise: a migration, which has no keys, moves such columns here and drops them; `seal` puts them with what is sealed of
their rows already, in one write transaction, and leaves no readable byte of them in the files. Cut off, or kept from it
by a reader, it does what is left at the next opening. rule: SM4 / ESCROW, PIPL
"""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, Text, delete, func, insert, select, text

from zhendao.command.atrest.catalogue import COLUMNS, SealedColumn
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.metadata import metadata
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError

_LOG = logging.getLogger(__name__)

UNSEALED: Final = Table(
    "unsealed",
    metadata,
    Column("place", String(64), primary_key=True),  # table.column into which it goes
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # the id of its row there
    Column("said", Text, nullable=False),  # a JSON object
)

_MARK: Final = {"place": "", "number": 0, "said": ""}
"""That all is sealed, and the log beside the database may still hold what was readable."""


def seal(store: Store, key: StoreKey) -> int:
    """Seal what an update left readable; return how many rows. Raises `StoreError`.

    A row whose sealed part was altered, so that it does not open, is named in the log; what was readable is kept.
    """
    with store.reading() as connection:
        if not connection.execute(select(func.count()).select_from(UNSEALED)).scalar():
            return 0
    columns = {f"{one.table}.{one.column}": one for one in COLUMNS}
    with store.writing() as connection:
        rows = connection.execute(select(UNSEALED).where(UNSEALED.c.place != _MARK["place"])).all()
        for row in rows:
            _seal(connection, key, columns[row.place], row.number, json.loads(row.said))
        connection.execute(delete(UNSEALED))
        connection.execute(insert(UNSEALED).values(_MARK))
    if emptied(store):
        with store.writing() as connection:
            connection.execute(delete(UNSEALED))
    return len(rows)


def _seal(connection: Connection, key: StoreKey, column: SealedColumn, number: int, said: Mapping[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in dict.fromkeys((*column.needs, column.column)))
    query = text(f'SELECT {names} FROM {column.table} WHERE "id" = :number')  # noqa: S608 - names of ours
    row = dict(connection.execute(query, {"number": number}).mappings().one())
    sealing, sealed, before = key.of(column.purpose), row[column.column], {}
    if sealed is not None:
        try:
            before = json.loads(sealing.open(sealed, column.bound_to(row), column.former(row)))
        except CryptoError:
            _LOG.error("%s.%s of row %d does not open", column.table, column.column, number)
    again = sealing.seal(json.dumps({**before, **said}).encode(), column.bound_to(row))
    change = text(f'UPDATE {column.table} SET "{column.column}" = :again WHERE "id" = :number')  # noqa: S608
    connection.execute(change, {"again": again, "number": number})
