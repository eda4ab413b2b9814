"""The log of accesses becomes a chain, from its first row on, with heads that are signed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from alembic import op

from zhendao.gateway.accesses.chain import BEGINNING, Access

revision = "0029"
down_revision = "0023"
branch_labels = None
depends_on = None

_SAID = "id, at_ms, token_id, role, resource, filters, items, names"


def upgrade() -> None:
    """Make the table and the column, and link the rows that are there."""
    op.create_table(
        "access_heads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_heads")),
    )
    op.add_column("api_accesses", sa.Column("link", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    link = BEGINNING
    for number, access in enumerate(_rows(connection), 1):
        if access.id != number:  # numbers without a gap, so that a row that is missing later is missed
            connection.exec_driver_sql("UPDATE api_accesses SET id = ? WHERE id = ?", (number, access.id))
        link = replace(access, id=number).link(link)
        connection.exec_driver_sql("UPDATE api_accesses SET link = ? WHERE id = ?", (link, number))


def _rows(connection: Any) -> Iterator[Access]:
    last = 0
    while True:
        query = f"SELECT {_SAID} FROM api_accesses WHERE id > ? ORDER BY id LIMIT 1000"  # noqa: S608 - our own words
        found = connection.exec_driver_sql(query, (last,)).all()
        if not found:
            return
        for row in found:
            last = row.id
            yield Access(**row._asdict() | {"names": bool(row.names)})
