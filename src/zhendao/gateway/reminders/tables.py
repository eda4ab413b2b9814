"""Tables of reminders: each time of day at which it was looked who has not checked in, and each reminder owed then.

Promise: of one time of day, one channel and one caregiver there is one row, so nobody is owed a thing twice; a number
is kept as a keyed hash alone, and what was said is not kept: it is made when it is sent. rule: REMIND, PIPL.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from zhendao.gateway.store.metadata import ROW_ID, metadata

ROUNDS = Table(
    "reminder_rounds",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("name", String(96), nullable=False, unique=True),  # plan, local day, time of day; or who asked for it, when
    Column("plan", String(32), nullable=False),
    Column("day", String(10), nullable=False),  # local
    Column("due_ms", BigInteger, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # made, missed
    Column("by", String(64), nullable=False),  # empty: the gateway itself
    Column("counts", Text, nullable=False),  # JSON: how many were owed one, and how many not for which reason
    Index("ix_reminder_rounds_day", "day"),
)

REMINDERS = Table(
    "reminders",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("round_id", BigInteger, nullable=False),
    Column("plan", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("caregiver_id", String(64), nullable=False),
    Column("organisation", String(64), nullable=False),
    Column("recipient_find", LargeBinary),  # keyed hash of the number that a text went to
    Column("offline", Boolean, nullable=False),  # said that a terminal is offline
    Column("state", String(16), nullable=False),  # waiting, sending, or what became of it
    Column("message_id", String(32)),  # of the attempt under way, or the last one
    Column("owed_ms", BigInteger, nullable=False),
    Column("tried_ms", BigInteger),  # when it went out, the last time
    Column("attempts", Integer, nullable=False),
    Column("settled_ms", BigInteger),
    Column("detail", String(300), nullable=False),  # the receiver's words
    UniqueConstraint("round_id", "channel", "caregiver_id", name="uq_reminders_round_id"),
    Index("ix_reminders_waiting", "channel", "state", "id"),
    Index("ix_reminders_caregiver", "caregiver_id", "tried_ms"),
    Index("ix_reminders_recipient", "recipient_find", "tried_ms"),
)
