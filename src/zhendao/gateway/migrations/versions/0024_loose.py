"""Loose ends of visits: what may be joined over two terminals or two cards."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "loose",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("caregiver_id", sa.String(64), nullable=False),
        sa.Column("elder_id", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("joined_to", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loose")),
    )
    joined = sa.text("joined_to IS NOT NULL")
    op.create_index("ix_loose_home", "loose", ["caregiver_id", "elder_id", "at_ms"])
    op.create_index("ix_loose_joined_to", "loose", ["joined_to"], sqlite_where=joined, postgresql_where=joined)
    op.create_index("ix_loose_device", "loose", ["device"], sqlite_where=joined, postgresql_where=joined)
