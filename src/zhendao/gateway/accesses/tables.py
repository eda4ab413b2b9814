"""The heads of the log of accesses: up to which row it went, with which link, as the gateway signed it.

Promise: rows are only ever added, and each stands in the gateway's log as well, whose heads are given away each hour.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from zhendao.gateway.store.metadata import ROW_ID, metadata

ACCESS_HEADS: Final = Table(
    "access_heads",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("row", BigInteger, nullable=False),  # the last access that it holds
    Column("document", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("suite", Integer, nullable=False),
    Column("certificate_id", LargeBinary, nullable=False),
)
