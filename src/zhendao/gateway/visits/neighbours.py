"""The trusted times around an event in the terminal's journal, from other boots: what bounds it where its own is mute.

They are found by the columns beside the sealed bytes; nothing is opened. A boot with a trusted time that contradicts
the one before it, or that came before it can have been, is in dispute: a finding for a person, and the bound of each
of its checks holds what both say. Of two it is the later one, since time does not run back.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from zhendao.gateway.ingest.classify import fork_at
from zhendao.gateway.ingest.epochs import Finding, StartFact
from zhendao.gateway.ingest.findings import clock_disputed, clock_stepped
from zhendao.gateway.ingest.terminals import HeldTerminal
from zhendao.gateway.store.conclusions import checks
from zhendao.gateway.store.facts import ANCHORS, UNDATED, events, starts
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.divided import apart_ms
from zhendao.gateway.visits.forked import Forked, Found
from zhendao.gateway.visits.moments import SAME_MS, Anchor, too_early_ms
from zhendao.protocol.event import Event

Place = tuple[bytes, bytes, int]
"""Lane, epoch and seq of a check."""


class Judged(NamedTuple):
    """How a boot stands in one journal: in dispute where there is a finding."""

    epoch: bytes
    boot_id: bytes
    finding: Finding | None


_HERE: Final = (events.c.device == bindparam("device"), events.c.epoch == bindparam("epoch"))
_OTHERS: Final = (
    select(events.c.mono_ns, events.c.wall_ms, events.c.bound_ms, events.c.boot_id, events.c.epoch, events.c.seq)
    .where(*_HERE, events.c.boot_id != bindparam("but"), ANCHORS)
    .limit(1)
)
_BEFORE: Final = Prepared(_OTHERS.where(events.c.seq < bindparam("seq")).order_by(events.c.seq.desc()))
_AFTER: Final = Prepared(_OTHERS.where(events.c.seq > bindparam("seq")).order_by(events.c.seq))

_OWN: Final = (
    select(events.c.seq, events.c.mono_ns, events.c.wall_ms, events.c.bound_ms, events.c.received_ms)
    .where(*_HERE, events.c.boot_id == bindparam("boot_id"), ANCHORS)
    .order_by(events.c.seq, events.c.h)
)
# A boot may have thousands: the store passes over all that can neither be ahead nor contradict.
_AHEAD_BY: Final = events.c.wall_ms - events.c.bound_ms - events.c.received_ms > bindparam("clock_ms")
_BEGAN_MS: Final = events.c.wall_ms + events.c.bound_ms - events.c.mono_ns // 10**6
_AHEAD: Final = Prepared(_OWN.where(_AHEAD_BY))
_ODD: Final = Prepared(_OWN.where(or_(_AHEAD_BY, bindparam("least_ms") >= _BEGAN_MS)))

_SINCE_MS: Final = (events.c.mono_ns - bindparam("mono_ns")) / 10**6
_CONTRARY: Final = Prepared(
    # Drift is left to whoever compares: the store passes over all that agree without it.
    select(events.c.epoch, events.c.seq, events.c.mono_ns, events.c.wall_ms, events.c.bound_ms).where(
        events.c.device == bindparam("device"),
        events.c.boot_id == bindparam("boot_id"),
        ANCHORS,
        func.abs(events.c.wall_ms - bindparam("wall_ms") - _SINCE_MS) >= events.c.bound_ms + bindparam("most_ms"),
    )
)

_NAMES: Final = ("device", "epoch", "seq", "h")
_UNDATED: Final = (
    select(*(events.c[name] for name in _NAMES))
    .where(*_HERE, events.c.seq > bindparam("first"), events.c.seq < bindparam("last"), UNDATED)
    .subquery()
)
_UNDATED_CHECKS: Final = Prepared(
    select(checks.c.lane, _UNDATED.c.epoch, _UNDATED.c.seq).join(
        checks, and_(*(checks.c[name] == _UNDATED.c[name] for name in _NAMES))
    )
)
_CHECKS_OF: Final = Prepared(
    select(checks.c.lane, checks.c.epoch, checks.c.seq).where(
        checks.c.device == bindparam("device"), checks.c.boot_id == bindparam("boot_id")
    )
)
_BOOTS: Final = Prepared(
    select(checks.c.boot_id)
    .where(
        checks.c.device == bindparam("device"),
        checks.c.epoch == bindparam("epoch"),
        checks.c.seq > bindparam("first"),
        checks.c.seq < bindparam("last"),
    )
    .distinct()
)
_HEAD: Final = Prepared(
    select(starts.c.previous_head).where(
        starts.c.device == bindparam("device"), starts.c.epoch == bindparam("epoch"), starts.c.h == bindparam("h")
    )
)
_END: Final = 2**63 - 1


class Neighbours:
    """Asks the store for one terminal; remembers for each boot."""

    def __init__(self, connection: Connection, terminal: HeldTerminal) -> None:
        self._connection = connection
        self._terminal = terminal
        self._known: dict[tuple[bytes, bytes, int], tuple[Found | None, Found | None]] = {}
        self._journals: dict[bytes, Forked | None] = {}

    def of(self, event: Event) -> tuple[Found | None, Found | None]:
        """Return the nearest trusted times of an earlier and of a later boot, with their places.

        Boots follow one another in a journal, so all events of one boot have the same neighbours; but where a journal
        has two histories, what follows an event before the fork need not follow one behind it.
        """
        return self._of(event.epoch, event.boot_id, event.seq)

    def _of(self, epoch: bytes, boot_id: bytes, seq: int) -> tuple[Found | None, Found | None]:
        forked = self._forked(epoch)
        key = (epoch, boot_id, 0 if forked is None else seq)
        if key not in self._known:
            if forked is not None:
                before, after = forked.before(seq, boot_id), forked.after(seq, boot_id)
            else:
                before, after = (self._first(side, epoch, seq, boot_id) for side in (_BEFORE, _AFTER))
            self._known[key] = (before or self._of_journal_before(epoch, boot_id), after)
        return self._known[key]

    def dispute(self, clock: Event, clock_ms: int) -> list[Judged]:
        """Return how each boot stands now that a new trusted time may have changed.

        ``clock_ms``: how far the gateway's own clock may be off.
        """
        forked = self._forked(clock.epoch)
        if forked is not None:
            judged = self._judge_all(clock.epoch, forked, clock_ms)
            for epoch in self._journals_after(clock.epoch):
                judged += self.dispute_of_first(epoch, clock_ms)
            return judged
        before, after = self.of(clock)
        judged = [self._judge(clock.epoch, clock.boot_id, before, clock_ms)]
        if after is not None:
            own = self._first(_BEFORE, clock.epoch, after.seq, after.boot_id)
            judged.append(self._judge(clock.epoch, after.boot_id, own, clock_ms))
        else:
            for epoch in self._journals_after(clock.epoch):
                judged += self.dispute_of_first(epoch, clock_ms)
        return judged

    def contradicted(self, clock: Event) -> list[Finding]:
        """Return a finding for each journal of the boot of ``clock``, a trusted time, that has a part in it.

        That is its own, and where the times stand that contradict it.
        """
        here = Anchor(clock.mono_ns, clock.wall_ms, clock.clock_bound_ms or 0)
        rows = _CONTRARY.all(
            self._connection, device=self._terminal.device, boot_id=clock.boot_id,
            mono_ns=here.mono_ns, wall_ms=here.wall_ms, most_ms=here.bound_ms + SAME_MS - 1,
        )  # fmt: skip
        found: dict[bytes, Finding] = {}
        for epoch, seq, *told in sorted(rows):
            if by_ms := apart_ms(Anchor(*told), here):
                found.setdefault(epoch, clock_stepped(epoch, seq, clock.boot_id, by_ms))
                found[clock.epoch] = clock_stepped(clock.epoch, clock.seq, clock.boot_id, by_ms)
        return list(found.values())

    def dispute_of_first(self, epoch: bytes, clock_ms: int) -> list[Judged]:
        """Return how the first boot of a journal stands, which is held against the journal before."""
        forked = self._forked(epoch)
        if forked is not None:
            return self._judge_all(epoch, forked, clock_ms)
        first = self._first(_AFTER, epoch, 0, b"")
        if first is None:
            return []
        return [self._judge(epoch, first.boot_id, self._of_journal_before(epoch, first.boot_id), clock_ms)]

    def bounded_by(self, clocks: Sequence[Event]) -> list[Place]:
        """Return the checks that ``clocks``, which are of one epoch, may bound.

        Those without a trusted time that lie next to them, and those of boots in doubt whose neighbours they are.
        """
        epoch = clocks[0].epoch
        around = [self.of(event) for event in clocks]
        first = min(before.seq if before is not None and before.epoch == epoch else 0 for before, _ in around)
        ends = [after.seq for _, after in around if after is not None]
        whole = self._forked(epoch) is not None
        last = max(ends) if len(ends) == len(around) else _END
        spans = [(epoch, 0, _END) if whole else (epoch, first, last)]
        spans += [(later, 0, _END) for later in self._journals_after(epoch)]
        beside = {one.boot_id for both in around for one in both if one is not None}
        places = {place for span in spans for place in self._undated(*span)}
        return sorted(places | self._in_doubt(clocks, beside, spans))

    def _in_doubt(
        self, clocks: Sequence[Event], beside: set[bytes], spans: Sequence[tuple[bytes, int, int]]
    ) -> set[Place]:
        """Return the checks of boots in doubt that have one of ``clocks`` next to them: a window bounds these too."""
        divided, disputed, device = self._terminal.divided, self._terminal.disputed, self._terminal.device
        if not divided and not disputed:
            return set()
        for epoch, first, last in spans:
            rows = _BOOTS.all(self._connection, device=device, epoch=epoch, first=first, last=last)
            beside = beside | {boot_id for (boot_id,) in rows}
        told = {(event.epoch, event.boot_id, event.seq) for event in clocks}
        return {
            (lane, epoch, seq)
            for boot_id in beside
            if boot_id in divided or boot_id in disputed
            for lane, epoch, seq in _CHECKS_OF.all(self._connection, device=device, boot_id=boot_id)
            if any(one and (one.epoch, one.boot_id, one.seq) in told for one in self._of(epoch, boot_id, seq))
        }

    def _undated(self, epoch: bytes, first: int, last: int) -> list[Place]:
        device = self._terminal.device
        rows = _UNDATED_CHECKS.all(self._connection, device=device, epoch=epoch, first=first, last=last)
        return [(lane, of, seq) for lane, of, seq in rows]

    def _judge_all(self, epoch: bytes, forked: Forked, clock_ms: int) -> list[Judged]:
        """Judge every boot of a journal with several histories: that is seldom, and any of them may be touched."""
        return [
            self._judge(
                epoch, boot_id, forked.before(seq, boot_id) or self._of_journal_before(epoch, boot_id), clock_ms
            )
            for boot_id, seq in forked.boots()
        ]

    def _forked(self, epoch: bytes) -> Forked | None:
        if epoch not in self._journals:
            fork = fork_at(self._terminal.segments.get(epoch, ()))
            device = self._terminal.device
            self._journals[epoch] = None if fork is None else Forked(self._connection, device, epoch, fork)
        return self._journals[epoch]

    def _judge(self, epoch: bytes, boot_id: bytes, before: Found | None, clock_ms: int) -> Judged:
        here = {"device": self._terminal.device, "epoch": epoch, "boot_id": boot_id, "clock_ms": clock_ms}
        if before is None:
            rows = _AHEAD.all(self._connection, **here)
        else:
            rows = _ODD.all(self._connection, **here, least_ms=before.anchor.wall_ms - before.anchor.bound_ms)
        for seq, mono_ns, wall_ms, bound_ms, received_ms in rows:
            ahead_ms = wall_ms - bound_ms - received_ms - clock_ms
            if ahead_ms > 0:
                return Judged(epoch, boot_id, clock_disputed(epoch, seq, boot_id, ahead_ms))
            early_ms = 0 if before is None else too_early_ms(before.anchor, Anchor(mono_ns, wall_ms, bound_ms))
            if early_ms > 0:
                return Judged(epoch, boot_id, clock_disputed(epoch, seq, boot_id, -early_ms))
        return Judged(epoch, boot_id, None)

    def _journals_after(self, epoch: bytes) -> Iterable[bytes]:
        """Return the journals that name ``epoch`` as the one before."""
        return sorted({one.fact.epoch for one in self._terminal.starts if one.fact.previous_epoch == epoch} - {epoch})

    def _of_journal_before(self, epoch: bytes, but: bytes) -> Found | None:
        """Return the last trusted time of the journal that this one names as the one before, up to the head named.

        A boot may have gone on from one journal to the next: its own times do not bound it, they date it.
        """
        for one in self._terminal.starts:
            fact = one.fact
            before = fact.previous_epoch
            if fact.epoch == epoch and fact.start == 1 and before is not None and before != epoch:
                knew = fact.previous_seq or 0
                forked = self._forked(before)
                if forked is None:
                    return self._first(_BEFORE, before, knew + 1, but)
                return forked.up_to(knew, self._head_known(fact), but)
        return None

    def _head_known(self, fact: StartFact) -> bytes | None:
        """Return the head of the journal before, as the `boot` event of ``fact`` names it."""
        device = self._terminal.device
        head: bytes | None = _HEAD.scalar(self._connection, device=device, epoch=fact.epoch, h=fact.h)
        return head

    def _first(self, of: Prepared, epoch: bytes, seq: int, but: bytes) -> Found | None:
        row = of.first(self._connection, device=self._terminal.device, epoch=epoch, seq=seq, but=but)
        return None if row is None else Found(Anchor(*row[:3]), *row[3:])
