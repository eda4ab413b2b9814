"""Tables of the log: its entries in their order, the roots of whole stretches of it, and the heads that were signed.

Promise: rows are only ever added. An entry is the hash of what it stands for, so it stays when that is erased.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, UniqueConstraint

from zhendao.gateway.store.metadata import metadata

LOG_ENTRIES: Final = Table(
    "log_entries",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # 0, 1, 2 …
    Column("kind", Integer, nullable=False),
    Column("row", BigInteger, nullable=False),  # the id of what it stands for, among those of its kind
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("kind", "row"),
)

LOG_STRETCHES: Final = Table(
    "log_stretches",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),  # it has 2^level entries
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
)

LOG_HEADS: Final = Table(
    "log_heads",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),  # as it is given away
)
