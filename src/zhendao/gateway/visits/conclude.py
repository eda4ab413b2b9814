"""Conclusions: which lanes a group touched, their visits anew, and what is owed; in the transaction of their facts.

The lanes of a backlog wait (`undrawn`) until there is time. Promise: a late, redated or undone check re-opens exactly
the visits that it touches; a revision is made only when the content changed; the visit and what the platform is owed
of it become true in one commit (promise 4).
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from itertools import chain
from typing import Final

from sqlalchemy import Connection, func, select

from zhendao.gateway.config import VisitsTable
from zhendao.gateway.forward.outbox import Owed, enqueue_many
from zhendao.gateway.ingest.session import Session, Stored
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.conclusions import checks, visits
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.noting import Tokens
from zhendao.gateway.visits import places, rated
from zhendao.gateway.visits.beside import Basis, Beside, Nobody
from zhendao.gateway.visits.blocked import Blocklist
from zhendao.gateway.visits.drawing import Policy, policy_of
from zhendao.gateway.visits.lanes import LaneReader, Position
from zhendao.gateway.visits.recent import Identity, Recent
from zhendao.gateway.visits.redrawn import Lane, Redrawn
from zhendao.gateway.visits.rejudging import Rejudging
from zhendao.gateway.visits.revisions import Revisions
from zhendao.gateway.visits.times import Times
from zhendao.gateway.visits.tokens import Least
from zhendao.gateway.visits.undrawn import Touched, Undrawn, touch
from zhendao.protocol.bodies import Check, Undo
from zhendao.protocol.event import Event
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.vocabulary import Kind

FORWARDED: Final = frozenset(
    {
        Kind.CHECK, Kind.TAP, Kind.UNDO, Kind.RATING, Kind.MEAL,
        Kind.SOS, Kind.DURESS, Kind.INCIDENT, Kind.HEARD, Kind.SENSOR, Kind.TAMPER,
    }
)  # fmt: skip
"""Kinds of event that the platform is owed; the others are about the terminal itself."""

SLICE: Final = 100
"""So many open visits that last too long are judged in one transaction; ingest has its turn in between."""

CACHED_LANES: Final = 4096

BACKLOG: Final = 32
"""A message with more events than this is a backlog: it is taken in first, and judged when there is time."""


_EARLIEST: Final = Prepared(select(func.min(visits.c.due_ms)))


class Conclusions:
    """Draws conclusions; used by the ingest thread."""

    def __init__(
        self,
        store_key: StoreKey,
        terminals: Terminals,
        registry: Current,
        table: VisitsTable,
        *,
        forward: bool,
        backlog: int = BACKLOG,
        tokens: Tokens | None = None,
        least: Least | None = None,
        policy: Policy | None = None,
        beside: Beside | None = None,
        settings: bytes = b"",
    ) -> None:
        """Take the thresholds from ``table``; without ``forward`` nothing is owed to anybody.

        Without ``tokens`` a token is what its terminal says; ``least``: what they must prove, where roles differ;
        ``policy``: all that visits are judged by, in the stead of both. What comes in messages of more than
        ``backlog`` events is drawn by `redraw`, when there is time. ``beside``: what people corrected.
        ``settings``: the digest of all that is judged by (`judging.measures`); where it is another one than before,
        visits are judged again.
        """
        self._store_key = store_key
        self._terminals = terminals
        self._registry = registry
        self._forward, self._backlog, self._tokens = forward, backlog, tokens
        self._beside = beside or Nobody()
        self._clock_ms = table.clock_s * 1000
        self._policy = policy or policy_of(table, least)
        self._lane = lru_cache(CACHED_LANES)(partial(store_key.find_by, b"lane"))
        self._undrawn, self._recent, self._blocked = Undrawn(), Recent(), Blocklist()
        self._times = Times(terminals, self._reader, self._clock_ms)
        self._anew = Rejudging(settings)

    def due(self, connection: Connection) -> int | None:
        """Tell when (UTC ms) an open visit has lasted too long; 0 where lanes wait, or are to be judged again."""
        if self._anew.is_due(connection) or self._undrawn.waits(connection):
            return 0
        earliest: int | None = _EARLIEST.scalar(connection)
        return earliest

    def again(self, connection: Connection, visit_id: bytes) -> None:
        """Have the visit ``visit_id`` (16 bytes), which people corrected, drawn again by the next `redraw`."""
        query = select(visits.c.device, visits.c.lane, visits.c.epoch, visits.c.seq).where(visits.c.id == visit_id)
        for device, lane, epoch, seq in connection.execute(query).all():
            self._undrawn.put(connection, {(device, lane): Position(epoch, seq)})

    def forget(self) -> None:
        """Read again what stands in the store: a transaction failed."""
        self._anew.forget()
        self._undrawn.forget()

    def draw(self, session: Session) -> int:
        """Draw what follows from the new facts of ``session`` and from the time; return how many visits changed."""
        connection = session.connection
        registry = self._registry.at(connection)
        fresh = {
            (one.received.batch.device, one.received.batch.epoch, one.new.seq, one.new.h): one.new.event
            for one in session.stored
            if one.new.event is not None
        }
        touched: Touched = {}
        proved = self._tokens.prove(session) if self._tokens is not None else []
        self._note_checks(connection, session.stored, Tokens.evidence(proved), touched)
        if self._tokens is not None and proved:
            self._tokens.note(session, proved, touched)
        self._times.note(session, fresh, touched)
        rated.note(session, touched)
        places.note(session, fresh.values())
        late = self._undrawn.of(connection, touched)
        if any(len(one.received.batch.items) > self._backlog for one in session.stored):
            late = touched
        self._undrawn.put(connection, {lane: touched[lane] for lane in late})
        now = {lane: at for lane, at in touched.items() if lane not in late}
        return self._conclude(session, registry, fresh, now)

    def redraw(self, session: Session) -> int:
        """Draw again what time or changed measures ask for: one slice of it; return how many visits changed.

        Ingest goes on between slices. Each lane is judged whole, so a slice that is drawn twice changes nothing.
        """
        connection = session.connection
        touched: Touched = {}
        late = select(visits.c.device, visits.c.lane, visits.c.epoch, visits.c.seq)
        for row in connection.execute(
            late.where(visits.c.due_ms <= session.now_ms).order_by(visits.c.due_ms, visits.c.id).limit(SLICE)
        ):
            touch(touched, row.device, row.lane, Position(row.epoch, row.seq))
        for (device, lane), at in self._undrawn.take(connection).items():
            touch(touched, device, lane, at)
        if self._anew.is_due(connection):
            for (device, lane), at in self._anew.take(connection, session.now_ms).items():
                touch(touched, device, lane, at)
        return self._conclude(session, self._registry.at(connection), {}, touched)

    def _conclude(self, session: Session, registry: Registry, fresh: dict[Identity, Event], touched: Touched) -> int:
        """Pair and judge the touched lanes anew, and write what changed and what is owed of it."""
        connection, revisions = session.connection, Revisions(session.now_ms)
        redrawn = Redrawn(
            connection,
            Basis(registry, self._policy),
            self._blocked.at(connection),
            self._beside,
            revisions,
            lambda device: self._reader(connection, device, fresh),
            anew=not fresh,
        )
        for (device, lane), position in touched.items():
            redrawn.lane(Lane(device, lane, position))
        redrawn.across()
        changed = revisions.write(connection)
        self._beside.drawn(connection)
        if self._forward:
            owed = chain(self._owed_events(session), revisions.owed)
            enqueue_many(connection, self._store_key, owed, session.now_ms)
        return changed

    def _note_checks(
        self, connection: Connection, stored: Iterable[Stored], evidence: Mapping[Identity, str], touched: Touched
    ) -> None:
        """Enter new checks and undos in the table by which lanes are found."""
        rows = []
        for one in stored:
            event = one.new.event
            if event is None or not isinstance(event.body, Check | Undo):
                continue
            lane = self._lane(event.device, event.body.caregiver.uid)
            identity = (event.device, event.epoch, event.seq, one.new.h)
            rows.append((*identity, event.kind, lane, event.boot_id, evidence.get(identity)))
            # An undo counts in the lane of its own card only: nobody takes back another's check.
            seq = min(event.seq, event.body.target) if isinstance(event.body, Undo) else event.seq
            touch(touched, event.device, lane, Position(event.epoch, seq))
        insert_rows(connection, checks, rows, "device", "epoch", "seq", "h", "kind", "lane", "boot_id", "evidence")

    def _reader(self, connection: Connection, device: bytes, fresh: Mapping[Identity, Event]) -> LaneReader:
        return LaneReader(connection, self._terminals.get(connection, device), fresh, self._clock_ms, self._recent)

    def _owed_events(self, session: Session) -> Iterable[Owed]:
        for one in session.stored:
            event = one.new.event
            if event is not None and event.kind in FORWARDED:
                h = one.new.h.hex()
                key = f"{event.device.hex()}/{event.epoch.hex()}/{event.seq}/{h}"
                yield Owed("event", key, 1, {**event_to_json(event), "h": h, "received_ms": one.received_ms})
