"""Tables of what was found: each finding as it is now, its revisions, and what is still to be looked at.

Promise: what a finding says rests sealed under the store key, for it may name a card (rule: PIPL); all of it follows
from facts, registry and policy, and can be found again. Days and pieces of work name nobody but by number.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from zhendao.gateway.store.metadata import ROW_ID, metadata

ANOMALIES: Final = Table(
    "anomalies",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # 16 bytes, a keyed hash of kind, visit and subject
    Column("scope", String(16), nullable=False),  # whose survey finds it, and clears it
    Column("key", String(80), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("visit_id", LargeBinary),
    Column("state", String(16), nullable=False),  # found, cleared
    Column("review", Boolean, nullable=False),  # a pattern: it opens no case
    Column("revision", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # a keyed hash of what it says
    Column("record", LargeBinary, nullable=False),  # sealed
    Column("at_ms", BigInteger),  # when what it is about was; absent: of no moment
    Column("found_ms", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Index("ix_anomalies_scope", "scope", "key"),
    Index("ix_anomalies_visit_id", "visit_id"),
    Index("ix_anomalies_changed_ms", "changed_ms", "id"),
    Index("ix_anomalies_at_ms", "at_ms", "found_ms"),
)

ANOMALY_REVISIONS: Final = Table(
    "anomaly_revisions",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("anomaly", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("record", LargeBinary, nullable=False),  # sealed
    Column("made_ms", BigInteger, nullable=False),
    Index("ix_anomaly_revisions_anomaly", "anomaly", "revision", unique=True),
)

UNSURVEYED: Final = Table(
    "unsurveyed",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("from_ms", BigInteger, nullable=False),  # the moments that something changed at, the first and the last
    Column("to_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Index("ix_unsurveyed_due_ms", "due_ms"),
)

SURVEYED: Final = Table(
    "surveyed",
    metadata,
    Column("id", Integer, primary_key=True),  # one row
    Column("day", BigInteger, nullable=False),  # the last local day (since 1970) whose end was seen to
    Column("registry", BigInteger, nullable=False),  # version of the registry that its own survey was made with
    Column("settings", LargeBinary),  # digest of the settings that all visits were judged with when it was made
)

ATTENDANCE: Final = Table(
    "attendance",
    metadata,
    Column("caregiver_id", String(64), primary_key=True),
    Column("day", Integer, primary_key=True),  # local, since 1970
    Column("checks", Integer, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("sure", Boolean, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Index("ix_attendance_day", "day"),
)

TOGETHER: Final = Table(
    "visits_together",
    metadata,
    Column("kind", String(16), primary_key=True),  # double_handed, group
    Column("first", LargeBinary, primary_key=True),  # the visit that began first
    Column("key", String(64), nullable=False),  # the elder, or the caregiver
    Column("begin_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("visits", Text, nullable=False),  # JSON: all of them, by their begin
    Column("changed_ms", BigInteger, nullable=False),
    Index("ix_visits_together_key", "kind", "key", "begin_ms"),
    Index("ix_visits_together_begin_ms", "begin_ms"),
)
