"""All conclusions computed anew from the facts of a store, into an empty one: what `compare` holds against what stands.

Promise: nothing is read but facts (what terminals signed, when it came, their starts and certificates, the beacons
sent), the registry, what people blocked and corrected, and whose keys were given; they are taken in the order of the
journals, in whatever order they came here. So whatever stands in a store and depends on more differs from its
replay (promise 4).
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, Table, insert, select

from zhendao.gateway.blocklist.tables import entries
from zhendao.gateway.cases.tables import CORRECTION_ACTS
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.ingest import journals
from zhendao.gateway.ingest.classify import Placed, Segment, joined
from zhendao.gateway.ingest.receive import NewEvent, Received
from zhendao.gateway.ingest.session import Session, Stored
from zhendao.gateway.ingest.terminals import HeldTerminal, Terminals, opened
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.tables import LOADS, TABLES
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.facts import batches, beacons, certificates, events, segments, starts
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.noting import Tokens
from zhendao.gateway.tokens.tables import GIVEN
from zhendao.gateway.visits.beside import Beside
from zhendao.gateway.visits.conclude import Conclusions
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.tokens import Least
from zhendao.protocol.batch import Batch, Item

FACTS: Final[tuple[Table, ...]] = (
    certificates, starts, batches, events, beacons, entries, CORRECTION_ACTS, GIVEN, LOADS, *TABLES.values(),
)  # fmt: skip
"""What is taken over as it is; all else is computed."""

_AT_ONCE: Final = 2_000


def replay(
    facts: Connection,
    into: Store,
    store_key: StoreKey,
    table: VisitsTable,
    now_ms: int,
    *,
    tokens: Tokens | None = None,
    least: Least | None = None,
    policy: Policy | None = None,
    beside: Beside | None = None,
) -> None:
    """Compute into the empty store ``into`` what follows from ``facts``, as of ``now_ms`` (UTC ms).

    Both are sealed under ``store_key``; ``tokens``, ``least`` and ``policy`` as `Conclusions` was given them. Raises
    `StoreError`.
    """
    with into.writing() as new:
        for one in FACTS:
            _copy(facts, new, one)
        _link(new)
    terminals = Terminals(store_key)
    conclusions = Conclusions(
        store_key,
        terminals,
        Current(store_key),
        table,
        forward=True,
        tokens=tokens,
        least=least,
        policy=policy,
        beside=beside,
    )
    with into.reading() as connection:
        devices = sorted(connection.execute(select(events.c.device).distinct()).scalars())
    for device in devices:
        with into.writing() as connection:
            session = Session(connection, now_ms, now_ms)
            terminal = terminals.get(connection, device)
            session.stored += _journal(connection, terminal)
            journals.judge(connection, terminal, now_ms)
            conclusions.draw(session)
        terminals.forget()


def _copy(old: Connection, new: Connection, table: Table) -> None:
    for part in old.execute(select(table)).mappings().partitions(_AT_ONCE):
        new.execute(insert(table), [dict(row) for row in part])


def _link(connection: Connection) -> None:
    """Link events to unbroken pieces, in the order in which they came: of two histories the first one is the main."""
    pieces: dict[tuple[bytes, bytes], list[Segment]] = {}
    query = select(events.c.device, events.c.epoch, events.c.seq, events.c.prev, events.c.h).order_by(events.c.id)
    for device, epoch, seq, prev, h in connection.execute(query):
        pieces[device, epoch] = joined(pieces.get((device, epoch), ()), Segment(seq, prev, seq, h))
    rows = [
        {"device": d, "epoch": e, "first": s.first, "prev": s.prev, "last": s.last, "head": s.head}
        for (d, e), several in pieces.items()
        for s in several
    ]
    if rows:
        connection.execute(insert(segments), rows)


def _journal(connection: Connection, terminal: HeldTerminal) -> Iterator[Stored]:
    """Return every event of a terminal that can be opened, as ingest had it when it came."""
    query = select(events).where(events.c.device == terminal.device).order_by(events.c.epoch, events.c.seq, events.c.id)
    for epoch, rows in groupby(connection.execute(query).all(), key=lambda row: row.epoch):
        received: Received | None = None
        for row in rows:
            if received is None:
                batch = Batch(row.suite, terminal.device, epoch, row.certificate_id, row.seq, row.prev, (), b"")
                received = Received(batch, (), Placed((), attached=True, forked=False))
            event = opened(terminal, epoch, row.seq, row.start, row.suite, row.sealed)
            new = NewEvent(
                row.seq, row.h, row.prev, Item(row.sealed, row.commitment, row.signature), row.signature,
                row.certificate_id, row.start, event,
            )  # fmt: skip
            yield Stored(received, new, row.batch_digest, row.received_ms)
