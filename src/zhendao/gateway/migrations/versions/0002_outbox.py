"""Forwarding: what is owed to platforms, and what they answered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("enqueued_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("record_type", "key", "revision", name=op.f("uq_outbox_record_type")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox_progress",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("settled_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_outbox_progress")),
    )
    op.create_table(
        "outbox_answer",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answered_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_answer_outbox_id")),
        sa.PrimaryKeyConstraint("destination", "outbox_id", name=op.f("pk_outbox_answer")),
    )
    op.create_index("ix_outbox_answer_state", "outbox_answer", ["destination", "state", "outbox_id"], unique=False)
