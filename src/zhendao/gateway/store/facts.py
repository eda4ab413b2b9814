"""Tables of facts: what terminals signed, as it came, and what was noticed about their journals.

Events are kept sealed; the columns beside the sealed bytes are those that queries need. The data key of a start is
kept sealed under the store key, so a copied database file opens for nobody (rule: SM4). Rows of `events` are never
changed (promise 4).
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from zhendao.gateway.store.metadata import ROW_ID, metadata

certificates = Table(
    "certificates",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # H(DER), 32 bytes
    Column("device", LargeBinary, nullable=False, index=True),
    Column("der", LargeBinary, nullable=False),
    Column("not_before_s", BigInteger, nullable=False),
    Column("not_after_s", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
)

starts = Table(
    "starts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("start", BigInteger, nullable=False),  # seq of the start's boot event
    Column("h", LargeBinary, nullable=False),  # of the boot event: a clone may have another boot at the same seq
    Column("suite", Integer, nullable=False),
    Column("keys", LargeBinary, nullable=False),  # data key and MAC key, sealed under the store key
    Column("boot_nonce", LargeBinary, nullable=False),
    Column("wall_ms", BigInteger, nullable=False),  # the terminal's; of the arrival where its clock was not set
    Column("reason", Integer, nullable=False),
    Column("previous_epoch", LargeBinary),
    Column("previous_seq", BigInteger),
    Column("previous_head", LargeBinary),
    Column("arrival", Integer, nullable=False),  # 1, 2, … in the order in which this terminal's starts came here
    Column("command_number", BigInteger, nullable=False),  # of the last command sent to this start
    Column("seen_ms", BigInteger, nullable=False),
    UniqueConstraint("device", "epoch", "start", "h"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),  # H(message bytes)
    Column("device", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("own_signatures", LargeBinary, nullable=False),  # the CBOR array whose hash field 9 is made over
    Column("certificate_id", LargeBinary, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)

UNDATED: Final = text("kind = 3 AND (clock_source < 3 OR bound_ms IS NULL)")
"""Checks whose own time is not to be trusted: few, and looked for at each trusted time of their boot.

Written out as the index has it: with parameters SQLite would not know that the index serves.
"""

ANCHORS: Final = text("kind = 2 AND clock_source >= 3 AND bound_ms IS NOT NULL")
"""Clock events that tell of a trusted time, by the columns alone; written out for the same reason."""

events = Table(
    "events",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("h", LargeBinary, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("suite", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("signature", LargeBinary),  # the event's own; absent where only the batch's covers it
    Column("certificate_id", LargeBinary, nullable=False),  # of the own signature, else of the batch
    Column("batch_digest", LargeBinary, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("kind", Integer),  # absent: signed by its terminal, but not readable
    Column("version", Integer),
    Column("boot_id", LargeBinary),
    Column("mono_ns", BigInteger),
    Column("wall_ms", BigInteger),
    Column("clock_source", Integer),
    Column("bound_ms", BigInteger),
    UniqueConstraint("device", "epoch", "seq", "h"),
    Index("ix_events_kind_wall_ms", "kind", "wall_ms"),
    Index("ix_events_boot", "device", "boot_id", "kind"),
    Index("ix_events_undated", "device", "boot_id", "kind", sqlite_where=UNDATED, postgresql_where=UNDATED),
    Index("ix_events_anchors", "device", "epoch", "seq", sqlite_where=ANCHORS, postgresql_where=ANCHORS),
)

audited = Table(
    "audited",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),  # one row
    Column("event_id", BigInteger, nullable=False),  # own signatures of all events up to this one were verified
)

segments = Table(
    "segments",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Index("ix_segments_epoch", "device", "epoch"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("declared_ms", BigInteger),
    Column("healed_ms", BigInteger),
    Column("asked_ms", BigInteger),
    Index("ix_gaps_epoch", "device", "epoch"),
    Index("ix_gaps_seen_ms", "healed_ms", "seen_ms"),
)

findings = Table(
    "findings",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("device", LargeBinary, nullable=False, index=True),
    Column("epoch", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),  # gap, fork, rollback, cut_tail, new_epoch, …
    Column("subject", String(80), nullable=False),  # tells two findings of one kind in one epoch apart
    Column("zh", String(400), nullable=False),
    Column("en", String(400), nullable=False),
    Column("found_ms", BigInteger, nullable=False),
    Column("healed_ms", BigInteger),
    UniqueConstraint("device", "epoch", "kind", "subject"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("device", LargeBinary, nullable=False, index=True),
    Column("reason", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("bytes", LargeBinary, nullable=False),  # the message, cut at the bound that the settings give
    Column("complete", Boolean, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("device", LargeBinary, primary_key=True),  # sixteen zero bytes: nobody's that is known
    Column("reason", String(64), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
)

states = Table(
    "states",
    metadata,
    Column("device", LargeBinary, primary_key=True),
    Column("epoch", LargeBinary, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("wall_ms", BigInteger, nullable=False),
    Column("unacknowledged", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)

beacons = Table(
    "beacons",
    metadata,
    Column("beacon", LargeBinary, primary_key=True),
    Column("issued_ms", BigInteger, nullable=False),
)
