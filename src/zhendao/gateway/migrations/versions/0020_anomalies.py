"""What is found in all visits, its revisions, and what is still to be looked at; visits by caregiver and by elder."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; every visit of the last weeks is judged again, so that what is found in it is written down."""
    op.create_table(
        "anomalies",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("review", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=True),
        sa.Column("found_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomalies")),
    )
    op.create_index("ix_anomalies_scope", "anomalies", ["scope", "key"], unique=False)
    op.create_index("ix_anomalies_visit_id", "anomalies", ["visit_id"], unique=False)
    op.create_index("ix_anomalies_changed_ms", "anomalies", ["changed_ms", "id"], unique=False)
    op.create_table(
        "anomaly_revisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("anomaly", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomaly_revisions")),
    )
    op.create_index("ix_anomaly_revisions_anomaly", "anomaly_revisions", ["anomaly", "revision"], unique=True)
    op.create_table(
        "unsurveyed",
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_unsurveyed")),
    )
    op.create_index("ix_unsurveyed_due_ms", "unsurveyed", ["due_ms"], unique=False)
    op.create_table(
        "surveyed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("registry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveyed")),
    )
    op.create_index("ix_visits_caregiver_id", "visits", ["caregiver_id", "begin_ms"], unique=False)
    op.create_index("ix_visits_elder_id", "visits", ["elder_id", "begin_ms"], unique=False)
    op.execute("DELETE FROM judged")
