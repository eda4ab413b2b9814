"""Tables about tokens: each proved reading with its counter, what was found, and which card's keys were given to whom.

Promise: no card number stands readable here: a tag is found by a keyed hash of its uid, and a uid that people must be
able to name rests sealed under the store key. Readings and findings follow from facts and can be computed again.
rule: PIPL
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from zhendao.gateway.store.metadata import ROW_ID, metadata

READINGS = Table(
    "card_readings",
    metadata,
    Column("tag", LargeBinary, primary_key=True),  # keyed hash of the uid
    Column("device", LargeBinary, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("h", LargeBinary, primary_key=True),
    Column("part", Integer, primary_key=True),  # which of the event's tokens: 1 door tag, 2 card
    Column("uid", LargeBinary, nullable=False),  # sealed under the store key
    Column("technology", Integer, nullable=False),
    Column("boot_id", LargeBinary, nullable=False),
    Column("mono_ns", BigInteger, nullable=False),  # of the reading, which may be in more than one event
    Column("counter", BigInteger),  # the tag's own; absent where it has none
    Column("fresh", Boolean, nullable=False),  # it covers the challenge of this reading
    Column("challenge", LargeBinary),  # which counts once; absent where it covers none
    Column("earliest_ms", BigInteger),  # when it can have been, UTC ms; absent: nobody can say
    Column("latest_ms", BigInteger, nullable=False),
    Column("rtt_us", BigInteger),  # the shortest round trip
    Column("slow", Boolean, nullable=False),
    Index("ix_card_readings_counter", "tag", "counter"),
    Index("ix_card_readings_challenge", "tag", "challenge"),
    Index("ix_card_readings_earliest", "tag", "earliest_ms"),
    Index("ix_card_readings_boot", "tag", "boot_id", "mono_ns"),
    Index("ix_card_readings_terminal", "device", "technology", "epoch", "seq"),
)

FINDINGS = Table(
    "token_findings",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("h", LargeBinary, nullable=False),
    Column("part", Integer, nullable=False),
    Column("word", String(32), nullable=False),
    Column("tag", LargeBinary, nullable=False),
    Column("uid", LargeBinary, nullable=False),  # sealed under the store key
    Column("kind", Integer, nullable=False),  # of the event
    Column("found_ms", BigInteger, nullable=False),
    Column("healed_ms", BigInteger),  # later facts explain it
    UniqueConstraint("device", "epoch", "seq", "h", "part", "word"),
    Index("ix_token_findings_tag", "tag"),
)

GIVEN = Table(
    "card_keys_given",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("token_id", String(16), nullable=False),  # of the interface; "file" where a person gave them offline
    Column("tag", LargeBinary, nullable=False),
    Column("uid", LargeBinary, nullable=False),  # sealed under the store key
    Column("technology", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recipient", String(16), nullable=False),  # key id in hex of whom they were wrapped for; empty over HTTPS
    Index("ix_card_keys_given_token", "token_id", "at_ms"),
    Index("ix_card_keys_given_tag", "tag"),
)
