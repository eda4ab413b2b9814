"""The settings that visits were judged by, and how far a judging again is."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and the table; by what settings visits were judged is not known, so they are judged again."""
    op.add_column("judged", sa.Column("settings", sa.LargeBinary(), nullable=True))
    op.add_column("judged", sa.Column("since_ms", sa.BigInteger(), nullable=True))
    op.add_column("surveyed", sa.Column("settings", sa.LargeBinary(), nullable=True))
    op.create_table(
        "rejudging",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("registry", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.LargeBinary(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.LargeBinary(), nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejudging")),
    )
