"""Tables of the interface: tokens (only their hashes), who read what, and the row that proves the store writable."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from zhendao.gateway.store.metadata import ROW_ID, metadata

TOKENS = Table(
    "api_tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("label", String(64), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)

ACCESSES = Table(
    "api_accesses",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("token_id", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    Column("resource", String(32), nullable=False),
    Column("filters", String(400), nullable=False),
    Column("items", Integer, nullable=False),
    Column("names", Boolean, nullable=False),  # shown unmasked
    Column("link", LargeBinary),  # hash of the row and of the link before; entered by `accesses.book` alone
    Index("ix_api_accesses_token", "token_id", "id"),
)

PROBE = Table(
    "health_probe",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
)
