"""An index of the clock events that tell of a trusted time: the neighbours that bound a boot without one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ANCHORS = sa.text("kind = 2 AND clock_source >= 3 AND bound_ms IS NOT NULL")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_events_anchors",
        "events",
        ["device", "epoch", "seq"],
        sqlite_where=_ANCHORS,
        postgresql_where=_ANCHORS,
    )
