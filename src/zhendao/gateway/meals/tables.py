"""Tables of meals: every record with what it is told to be and what becomes of it, and the files that were back-filled.

`meals` can be computed again from events, `meal_fills` and the registry at any time; the others but `meal_devices` and
`meal_judged` are facts. No name and no card number stands here. rule: MEAL-BACKFILL, PIPL
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from zhendao.gateway.store.metadata import ROW_ID, metadata

meals: Final = Table(
    "meals",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # 16 bytes
    Column("number", Integer, nullable=False),  # of the import; 0: a terminal signed it
    Column("line", Integer, nullable=False),
    Column("device", LargeBinary),
    Column("epoch", LargeBinary),
    Column("seq", BigInteger),
    Column("h", LargeBinary),
    Column("boot_id", LargeBinary),
    Column("received_ms", BigInteger, nullable=False),
    Column("waits", Boolean, nullable=False),  # to be told anew
    Column("doubtful", Boolean, nullable=False),  # its time may yet be known better
    Column("at_ms", BigInteger),
    Column("day", String(10)),  # local; null: not told yet
    Column("meal", Integer),
    Column("point", String(64)),
    Column("coded", Boolean),
    Column("elder_id", String(64)),
    Column("household", String(80)),
    Column("village", String(64)),
    Column("way", String(16)),
    Column("by", String(16)),
    Column("fixed", String(16)),
    Column("flags", String(200)),
    Column("distance_m", Integer),
    Column("dead_on", String(10)),
    Column("state", String(16)),
    Column("of", LargeBinary),
    Column("digest", LargeBinary),  # of the record: a revision is made only when it changes
    Column("revision", Integer, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Index("ix_meals_waits", "waits"),
    Index("ix_meals_home", "day", "household"),
    Index("ix_meals_point", "point", "day", "number"),
    Index("ix_meals_device", "device", "doubtful"),
    Index("ix_meals_state", "state", "day"),
)

imports: Final = Table(
    "meal_imports",
    metadata,
    Column("number", ROW_ID, primary_key=True),  # 1, 2, …
    Column("file", String(200), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("by", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)

fills: Final = Table(
    "meal_fills",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("point", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("meal", Integer, nullable=False),
    Column("elder_id", String(64), nullable=False),
    Column("way", String(16)),
    Index("ix_meal_fills_number", "number", "line"),
)

devices: Final = Table(
    "meal_devices",
    metadata,
    Column("device", LargeBinary, primary_key=True),  # it has signed a meal
    Column("told", Boolean, nullable=False),  # it has told of its time since its meals were dated
)

judged: Final = Table(
    "meal_judged",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),  # one row
    Column("registry", BigInteger, nullable=False),  # version of the registry that all of them were told with
    Column("settings", LargeBinary, nullable=False),  # hash of the settings that all of them were told with
)
