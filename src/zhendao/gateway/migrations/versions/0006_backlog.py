"""What a backlog needs: lanes by place, the few checks to be re-dated, how far own signatures have been verified."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UNDATED = sa.text("kind = 3 AND (clock_source < 3 OR bound_ms IS NULL)")


def upgrade() -> None:
    """Make indices and table."""
    op.create_index(
        "ix_events_undated",
        "events",
        ["device", "boot_id", "kind"],
        sqlite_where=_UNDATED,
        postgresql_where=_UNDATED,
    )
    op.create_table(
        "audited",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audited")),
    )
    for table in ("checks", "visits"):
        op.drop_index(f"ix_{table}_lane", table)
        op.create_index(f"ix_{table}_lane", table, ["device", "lane", "epoch", "seq"])
