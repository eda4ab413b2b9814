"""The settings that visits were judged by, and how far a judging again is; valid days, and what was done together."""

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
    op.create_table(
        "attendance",
        sa.Column("caregiver_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caregiver_id", "day", name=op.f("pk_attendance")),
    )
    op.create_index("ix_attendance_day", "attendance", ["day"], unique=False)
    op.create_table(
        "visits_together",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("first", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("begin_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.Text(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "first", name=op.f("pk_visits_together")),
    )
    op.create_index("ix_visits_together_key", "visits_together", ["kind", "key", "begin_ms"], unique=False)
    op.create_index("ix_visits_together_begin_ms", "visits_together", ["begin_ms"], unique=False)
