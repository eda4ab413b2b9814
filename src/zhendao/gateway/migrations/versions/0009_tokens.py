"""What tokens prove: readings with their counters, findings, keys given, and the evidence beside each check."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and the column."""
    op.create_table(
        "card_readings",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("h", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("technology", sa.Integer(), nullable=False),
        sa.Column("boot_id", sa.LargeBinary(), nullable=False),
        sa.Column("mono_ns", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=True),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("earliest_ms", sa.BigInteger(), nullable=True),
        sa.Column("latest_ms", sa.BigInteger(), nullable=False),
        sa.Column("rtt_us", sa.BigInteger(), nullable=True),
        sa.Column("slow", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "device", "epoch", "seq", "h", "part", name=op.f("pk_card_readings")),
    )
    op.create_index("ix_card_readings_counter", "card_readings", ["tag", "counter"])
    op.create_index("ix_card_readings_challenge", "card_readings", ["tag", "challenge"])
    op.create_index("ix_card_readings_earliest", "card_readings", ["tag", "earliest_ms"])
    op.create_index("ix_card_readings_boot", "card_readings", ["tag", "boot_id", "mono_ns"])
    op.create_index("ix_card_readings_terminal", "card_readings", ["device", "technology", "epoch", "seq"])
    op.create_table(
        "token_findings",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("h", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("found_ms", sa.BigInteger(), nullable=False),
        sa.Column("healed_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_findings")),
        sa.UniqueConstraint("device", "epoch", "seq", "h", "part", "word", name=op.f("uq_token_findings_device")),
    )
    op.create_index("ix_token_findings_tag", "token_findings", ["tag"])
    op.create_table(
        "card_keys_given",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("token_id", sa.String(length=16), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("technology", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_keys_given")),
    )
    op.create_index("ix_card_keys_given_token", "card_keys_given", ["token_id", "at_ms"])
    op.create_index("ix_card_keys_given_tag", "card_keys_given", ["tag"])
    op.add_column("checks", sa.Column("evidence", sa.Text(), nullable=True))
