"""Family contacts and duty seats in the registry, and the region of a place."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the column."""
    op.create_table(
        "registry_contacts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("elder_id", sa.String(length=256), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("name_find", sa.LargeBinary(), nullable=True),
        sa.Column("phone_find", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_contacts")),
    )
    op.create_table(
        "registry_seats",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("seat", sa.String(length=256), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("hours", sa.String(length=16), nullable=True),
        sa.Column("regions", sa.String(length=256), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("name_find", sa.LargeBinary(), nullable=True),
        sa.Column("phone_find", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_seats")),
    )
    for name, key in (
        ("registry_contacts", ["elder_id", "rank"]),
        ("registry_seats", ["seat", "rank", "days", "hours"]),
    ):
        op.create_index(f"ix_{name}_key", name, key, unique=False)
        for found in ("name_find", "phone_find"):
            op.create_index(op.f(f"ix_{name}_{found}"), name, [found], unique=False)
    op.add_column("registry_places", sa.Column("region", sa.String(length=256), nullable=True))
