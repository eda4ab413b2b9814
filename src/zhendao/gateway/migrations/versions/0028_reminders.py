"""Who is on leave, the times at which it was looked who has not checked in, and the reminders owed then."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "registry_absences",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("caregiver_id", sa.String(length=256), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_absences")),
    )
    op.create_index("ix_registry_absences_key", "registry_absences", ["caregiver_id"], unique=False)
    op.create_table(
        "reminder_rounds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_rounds")),
        sa.UniqueConstraint("name", name=op.f("uq_reminder_rounds_name")),
    )
    op.create_index("ix_reminder_rounds_day", "reminder_rounds", ["day"], unique=False)
    op.create_table(
        "reminders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("caregiver_id", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("recipient_find", sa.LargeBinary(), nullable=True),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=True),
        sa.Column("owed_ms", sa.BigInteger(), nullable=False),
        sa.Column("tried_ms", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("settled_ms", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("round_id", "channel", "caregiver_id", name=op.f("uq_reminders_round_id")),
    )
    op.create_index("ix_reminders_waiting", "reminders", ["channel", "state", "id"], unique=False)
    op.create_index("ix_reminders_caregiver", "reminders", ["caregiver_id", "tried_ms"], unique=False)
    op.create_index("ix_reminders_recipient", "reminders", ["recipient_find", "tried_ms"], unique=False)
