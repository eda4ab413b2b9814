"""The registry's tables in the store, one for each sheet, and the log of loads.

Promise: personal columns are in ``personal`` only, sealed under the store key and bound to their row; ``name_find``
and ``phone_find`` are keyed hashes: a row can be found by them, nothing can be read from them.

rule: SM4 / ESCROW, PIPL.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy.types import TypeEngine

from zhendao.command.roster.cells import Choice, Day, Degrees, Duration, Hex, Kind, Moment, Whole, Words
from zhendao.command.roster.outline import Outline
from zhendao.command.roster.sheets import SHEETS, Sheet
from zhendao.command.roster.shifts import Days, Hours, Names
from zhendao.gateway.store.metadata import ROW_ID, metadata

_STORED: Final[dict[type[Kind], TypeEngine[Any]]] = {
    Words: String(256),
    Hex: LargeBinary(),
    Whole: Integer(),
    Degrees: BigInteger(),
    Duration: Integer(),
    Moment: BigInteger(),
    Days: Integer(),
    Hours: String(16),
    Names: String(256),
    Day: String(10),
    Outline: Text(),
}


def _stored(kind: Kind) -> TypeEngine[Any]:
    """Return how the store keeps the cells of a column."""
    if isinstance(kind, Choice):
        return String(16) if any(isinstance(value, str) for value in kind.words.values()) else Integer()
    return _STORED[type(kind)]


def _table(sheet: Sheet) -> Table:
    own = [column for column in sheet.own if column.name not in {"valid_from", "valid_to", "tenant"}]
    name = f"registry_{sheet.name}"
    return Table(
        name,
        metadata,
        Column("id", ROW_ID, primary_key=True),
        Column("tenant", String(32), nullable=False),
        *(Column(column.name, _stored(column.kind), nullable=not column.required) for column in own),
        Column("personal", LargeBinary),
        *(Column(f"{c.name}_find", LargeBinary, index=True) for c in sheet.personal if c.name in {"name", "phone"}),
        Column("from_ms", BigInteger, nullable=False),
        Column("to_ms", BigInteger),
        Column("digest", LargeBinary, nullable=False),  # keyed hash of all that the row says
        Index(f"ix_{name}_key", *sheet.key),
    )


TABLES = {sheet.name: _table(sheet) for sheet in SHEETS}

LOADS = Table(
    "registry_loads",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("source", String(400), nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("loaded_ms", BigInteger, nullable=False),
)
