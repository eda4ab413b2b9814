"""Lanes whose new facts are stored and whose visits are yet to be drawn: a backlog is taken in before it is judged."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "undrawn",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("device", "lane", name=op.f("pk_undrawn")),
    )
