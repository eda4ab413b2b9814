"""Records of follow-ups, when an entry of the blocklist was made, and visits unlocked without a case."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the column."""
    op.create_table(
        "registry_follow_ups",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("elder_id", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_follow_ups")),
    )
    op.create_index("ix_registry_follow_ups_key", "registry_follow_ups", ["elder_id", "kind", "done_ms"], unique=False)
    op.add_column("registry_blocklist", sa.Column("entered_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "unlocks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("visit_id", sa.LargeBinary(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unlocks")),
    )
    op.create_index("ix_unlocks_visit_id", "unlocks", ["visit_id"], unique=False)
