"""Meals: points, records, files that were back-filled; who died, and which point a terminal is of."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns."""
    op.create_table(
        "registry_meal_points",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("point", sa.String(length=256), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place_code", sa.String(length=256), nullable=True),
        sa.Column("region", sa.String(length=256), nullable=True),
        sa.Column("place_id", sa.String(length=256), nullable=True),
        sa.Column("organisation", sa.String(length=256), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_meal_points")),
    )
    op.create_index("ix_registry_meal_points_key", "registry_meal_points", ["point"], unique=False)
    op.create_table(
        "meals",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column("epoch", sa.LargeBinary(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("h", sa.LargeBinary(), nullable=True),
        sa.Column("boot_id", sa.LargeBinary(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.Column("meal", sa.Integer(), nullable=True),
        sa.Column("point", sa.String(length=64), nullable=True),
        sa.Column("coded", sa.Boolean(), nullable=True),
        sa.Column("elder_id", sa.String(length=64), nullable=True),
        sa.Column("household", sa.String(length=80), nullable=True),
        sa.Column("village", sa.String(length=64), nullable=True),
        sa.Column("way", sa.String(length=16), nullable=True),
        sa.Column("by", sa.String(length=16), nullable=True),
        sa.Column("fixed", sa.String(length=16), nullable=True),
        sa.Column("flags", sa.String(length=200), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("dead_on", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.Column("of", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meals")),
    )
    op.create_index("ix_meals_device", "meals", ["device", "doubtful"], unique=False)
    op.create_index("ix_meals_home", "meals", ["day", "household"], unique=False)
    op.create_index("ix_meals_point", "meals", ["point", "day", "number"], unique=False)
    op.create_index("ix_meals_state", "meals", ["state", "day"], unique=False)
    op.create_index("ix_meals_waits", "meals", ["waits"], unique=False)
    op.create_table(
        "meal_imports",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_meal_imports")),
    )
    op.create_table(
        "meal_fills",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("point", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("meal", sa.Integer(), nullable=False),
        sa.Column("elder_id", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meal_fills")),
    )
    op.create_index("ix_meal_fills_number", "meal_fills", ["number", "line"], unique=False)
    op.create_table(
        "meal_devices",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_meal_devices")),
    )
    op.create_table(
        "meal_judged",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("registry", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_meal_judged")),
    )
    op.add_column("registry_terminals", sa.Column("meal_point", sa.String(length=256), nullable=True))
    op.add_column("registry_elders", sa.Column("died_on", sa.String(length=10), nullable=True))
