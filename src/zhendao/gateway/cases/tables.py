"""Tables of cases: each as it is now, the log of all that was done, corrections, outages, unlocked visits, tasks.

Promise: rows of the log, of `correction_acts`, `unlocks` and `visit_tasks` are only ever added; the acts are signed.
What people wrote is sealed under the store key. rule: EVIDENCE, PIPL
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from zhendao.gateway.store.metadata import ROW_ID, metadata

CASES: Final = Table(
    "cases",
    metadata,
    Column("number", ROW_ID, primary_key=True),
    Column("visit_id", LargeBinary, nullable=False),
    Column("device", LargeBinary, nullable=False),
    Column("begin_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("most_ms", BigInteger, nullable=False),
    Column("elder_id", String(64)),
    Column("caregiver_id", String(64)),
    Column("care_level", String(16)),
    Column("state", String(16), nullable=False),
    Column("kinds", Text, nullable=False),  # words with blanks between, as the next three
    Column("heard", Text, nullable=False),
    Column("settled", Text, nullable=False),
    Column("explains", Text, nullable=False),
    Column("explained", String(32)),
    Column("opened_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("escalated_ms", BigInteger),
    Column("closed_ms", BigInteger),
    Column("decision", String(16)),
    Column("reason", String(32)),
    Column("unlocked_ms", BigInteger),
    Index("ix_cases_visit_id", "visit_id", unique=True),
    Index("ix_cases_state", "state", "due_ms"),
)

CASE_ACTS: Final = Table(
    "case_acts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("act", String(16), nullable=False),
    Column("by", String(64), nullable=False),  # empty: the gateway itself
    Column("said", LargeBinary),  # sealed
    Index("ix_case_acts_number", "number"),
)

CORRECTION_ACTS: Final = Table(
    "correction_acts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("visit_id", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),  # sealed
    Column("signature", LargeBinary, nullable=False),
    Column("suite", Integer, nullable=False),
    Column("certificate_id", LargeBinary, nullable=False),
    Index("ix_correction_acts_visit_id", "visit_id"),
)

OUTAGES: Final = Table(
    "outages",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("what", String(16), nullable=False),
    Column("device", LargeBinary),  # none: of all
    Column("from_ms", BigInteger, nullable=False),
    Column("to_ms", BigInteger),
    Column("entered_ms", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Index("ix_outages_from_ms", "from_ms"),
)

UNLOCKS: Final = Table(
    "unlocks",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("visit_id", LargeBinary, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", String(64), nullable=False),
    Column("why", LargeBinary, nullable=False),  # sealed
    Index("ix_unlocks_visit_id", "visit_id"),
)

VISIT_TASKS: Final = Table(
    "visit_tasks",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("visit_id", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),  # sealed
    Column("signature", LargeBinary, nullable=False),
    Column("suite", Integer, nullable=False),
    Column("certificate_id", LargeBinary, nullable=False),
    Index("ix_visit_tasks_visit_id", "visit_id"),
)
