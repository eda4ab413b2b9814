"""Where places are rests sealed: it is taken out of its columns, and sealed when the store is opened next."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_POSITION = ("lat_e7", "lon_e7", "outline")


def upgrade() -> None:
    """Make the table of what is to be sealed, fill it, and drop the readable columns."""
    op.create_table(
        "unsealed",
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place", "number", name=op.f("pk_unsealed")),
    )
    connection = op.get_bind()
    unsealed = sa.table("unsealed", sa.column("place"), sa.column("number"), sa.column("said"))
    places = sa.table("registry_places", sa.column("id"), *(sa.column(name) for name in _POSITION))
    rows = []
    for row in connection.execute(sa.select(places)).mappings():
        said = {name: row[name] for name in _POSITION if row[name] is not None}
        rows.append({"place": "registry_places.personal", "number": row["id"], "said": json.dumps(said)})
    if rows:
        connection.execute(sa.insert(unsealed), rows)
    for name in _POSITION:
        op.drop_column("registry_places", name)
