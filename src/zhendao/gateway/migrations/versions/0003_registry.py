"""The registry: who and what is where, and from when to when."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "registry_caregivers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("caregiver_id", sa.String(length=256), nullable=False),
        sa.Column("organisation", sa.String(length=256), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("name_find", sa.LargeBinary(), nullable=True),
        sa.Column("phone_find", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_caregivers")),
    )
    op.create_index("ix_registry_caregivers_key", "registry_caregivers", ["caregiver_id"], unique=False)
    op.create_index(op.f("ix_registry_caregivers_name_find"), "registry_caregivers", ["name_find"], unique=False)
    op.create_index(op.f("ix_registry_caregivers_phone_find"), "registry_caregivers", ["phone_find"], unique=False)

    op.create_table(
        "registry_elders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("elder_id", sa.String(length=256), nullable=False),
        sa.Column("place_id", sa.String(length=256), nullable=True),
        sa.Column("care_level", sa.String(length=16), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("name_find", sa.LargeBinary(), nullable=True),
        sa.Column("phone_find", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_elders")),
    )
    op.create_index("ix_registry_elders_key", "registry_elders", ["elder_id"], unique=False)
    op.create_index(op.f("ix_registry_elders_name_find"), "registry_elders", ["name_find"], unique=False)
    op.create_index(op.f("ix_registry_elders_phone_find"), "registry_elders", ["phone_find"], unique=False)

    op.create_table(
        "registry_loads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=400), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("loaded_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_loads")),
    )
    op.create_table(
        "registry_places",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("place_id", sa.String(length=256), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("lon_e7", sa.BigInteger(), nullable=False),
        sa.Column("datum", sa.Integer(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("accuracy_m", sa.Integer(), nullable=False),
        sa.Column("marked_how", sa.String(length=256), nullable=True),
        sa.Column("marked_ms", sa.BigInteger(), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_places")),
    )
    op.create_index("ix_registry_places_key", "registry_places", ["place_id"], unique=False)

    op.create_table(
        "registry_schedules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("elder_id", sa.String(length=256), nullable=False),
        sa.Column("caregiver_id", sa.String(length=256), nullable=False),
        sa.Column("code", sa.String(length=256), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_schedules")),
    )
    op.create_index("ix_registry_schedules_key", "registry_schedules", ["elder_id", "caregiver_id"], unique=False)

    op.create_table(
        "registry_services",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=256), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=True),
        sa.Column("min_s", sa.Integer(), nullable=False),
        sa.Column("max_s", sa.Integer(), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_services")),
    )
    op.create_index("ix_registry_services_key", "registry_services", ["code"], unique=False)

    op.create_table(
        "registry_tenants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_tenants")),
    )
    op.create_index("ix_registry_tenants_key", "registry_tenants", ["tenant"], unique=False)

    op.create_table(
        "registry_terminals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("placement", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.String(length=256), nullable=True),
        sa.Column("elder_id", sa.String(length=256), nullable=True),
        sa.Column("door_token_id", sa.LargeBinary(), nullable=True),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_terminals")),
    )
    op.create_index("ix_registry_terminals_key", "registry_terminals", ["device"], unique=False)

    op.create_table(
        "registry_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(length=32), nullable=False),
        sa.Column("token_id", sa.LargeBinary(), nullable=True),
        sa.Column("uid", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.String(length=256), nullable=False),
        sa.Column("personal", sa.LargeBinary(), nullable=True),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_tokens")),
    )
    op.create_index("ix_registry_tokens_key", "registry_tokens", ["token_id", "uid"], unique=False)
