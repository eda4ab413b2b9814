"""What is owed to those who are told of alerts, and the log of every attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_sends",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("names", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("recipient_find", sa.LargeBinary(), nullable=True),
        sa.Column("owed_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("settled_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_sends")),
        sa.UniqueConstraint("message_id", name=op.f("uq_alert_sends_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_sends_waiting", "alert_sends", ["channel", "state", "urgency", "id"], unique=False)
    op.create_index("ix_alert_sends_alert", "alert_sends", ["alert_id", "audience"], unique=False)
    op.create_index("ix_alert_sends_recipient", "alert_sends", ["recipient_find", "owed_ms"], unique=False)
    op.create_table(
        "alert_attempts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("send_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_attempts")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_attempts_send", "alert_attempts", ["send_id"], unique=False)
    op.create_index("ix_alert_attempts_channel", "alert_attempts", ["channel", "id"], unique=False)
