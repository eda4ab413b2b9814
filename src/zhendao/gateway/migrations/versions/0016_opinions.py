"""What elders said of visits, when visits are planned, and which plan each terminal was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns."""
    op.create_table(
        "ratings",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("h", sa.LargeBinary(), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "epoch", "seq", "h", name=op.f("pk_ratings")),
    )
    op.create_index("ix_ratings_about", "ratings", ["device", "epoch", "about"], unique=False)
    op.create_table(
        "plans",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_plans")),
    )
    op.add_column("registry_schedules", sa.Column("days", sa.Integer(), nullable=True))
    op.add_column("registry_schedules", sa.Column("hours", sa.String(length=16), nullable=True))
