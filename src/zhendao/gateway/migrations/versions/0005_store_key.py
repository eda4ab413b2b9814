"""The fingerprint of the key that the store is sealed under."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "store_key",
        sa.Column("one", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_store_key"),
    )
