"""An index of the few checks that a trusted time of their boot may re-date."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UNDATED = sa.text("kind = 3 AND (clock_source < 3 OR bound_ms IS NULL)")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_events_undated",
        "events",
        ["device", "boot_id"],
        sqlite_where=_UNDATED,
        postgresql_where=_UNDATED,
    )
