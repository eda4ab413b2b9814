"""What is written down at the end of a history, read from the gateway's store and the boxes into `books.Books`.

Promise: reading changes nothing. Events are opened with the keys that the gateway holds, as its own conclusions are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from zhendao.gateway.ingest.terminals import HeldTerminal, Terminals
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.conclusions import checks
from zhendao.gateway.tokens.noting import Tokens
from zhendao.gateway.visits.compare import differences
from zhendao.gateway.visits.drawing import LaneFacts, paired, policy_of
from zhendao.gateway.visits.lanes import LaneReader
from zhendao.gateway.visits.moments import between
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.bodies import Check, Undo
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.seal import open_sealed
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.vocabulary import Kind
from zhendao.simulators.world.box import journal as box_journal
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.house.store import HouseStore
from zhendao.simulators.world.invariants.books import Books, Fact, Found, Side, Standing, Visited

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from zhendao.gateway.assembly import Manner
    from zhendao.gateway.store.sealing import StoreKey
    from zhendao.gateway.tokens.proving import Prover
    from zhendao.gateway.visits.pairing import Pair
    from zhendao.simulators.world.box.box import Box

_FACTS = """
    SELECT device, epoch, seq, h, prev, start, kind, boot_id, mono_ns, wall_ms, clock_source, bound_ms, received_ms,
        suite, sealed
    FROM events ORDER BY id
"""
_COLUMNS = (
    "epoch", "seq", "head", "prev", "start", "kind", "boot_id", "mono_ns", "wall_ms", "clock_source", "bound_ms",
    "received_ms",
)  # fmt: skip
_FACT_COLUMNS = 1 + len(_COLUMNS)
_FINDINGS = "SELECT device, epoch, seq, kind, subject, found_ms, healed_ms FROM findings ORDER BY id"
_VISITS = "SELECT id, device, state, revision, digest, record FROM visits ORDER BY device, epoch, seq, id"
_OWED = "SELECT record_type, key, revision FROM outbox ORDER BY id"
_UNANSWERED = """
    SELECT count(*) FROM outbox WHERE id > coalesce((SELECT min(settled_id) FROM outbox_progress), 0)
    AND id NOT IN (SELECT outbox_id FROM outbox_answer)
