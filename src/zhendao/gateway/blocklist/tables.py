"""Tables of the blocklist: what people blocked, each version as it was signed, and which one each terminal holds.

Promise: an entry is ended, never removed: who blocked whom, when and why stays known. What was said stands sealed.
rule: BLOCKLIST, PIPL.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from zhendao.gateway.store.metadata import ROW_ID, metadata

entries = Table(
    "blocklist_entries",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("number", LargeBinary),  # a token id (16 bytes) or a uid (4 to 10 bytes)
    Column("person", String(64)),  # or whoever holds tokens: one of the two
    Column("reason", String(16), nullable=False),  # lost, revoked, barred
    Column("said", LargeBinary),  # note and confirmations, sealed
    Column("by", String(64), nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("ended_by", String(64)),
    Column("ended_said", LargeBinary),
)

versions = Table(
    "blocklist_versions",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("name", LargeBinary, nullable=False, unique=True),  # hash of the manifest, by which terminals answer
    Column("manifest", LargeBinary, nullable=False),
    Column("numbers", LargeBinary),  # packed; absent of those so old that no change is made from them any more
    Column("ids", Integer, nullable=False),
    Column("uids", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),  # so many more ought to be on it, and have no room
    Column("issued_ms", BigInteger, nullable=False),
)

terminals = Table(
    "blocklist_terminals",
    metadata,
    Column("device", LargeBinary, primary_key=True),  # those that know blocklists
    Column("held", BigInteger, nullable=False),  # the version that the terminal says it holds; 0: none
    Column("heard_ms", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),  # the version sent last, 0: none since its start
    Column("sent_ms", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("due_ms", BigInteger, nullable=False),  # the same version is not sent again before
    Column("whole", Boolean, nullable=False),  # it refused a change: send it the whole list
    Column("refused", String(200)),  # what it said when it refused
    Index("ix_blocklist_terminals_held", "held"),
)
