"""Tables of forwarding: what is owed (``outbox``) and, for each destination, what was answered (``outbox_answer``).

Promise: a row of ``outbox`` is never changed or deleted by forwarding; a record without an answer is still owed. What
records say rests sealed: a copied database shows no card and no place. ``outbox_replay`` keeps each refusal that was
followed by a replay. ``outbox_told`` is what a platform was told by name: numbers that were used, and requests and
files that are under way. ``outbox_progress`` only saves work: every record up to ``settled_id`` has its answer (numbers
become visible in order, for the store has one writer at a time).
rule: SM4 / ESCROW
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from zhendao.gateway.store.metadata import ROW_ID, metadata

OUTBOX = Table(
    "outbox",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("record_type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # sealed under the store key, bound to the three above
    Column("enqueued_ms", BigInteger, nullable=False),
    UniqueConstraint("record_type", "key", "revision"),
    sqlite_autoincrement=True,
)

OUTBOX_ANSWER = Table(
    "outbox_answer",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("outbox_id", BigInteger, ForeignKey("outbox.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("answered_ms", BigInteger, nullable=False),
    Index("ix_outbox_answer_state", "destination", "state", "outbox_id"),
)

OUTBOX_REPLAY = Table(
    "outbox_replay",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("outbox_id", BigInteger, ForeignKey("outbox.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("answered_ms", BigInteger, nullable=False),
    Column("replayed_ms", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
)

OUTBOX_TOLD = Table(
    "outbox_told",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # of what a format tells: elder, caregiver, visit, call, punch, row
    Column("who", Text, primary_key=True),
    Column("about", BigInteger, nullable=False),  # the record of the outbox that it was last told for
    Column("number", BigInteger, nullable=False),  # the highest that was used for it there
    Column("digest", LargeBinary),  # keyed hash of what was told and taken
    Column("ticket", Text, nullable=False),  # request or file whose answer is still to come
    Column("state", Text, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
)

OUTBOX_PROGRESS = Table(
    "outbox_progress",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("settled_id", BigInteger, nullable=False),
)
