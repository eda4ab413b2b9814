"""The plan that each terminal should hold, and whether the start that runs now was sent it."""

from sqlalchemy import Boolean, Column, LargeBinary, Table

from zhendao.gateway.store.metadata import metadata

plans = Table(
    "plans",
    metadata,
    Column("device", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),  # of the command, as CBOR
    Column("sent", Boolean, nullable=False),
)
