"""Regions, organisations, certificates, bindings, agreements, authorised hours, blocked people; what services allow."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, nullable: bool = True, length: int = 256) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _needed(name: str, length: int = 256) -> sa.Column[Any]:
    return _text(name, nullable=False, length=length)


def _number(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade() -> None:
    """Make the tables, and the columns."""
    tables: dict[str, tuple[list[sa.Column[Any]], list[str]]] = {
        "regions": (
            [_needed("region"), _number("level", nullable=False), _text("parent"), _text("title"),
             _number("residents")],
            ["region"],
        ),
        "organisations": (
            [_needed("organisation"), _needed("title"), _text("public_title"), _needed("type", 16), _text("region"),
             _text("place_id"), _text("address"), _number("capacity"), _text("licence"),
             sa.Column("licensed_to", sa.BigInteger(), nullable=True)],
            ["organisation"],
        ),
        "approved_places": (
            [_needed("elder_id"), _needed("place_id"), _text("reason")], ["elder_id", "place_id"],
        ),
        "certificates": (
            [_needed("caregiver_id"), _needed("kind", 16), _text("grade")], ["caregiver_id", "kind"],
        ),
        "bindings": ([_needed("caregiver_id"), _needed("elder_id")], ["caregiver_id", "elder_id"]),
        "agreements": ([_needed("elder_id"), _needed("organisation")], ["elder_id", "organisation"]),
        "authorisations": (
            [_needed("elder_id"), _needed("code"), _number("amount_s", nullable=False), _needed("period", 16),
             _number("times")],
            ["elder_id", "code"],
        ),
        "blocklist": (
            [_text("person"), sa.Column("number", sa.LargeBinary(), nullable=True), _needed("reason", 16)],
            ["person", "number"],
        ),
    }  # fmt: skip
    for name, (columns, key) in tables.items():
        op.create_table(
            f"registry_{name}",
            sa.Column("id", _ID, nullable=False),
            _needed("tenant", 32),
            *columns,
            sa.Column("personal", sa.LargeBinary(), nullable=True),
            sa.Column("from_ms", sa.BigInteger(), nullable=False),
            sa.Column("to_ms", sa.BigInteger(), nullable=True),
            sa.Column("digest", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_registry_{name}")),
        )
        op.create_index(f"ix_registry_{name}_key", f"registry_{name}", key, unique=False)
    added: dict[str, list[sa.Column[Any]]] = {
        "places": [sa.Column("outline", sa.Text(), nullable=True)],
        "elders": [_text("ability", length=16), _text("payer", length=16), _text("household")],
        "caregivers": [
            _text("region"), _text("user_type"), _text("occupation", length=16), _text("source_check"),
            _text("employed_on", length=10), _text("employment"),
        ],
        "services": [
            _number("times"), _text("period", length=16), _number("least_s"), _text("hours", length=16),
            _text("profile", length=16), _number("staff"),
        ],
        "schedules": [_text("slot")],
    }  # fmt: skip
    for name, columns in added.items():
        for column in columns:
            op.add_column(f"registry_{name}", column)
    op.drop_index("ix_registry_schedules_key", "registry_schedules")
    op.create_index(
        "ix_registry_schedules_key", "registry_schedules", ["elder_id", "caregiver_id", "slot"], unique=False
    )
