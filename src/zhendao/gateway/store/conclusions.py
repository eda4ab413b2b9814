"""Tables of conclusions: what the gateway drew from facts. They can be computed again from the facts at any time.

`checks` finds the facts of one caregiver at one terminal by a keyed hash of the card, so that no card number stands
readable in the database. A visit's history is kept revision by revision.
"""

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from zhendao.gateway.store.metadata import ROW_ID, metadata

checks = Table(
    "checks",
    metadata,
    Column("device", LargeBinary, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("h", LargeBinary, primary_key=True),
    Column("kind", Integer, nullable=False),  # check or undo
    Column("lane", LargeBinary, nullable=False),  # keyed hash of device and card
    Column("boot_id", LargeBinary, nullable=False),
    Column("evidence", Text),  # what its tokens proved, as JSON; absent: they are what the terminal says
    Index("ix_checks_lane", "device", "lane", "epoch", "seq"),
    Index("ix_checks_boot", "device", "boot_id"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("device", LargeBinary, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("h", LargeBinary, primary_key=True),
    Column("about", BigInteger, nullable=False),  # the seq of the check-in, in the same epoch
    Index("ix_ratings_about", "device", "epoch", "about"),
)

visits = Table(
    "visits",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # 16 bytes from the identity of the check that opened it
    Column("device", LargeBinary, nullable=False),
    Column("lane", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),  # of the opening check
    Column("seq", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # of the record: a revision is made only when it changes
    Column("state", String(16), nullable=False),  # open, closed, withdrawn
    Column("elder_id", String(64)),
    Column("caregiver_id", String(64)),
    Column("begin_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("due_ms", BigInteger),  # when an open visit has lasted too long and is judged again
    Column("record", JSON, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Index("ix_visits_lane", "device", "lane", "epoch", "seq"),
    Index("ix_visits_due", "due_ms"),
    Index("ix_visits_begin", "begin_ms"),
    Index("ix_visits_caregiver_id", "caregiver_id", "begin_ms"),
    Index("ix_visits_elder_id", "elder_id", "begin_ms"),
)

visit_revisions = Table(
    "visit_revisions",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("visit_id", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("rules", Integer, nullable=False),  # version of the rules that drew it
    Column("record", JSON, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Index("ix_visit_revisions_visit", "visit_id", "revision", unique=True),
)

loose = Table(
    "loose",
    metadata,
    # The visit that it is by itself: a beginning without an end, or an end without a beginning.
    Column("id", LargeBinary, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("lane", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),  # of its check
    Column("seq", BigInteger, nullable=False),
    Column("caregiver_id", String(64), nullable=False),
    Column("elder_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("joined_to", LargeBinary),  # the visit that it ends; null where it begins one, or stands alone
    Index("ix_loose_home", "caregiver_id", "elder_id", "at_ms"),
)
_JOINED: Final = loose.c.joined_to.is_not(None)
Index("ix_loose_joined_to", loose.c.joined_to, sqlite_where=_JOINED, postgresql_where=_JOINED)
Index("ix_loose_device", loose.c.device, sqlite_where=_JOINED, postgresql_where=_JOINED)

undrawn = Table(
    "undrawn",
    metadata,
    Column("device", LargeBinary, primary_key=True),
    Column("lane", LargeBinary, primary_key=True),
    Column("epoch", LargeBinary),  # the first place that changed; null: all of the lane
    Column("seq", BigInteger),
)

judged = Table(
    "judged",
    metadata,
    Column("id", Integer, primary_key=True),  # one row
    Column("rules", Integer, nullable=False),
    Column("registry", BigInteger, nullable=False),  # version of the registry that all visits were judged with
    Column("settings", LargeBinary),  # digest of the settings that they were judged with
    Column("since_ms", BigInteger),  # what had not changed since then was left as it was
)

rejudging = Table(
    "rejudging",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, while visits are judged again: by what, and how far it is
    Column("rules", Integer, nullable=False),
    Column("registry", BigInteger, nullable=False),
    Column("settings", LargeBinary, nullable=False),
    Column("since_ms", BigInteger, nullable=False),  # what changed since then is judged again
    Column("device", LargeBinary, nullable=False),  # the last lane that was drawn; empty: none yet
    Column("lane", LargeBinary, nullable=False),
    Column("begun_ms", BigInteger, nullable=False),
)
