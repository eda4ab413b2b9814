"""The table of requests that terminals left, and of what the authority answered."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from zhendao.gateway.store.metadata import metadata

ENROLMENTS = Table(
    "enrolments",
    metadata,
    Column("id", String(64), primary_key=True),  # hash of the request, hex
    Column("request", LargeBinary, nullable=False),
    Column("device", LargeBinary, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("answer", LargeBinary),
    Column("refused", String(400)),
    Column("answered_ms", BigInteger),
)
