"""The trusted times around an event in the terminal's journal, from other boots: what bounds it where its own is mute.

They are found by the columns beside the sealed bytes; nothing is opened. A boot with a trusted time that contradicts
the one before it, or that came before it can have been, is in dispute: a finding for a person, and the bound of each
of its checks holds what both say. Of two it is the later one, since time does not run back.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, and_, bindparam, or_, select

from zhendao.gateway.ingest.epochs import Finding
from zhendao.gateway.ingest.findings import clock_disputed
from zhendao.gateway.ingest.terminals import HeldTerminal
from zhendao.gateway.store.conclusions import checks
from zhendao.gateway.store.facts import ANCHORS, UNDATED, events
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.moments import Anchor, contradict
from zhendao.protocol.event import Event

Found = tuple[Anchor, bytes, int]
"""A trusted time with boot and seq."""
Place = tuple[bytes, bytes, int]
"""Lane, epoch and seq of a check."""


_OTHERS: Final = (
    select(events.c.seq, events.c.boot_id, events.c.mono_ns, events.c.wall_ms, events.c.bound_ms)
    .where(
        events.c.device == bindparam("device"),
        events.c.epoch == bindparam("epoch"),
        events.c.boot_id != bindparam("but"),
        ANCHORS,
    )
    .limit(1)
)
_BEFORE: Final = Prepared(_OTHERS.where(events.c.seq < bindparam("seq")).order_by(events.c.seq.desc()))
_AFTER: Final = Prepared(_OTHERS.where(events.c.seq > bindparam("seq")).order_by(events.c.seq))


class Neighbours:
    """Asks the store for one terminal; remembers for each boot."""

    def __init__(self, connection: Connection, terminal: HeldTerminal) -> None:
        self._connection = connection
        self._terminal = terminal
        self._known: dict[tuple[bytes, bytes], tuple[Found | None, Found | None]] = {}

    def of(self, event: Event) -> tuple[Found | None, Found | None]:
        """Return the nearest trusted times of an earlier and of a later boot, with their places.

        Boots follow one another in a journal, so all events of one boot have the same neighbours.
        """
        key = (event.epoch, event.boot_id)
        if key not in self._known:
            before = self._first(_BEFORE, event.epoch, event.seq, event.boot_id)
            after = self._first(_AFTER, event.epoch, event.seq, event.boot_id)
            self._known[key] = (before or self._of_journal_before(event.epoch), after)
        return self._known[key]

    def dispute(self, clock: Event, clock_ms: int) -> list[tuple[bytes, Finding | None]]:
        """Return each boot whose standing a new trusted time may change, with its finding, None if it has none.

        ``clock_ms``: how far the gateway's own clock may be off.
        """
        before, after = self.of(clock)
        boots = [(clock.boot_id, before)]
        if after is not None:
            own = self._first(_BEFORE, clock.epoch, after[2], after[1])
            boots.append((after[1], own))
        return [(boot_id, self._judge(clock.epoch, boot_id, held, clock_ms)) for boot_id, held in boots]

    def undated_beside(self, clocks: Sequence[Event]) -> list[Place]:
        """Return the checks without a trusted time that lie next to ``clocks``, which are of one epoch."""
        epoch = clocks[0].epoch
        around = [self.of(event) for event in clocks]
        first = min(before[2] if before is not None else 0 for before, _ in around)
        within = and_(events.c.epoch == epoch, events.c.seq > first)
        ends = [after[2] for _, after in around if after is not None]
        if len(ends) == len(around):
            within = and_(within, events.c.seq < max(ends))
        later = {one.fact.epoch for one in self._terminal.starts if one.fact.previous_epoch == epoch}
        columns = (events.c.device, events.c.epoch, events.c.seq, events.c.h)
        undated = (
            select(*columns)
            .where(events.c.device == self._terminal.device, UNDATED, or_(within, events.c.epoch.in_(later - {epoch})))
            .subquery()
        )
        query = select(checks.c.lane, undated.c.epoch, undated.c.seq).join(
            checks, and_(*(checks.c[column.name] == undated.c[column.name] for column in columns))
        )
        return sorted((row.lane, row.epoch, row.seq) for row in self._connection.execute(query))

    def _judge(self, epoch: bytes, boot_id: bytes, before: Found | None, clock_ms: int) -> Finding | None:
        here = (events.c.device == self._terminal.device, events.c.boot_id == boot_id, events.c.epoch == epoch)
        query = select(events.c.seq, events.c.mono_ns, events.c.wall_ms, events.c.bound_ms, events.c.received_ms)
        # A boot may have thousands: the store passes over all that can neither be ahead nor contradict.
        odd = events.c.wall_ms - events.c.bound_ms - events.c.received_ms > clock_ms
        if before is not None:
            began_ms = events.c.wall_ms + events.c.bound_ms - events.c.mono_ns // 10**6
            odd = or_(odd, began_ms <= before[0].wall_ms - before[0].bound_ms)
        for row in self._connection.execute(query.where(*here, ANCHORS, odd).order_by(events.c.seq, events.c.h)):
            own = Anchor(row.mono_ns, row.wall_ms, row.bound_ms)
            ahead_ms = own.wall_ms - own.bound_ms - row.received_ms - clock_ms
            if ahead_ms > 0:
                return clock_disputed(epoch, row.seq, boot_id, ahead_ms)
            if before is not None and contradict(before[0], own):
                return clock_disputed(epoch, row.seq, boot_id, own.wall_ms - before[0].wall_ms)
        return None

    def _of_journal_before(self, epoch: bytes) -> Found | None:
        """Return the last trusted time of the journal that this one names as the one before, up to the head named."""
        for one in self._terminal.starts:
            fact = one.fact
            if fact.epoch == epoch and fact.start == 1 and fact.previous_epoch not in (None, epoch):
                # Every boot of that journal is another one than those of this.
                return self._first(_BEFORE, fact.previous_epoch, (fact.previous_seq or 0) + 1, b"")
        return None

    def _first(self, of: Prepared, epoch: bytes | None, seq: int, but: bytes) -> Found | None:
        row = of.first(self._connection, device=self._terminal.device, epoch=epoch, seq=seq, but=but)
        if row is None:
            return None
        at, boot_id, mono_ns, wall_ms, bound_ms = row
        return Anchor(mono_ns, wall_ms, bound_ms), boot_id, at
