"""Tables of alerts: each as it is now, the facts that it stands on, and the log of all that was done.

Promise: rows of `acts` are only ever added. A fact stands in `alert_facts` once, so what comes again raises nothing
again. What people wrote is sealed under the store key. rule: SOS, PIPL.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, text

from zhendao.gateway.store.metadata import ROW_ID, metadata

OPEN: Final = text("closed_ms IS NULL")
"""Written out as the index has it."""

alerts = Table(
    "alerts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("device", LargeBinary, nullable=False),
    Column("subject", String(40), nullable=False),
    Column("elder_id", String(64)),
    Column("place_id", String(64)),
    Column("drill", Boolean, nullable=False),
    Column("past", Boolean, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("step", Integer, nullable=False),
    Column("reached", Integer, nullable=False),
    Column("nobody", Boolean, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("raised_ms", BigInteger, nullable=False),
    Column("late_ms", BigInteger, nullable=False),
    Column("call_epoch", LargeBinary),
    Column("call_seq", BigInteger),
    Column("mistake_ms", BigInteger),
    Column("cleared_ms", BigInteger),
    Column("seat", String(64)),
    Column("told_ms", BigInteger),
    Column("acknowledged_ms", BigInteger),
    Column("acknowledged_by", String(64)),
    Column("minutes", Integer),
    Column("closed_ms", BigInteger),
    Column("closed_by", String(64)),
    Column("due_ms", BigInteger),
    Column("said", Integer, nullable=False),
    Column("heard", Integer, nullable=False),
    Column("answer_due_ms", BigInteger),
    Column("answer_tries", Integer, nullable=False),
    Column("change", BigInteger, nullable=False),  # id of the last of its acts
    Index("ix_alerts_open", "device", "kind", "last_ms", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_alerts_device", "device"),
    Index("ix_alerts_due", "due_ms"),
    Index("ix_alerts_answer_due", "answer_due_ms"),
    Index("ix_alerts_change", "change"),
)

alert_facts = Table(
    "alert_facts",
    metadata,
    Column("device", LargeBinary, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("h", LargeBinary, primary_key=True),
    Column("alert_id", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Index("ix_alert_facts_alert", "alert_id"),
)

acts = Table(
    "alert_acts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("alert_id", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("act", String(16), nullable=False),
    Column("by", String(64), nullable=False),  # empty: the gateway itself
    Column("said", LargeBinary),  # sealed
    Index("ix_alert_acts_alert", "alert_id", "id"),
    sqlite_autoincrement=True,  # a number is never used twice: watchers go on after the last one that they saw
)
