"""Tables of dispatch: what is owed to each channel, and the log of every attempt.

Promise: rows of ``alert_attempts`` are only ever added. Phone numbers rest sealed, and are counted by a keyed
hash; what a message says is not kept: it is made from the alert when it is sent. rule: SOS, PIPL.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from zhendao.gateway.store.metadata import ROW_ID, metadata

SENDS = Table(
    "alert_sends",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("message_id", String(64), nullable=False, unique=True),  # the same for each attempt
    Column("channel", String(32), nullable=False),
    Column("alert_id", BigInteger, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("audience", String(16), nullable=False),
    Column("names", LargeBinary, nullable=False),  # sealed: who is told, seats or family
    Column("recipient", LargeBinary),  # sealed: a phone number; absent where a machine is told
    Column("recipient_find", LargeBinary),
    Column("owed_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, sent, refused, given_up, overtaken, limited, dropped
    Column("attempts", Integer, nullable=False),
    Column("settled_ms", BigInteger),
    Index("ix_alert_sends_waiting", "channel", "state", "urgency", "id"),
    Index("ix_alert_sends_alert", "alert_id", "audience"),
    Index("ix_alert_sends_recipient", "recipient_find", "owed_ms"),
    sqlite_autoincrement=True,
)

ATTEMPTS = Table(
    "alert_attempts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("send_id", BigInteger, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),  # taken, refused, failed, or why nothing was tried
    Column("detail", String(400), nullable=False),
    Index("ix_alert_attempts_send", "send_id"),
    Index("ix_alert_attempts_channel", "channel", "id"),
    sqlite_autoincrement=True,
)
