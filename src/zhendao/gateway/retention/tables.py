"""Tables of retention: receipts of what was deleted, in a chain, and what must be kept (holds).

Promise: rows of `deletions` are only ever added; each is signed, and stands in the gateway's log.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from zhendao.gateway.store.metadata import ROW_ID, metadata

DELETIONS: Final = Table(
    "deletions",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("suite", Integer, nullable=False),
    Column("certificate_id", LargeBinary, nullable=False),
)

HOLDS: Final = Table(
    "legal_holds",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("what", String(16), nullable=False),  # visit, elder, caregiver
    Column("key", String(64), nullable=False),
    Column("why", LargeBinary, nullable=False),  # sealed
    Column("by", String(64), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("ended_by", String(64)),
    Index("ix_legal_holds_key", "what", "key"),
)