"""
_REFUSED = "SELECT count(*) FROM outbox_answer WHERE state = 'dead'"
_CHAINS = "SELECT device, epoch, first, last FROM segments ORDER BY id"
_GAPS = "SELECT device, epoch, first, last FROM gaps WHERE healed_ms IS NULL ORDER BY id"


class Bookkeeper:
    """Reads the books of one world. ``numbers``: of each device in the story, in their order."""

    def __init__(
        self,
        database: HouseStore,
        store_key: StoreKey,
        manner: Manner,
        prover: Prover,
        numbers: Mapping[bytes, int],
        start_ms: int,
    ) -> None:
        self._database, self._store_key, self._table = database, store_key, manner.visits
        self._tokens = Tokens(store_key, prover, manner.tokens, manner.visits.clock_s * 1000)
        self._numbers, self._start_ms = numbers, start_ms

    def read(self, ended_ns: int, boxes: Iterable[Box]) -> Books:
        """Return everything as it stands at ``ended_ns``."""
        query = self._database.query
        again = HouseStore(Chance(0, "replay"))
        now_ms = self._start_ms + ended_ns // 1_000_000
        with self._database.store.reading() as connection:
            replay(connection, again.store, self._store_key, self._table, now_ms, tokens=self._tokens)
            with again.store.reading() as replayed:
                different = differences(connection, replayed, self._store_key, now_ms)
        replayed_visits = tuple(self._visits(again, rests_on=False))
        again.end()
        return Books(
            ended_ns=ended_ns,
            started_ms=self._start_ms,
            facts=tuple(self._facts()),
            findings=tuple(Found(self._numbers.get(row[0]), *row[1:]) for row in query(_FINDINGS)),
            visits=tuple(self._visits(self._database)),
            owed=tuple((row[0], row[1], row[2]) for row in query(_OWED)),
            unanswered=query(_UNANSWERED)[0][0],
            refused=query(_REFUSED)[0][0],
            chains=tuple((self._numbers.get(row[0], -1), row[1], row[2], row[3]) for row in query(_CHAINS)),
            open_gaps=tuple((self._numbers.get(row[0], -1), row[1], row[2], row[3]) for row in query(_GAPS)),
            boxes=tuple(_standing(box) for box in boxes),
            replayed=replayed_visits,
            differs=tuple(str(one) for one in different if one.table != "visits"),
            devices=tuple(self._numbers),
        )

    def _facts(self) -> Iterable[Fact]:
        terminals = Terminals(self._store_key)
        with self._database.store.reading() as connection:
            for row in self._database.query(_FACTS):
                event = None
                if row[6] in {Kind.CHECK, Kind.UNDO}:
                    event = _open(row, terminals.get(connection, row[0]))
                yield self._fact(row, event)

    def _fact(self, row: Sequence[Any], event: Event | None) -> Fact:
        body = event.body if event is not None else None
        uid = body.caregiver.uid if isinstance(body, Check | Undo) else None
        target = body.target if isinstance(body, Undo) else None
        columns = dict(zip(_COLUMNS, row[1:_FACT_COLUMNS], strict=True))
        return Fact(terminal=self._numbers.get(row[0], -1), **columns, uid=uid, target=target)

    # -- visits

    def _visits(self, database: HouseStore, *, rests_on: bool = True) -> Iterable[Visited]:
        """Yield the visits; ``rests_on``: with the checks that they rest on, and their length."""
        pairs: dict[bytes, Pair] = {}
        if rests_on:
            with database.store.reading() as connection:
                pairs = {one.visit_id: one for one in self._pairs(connection)}
        for visit_id, device, state, revision, digest, record in database.query(_VISITS):
            yield self._visited(visit_id, device, state, revision, digest, json.loads(record), pairs.get(visit_id))

    def _pairs(self, connection: Connection) -> Iterable[Pair]:
        terminals, table = Terminals(self._store_key), self._table
        policy, registry = policy_of(table), Current(self._store_key).at(connection)
        lanes = select(checks.c.device, checks.c.lane).distinct().order_by(checks.c.device, checks.c.lane)
        for device, lane in connection.execute(lanes).all():
            reader = LaneReader(connection, terminals.get(connection, device), {}, table.clock_s * 1000)
            stretch = reader.read(lane, None)
            yield from paired(LaneFacts(stretch.checks, stretch.undone, ()), registry, policy)

    def _visited(
        self,
        visit_id: bytes,
        device: bytes,
        state: str,
        revision: int,
        digest: bytes,
        record: Mapping[str, Any],
        rests: Pair | None,
    ) -> Visited:
        span = None
        if rests is not None and rests.last is not None:
            span = between(rests.first.moment, rests.last.moment)
        return Visited(
            visit_id=visit_id,
            terminal=self._numbers.get(device, -1),
            state=state,
            revision=revision,
            flags=frozenset(one["flag"] for one in record["flags"]),
            uid=rests.first.body.caregiver.uid if rests is not None else None,
            begin=_side(record.get("in")),
            end=_side(record.get("out")),
            duration_ms=span.ms if span is not None else None,
            duration_bound_ms=span.bound_ms if span is not None else None,
            doubled=tuple((one.epoch, one.seq) for one in (*rests.doubled, *rests.rechecks))
            if rests is not None
            else (),
            digest=digest,
        )


def _side(said: Mapping[str, Any] | None) -> Side | None:
    if said is None:
        return None
    return Side(bytes.fromhex(said["epoch"]), said["seq"], said["at_ms"], said["bound_ms"], said["method"])


def _open(row: Sequence[Any], terminal: HeldTerminal) -> Event | None:
    """Return the event of a row, opened with the keys of its start; None where they do not open it."""
    _, epoch, seq, _, _, start = row[:6]
    suite, sealed = row[_FACT_COLUMNS:]
    for one in terminal.starts_at(epoch, start):
        try:
            plaintext, _ = open_sealed(suite_by_id(suite), one.keys, seq, sealed)
            return decode_event(plaintext)
        except ProtocolError:
            continue  # of a clone's start with the same number
    return None


def _standing(box: Box) -> Standing:
    facts = box.facts()
    return Standing(
        box=box.name,
        terminal=box.number,
        alive=box.alive,
        connected=bool(facts.get("linked")),
        unacknowledged=int(facts.get("unacknowledged", 0)),
        held=box_journal.held(box.hardware.disk),
        settled=box_journal.settled(box.hardware.disk),
    )
