"""A lane: the checks of one caregiver's card at one terminal, read from the store as far back as needed.

The card's number is found by a keyed hash (rule: PIPL); events are opened with the keys of their starts, and what the
running transaction has just taken is not read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Select, Table, and_, bindparam, exists, func, or_, select

from zhendao.gateway.ingest.epochs import epoch_order
from zhendao.gateway.ingest.terminals import HeldTerminal, opened
from zhendao.gateway.store.conclusions import checks, loose, visits
from zhendao.gateway.store.facts import UNDATED, events
from zhendao.gateway.store.prepared import Prepared, Values
from zhendao.gateway.visits.divided import changed_by
from zhendao.gateway.visits.moments import (
    Anchor,
    Moment,
    Redating,
    Window,
    dated,
    told_time,
    well_dated,
    window_of,
)
from zhendao.gateway.visits.neighbours import Neighbours
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.gateway.visits.recent import Identity, Recent
from zhendao.gateway.visits.revisions import LooseEnd, Standing
from zhendao.protocol.bodies import Check, Undo
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource, Kind

SEALED: Final = (events.c.epoch, events.c.seq, events.c.h, events.c.start, events.c.suite, events.c.sealed)
"""What `LaneReader` needs to open an event, in the order in which it takes it."""


class _Stretched(NamedTuple):
    """A query over a lane: all of it, or one epoch of it from a place on, or up to another place."""

    whole: Prepared
    rest: Prepared
    part: Prepared


def _stretched(query: Select[*tuple[Any, ...]], table: Table) -> _Stretched:
    here = query.where(table.c.device == bindparam("device"), table.c.lane == bindparam("lane"))
    rest = here.where(table.c.epoch == bindparam("epoch"), table.c.seq >= bindparam("seq"))
    return _Stretched(Prepared(here), Prepared(rest), Prepared(rest.where(table.c.seq < bindparam("until"))))


_IDENTITY: Final = ("device", "epoch", "seq", "h")
_HERE: Final = (events.c.device == bindparam("device"), events.c.boot_id == bindparam("boot_id"))

_CHECKS: Final = _stretched(
    select(*SEALED, events.c.received_ms, checks.c.evidence).join(
        checks, and_(*(checks.c[n] == events.c[n] for n in _IDENTITY))
    ),
    checks,
)
_AS_IT_STANDS: Final = select(
    *(visits.c.id, visits.c.revision, visits.c.digest, visits.c.state, visits.c.due_ms),
    *(visits.c.elder_id, visits.c.caregiver_id, visits.c.begin_ms, visits.c.end_ms),
    *(loose.c.caregiver_id, loose.c.elder_id, loose.c.at_ms, loose.c.id, loose.c.joined_to),
).select_from(visits.outerjoin(loose, loose.c.id == visits.c.id))
_STANDING: Final = _stretched(_AS_IT_STANDS, visits)
_STANDING_AS: Final = Prepared(_AS_IT_STANDS.where(visits.c.id == bindparam("visit")))
BEGINS: Final = or_(visits.c.state != "withdrawn", exists().where(loose.c.id == visits.c.id))
"""Where nothing was open in a lane: a visit begins there, or what ends one of another lane."""
_TWO_BEFORE: Final = Prepared(
    select(visits.c.epoch, visits.c.seq)
    .where(
        visits.c.device == bindparam("device"),
        visits.c.lane == bindparam("lane"),
        visits.c.epoch == bindparam("epoch"),
        visits.c.seq < bindparam("seq"),
        BEGINS,
    )
    .order_by(visits.c.seq.desc())
    .limit(2)
)
NEXT: Final = Prepared(
    select(func.min(visits.c.seq)).where(
        visits.c.device == bindparam("device"),
        visits.c.lane == bindparam("lane"),
        visits.c.epoch == bindparam("epoch"),
        visits.c.seq > bindparam("seq"),
        BEGINS,
    )
)
"""Finds the check of a lane at which the next visit begins, in the same epoch."""
_UNDATED: Final = (
    select(*(events.c[n] for n in _IDENTITY), events.c.mono_ns, events.c.clock_source, events.c.bound_ms)
    .where(*_HERE, UNDATED)
    .subquery()
)
_UNDATED_CHECKS: Final = Prepared(
    select(_UNDATED, checks.c.lane).join(checks, and_(*(checks.c[n] == _UNDATED.c[n] for n in _IDENTITY)))
)
_CHECKS_OF_BOOT: Final = Prepared(
    select(checks.c.lane, checks.c.epoch, checks.c.seq).where(
        checks.c.device == bindparam("device"), checks.c.boot_id == bindparam("boot_id")
    )
)
_OWN_TIMES_OF_BOOT: Final = Prepared(
    select(events.c.mono_ns, events.c.wall_ms, events.c.bound_ms)
    .join(checks, and_(*(checks.c[n] == events.c[n] for n in _IDENTITY)))
    .where(*_HERE, events.c.clock_source != ClockSource.UNSET, events.c.bound_ms.is_not(None))
)
_CLOCKS_OF_BOOT: Final = Prepared(select(*SEALED, events.c.received_ms).where(*_HERE, events.c.kind == Kind.CLOCK))


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a journal; None in ``since`` means the beginning."""

    epoch: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """The facts of a lane from a position on, in the order of the journal."""

    checks: tuple[CheckFact, ...]
    undone: frozenset[tuple[bytes, int]]


class LaneReader:
    """Reads lanes of one terminal within a transaction; ``fresh`` are events that were just opened."""

    def __init__(
        self,
        connection: Connection,
        terminal: HeldTerminal,
        fresh: Mapping[Identity, Event],
        clock_ms: int,
        recent: Recent | None = None,
    ) -> None:
        """``clock_ms``: how far the gateway's own clock may be off; ``recent``: events opened before."""
        self._recent = recent if recent is not None else Recent()
        self._clock_ms = clock_ms
        self._connection = connection
        self._terminal = terminal
        self._fresh = fresh
        self._order = epoch_order([one.fact for one in terminal.starts])
        self.neighbours = Neighbours(connection, terminal)

    def before(self, one: Position, other: Position) -> bool:
        """Tell whether ``one`` lies before ``other`` in the terminal's journals."""
        return self._rank(one.epoch, one.seq) < self._rank(other.epoch, other.seq)

    def resume_at(self, lane: bytes, touched: Position) -> Position | None:
        """Return from where the lane is to be paired again so that ``touched`` is in it; None: from its beginning.

        Two visits before the touched place began where nothing was open; whatever is older stays as it is.
        """
        found = _TWO_BEFORE.all(
            self._connection, device=self._terminal.device, lane=lane, epoch=touched.epoch, seq=touched.seq
        )
        return Position(*found[1]) if len(found) == 2 else None  # noqa: PLR2004 - the query asks for two

    def _rows(self, of: _Stretched, lane: bytes, start: Position | None, until: int | None = None) -> list[Values]:
        """Return the rows of ``lane`` from ``start`` on; up to the number ``until`` (excluded) of its journal."""
        here = {"device": self._terminal.device, "lane": lane}
        if start is None:
            return of.whole.all(self._connection, **here)
        if until is not None:
            return of.part.all(self._connection, **here, epoch=start.epoch, seq=start.seq, until=until)
        rows = of.rest.all(self._connection, **here, epoch=start.epoch, seq=start.seq)
        later = self._order[self._order.index(start.epoch) + 1 :] if start.epoch in self._order else []
        for epoch in later:
            rows += of.rest.all(self._connection, **here, epoch=epoch, seq=0)
        return rows

    def read(self, lane: bytes, start: Position | None, until: int | None = None) -> Stretch:
        """Return the checks of ``lane`` from ``start`` on, dated, and what was taken back; see `_rows`."""
        rows = sorted(self._rows(_CHECKS, lane, start, until), key=lambda row: (*self._rank(row[0], row[1]), row[2]))
        found = [(row, event) for row in rows if (event := self._event(*row[:6])) is not None]
        undated = {
            event.boot_id for _, event in found if not well_dated(event) or event.boot_id in self._terminal.divided
        }
        anchors = self.anchors(undated) if undated else {}
        facts = tuple(
            CheckFact(
                device=event.device,
                epoch=event.epoch,
                seq=event.seq,
                h=row[2],
                moment=self._moment(event, anchors.get(event.boot_id, ()), row[6]),
                body=event.body,
                received_ms=row[6],
                evidence=None if row[7] is None else orjson.loads(row[7]),
            )
            for row, event in found
            if isinstance(event.body, Check)
        )
        undone = frozenset((event.epoch, event.body.target) for _, event in found if isinstance(event.body, Undo))
        return Stretch(facts, undone)

    def standing(self, lane: bytes, start: Position | None) -> dict[bytes, Standing]:
        """Return the visits of ``lane`` from ``start`` on as the store has them, by their id."""
        return {row[0]: _standing(row) for row in self._rows(_STANDING, lane, start)}

    def _moment(self, event: Event, anchors: Sequence[Anchor], received_ms: int) -> Moment:
        """Date ``event``; its neighbours are asked only where its own boot does not know, or is in dispute."""
        arrived = Window(not_after_ms=received_ms + self._clock_ms)
        divided = event.boot_id in self._terminal.divided
        moment = dated(event, anchors, arrived, doubtful=divided)
        if moment.known and not moment.disputed and event.boot_id not in self._terminal.disputed:
            return moment
        before, after = (one.anchor if one is not None else None for one in self.neighbours.of(event))
        return dated(event, anchors, window_of(event, before, after, received_ms + self._clock_ms), doubtful=divided)

    def moment_of(self, event: Event, received_ms: int) -> Moment:
        """Date an event that is of no lane, by all that is known of its terminal's time."""
        doubt = not well_dated(event) or event.boot_id in self._terminal.divided
        anchors = self.anchors([event.boot_id]).get(event.boot_id, ()) if doubt else ()
        return self._moment(event, anchors, received_ms)

    def others(self, query: Prepared, **where: Any) -> list[tuple[Event, bytes]]:
        """Return the events of this terminal that ``query`` finds, each with its h; its columns are `SEALED`."""
        rows = query.all(self._connection, device=self._terminal.device, **where)
        return [(event, row[2]) for row in rows if (event := self._event(*row)) is not None]

    def redated(self, boot_id: bytes, new: Sequence[Anchor]) -> list[tuple[bytes, Position]]:
        """Return lane and place of each check of a boot that the ``new`` times may date better, or contradict."""
        if boot_id in self._terminal.divided:
            told = self.anchors([boot_id]).get(boot_id, [])
            fresh, before = [one for one in told if one in new], [one for one in told if one not in new]
            own = _OWN_TIMES_OF_BOOT.all(self._connection, device=self._terminal.device, boot_id=boot_id)
            if changed_by(before, (Anchor(*row) for row in own), fresh):
                return self.of_boot(boot_id)
        rows = _UNDATED_CHECKS.all(self._connection, device=self._terminal.device, boot_id=boot_id)
        if not rows:
            return []
        known = [one for one in self.anchors([boot_id]).get(boot_id, ()) if one not in new]
        redating = Redating(known, new)
        return [
            (lane, Position(epoch, seq))
            for _, epoch, seq, _, mono_ns, source, bound_ms, lane in sorted(rows, key=lambda row: row[1:4])
            if redating.touches(mono_ns, None if source == ClockSource.UNSET else bound_ms)
        ]

    def of_boot(self, boot_id: bytes) -> list[tuple[bytes, Position]]:
        """Return lane and place of each check of a boot."""
        rows = _CHECKS_OF_BOOT.all(self._connection, device=self._terminal.device, boot_id=boot_id)
        return [(lane, Position(epoch, seq)) for lane, epoch, seq in sorted(rows)]

    def _rank(self, epoch: bytes, seq: int) -> tuple[int, bytes, int]:
        place = self._order.index(epoch) if epoch in self._order else len(self._order)
        return place, epoch, seq

    def anchors(self, boots: Iterable[bytes]) -> dict[bytes, list[Anchor]]:
        """Return the trusted times of each of ``boots``, in the order of the journal."""
        found: dict[bytes, list[Anchor]] = {}
        device = self._terminal.device
        rows = [row for boot in boots for row in _CLOCKS_OF_BOOT.all(self._connection, device=device, boot_id=boot)]
        # Ordered here: asked to, SQLite goes through every event of the terminal by the index that has this order.
        for row in sorted(rows, key=lambda row: row[:3]):
            event = self._event(*row[:6])
            if event is not None and (anchor := told_time(event, row[6])) is not None:
                found.setdefault(event.boot_id, []).append(anchor)
        return found

    def _event(self, epoch: bytes, seq: int, h: bytes, start_seq: int, suite_id: int, sealed: bytes) -> Event | None:
        identity = (self._terminal.device, epoch, seq, h)
        event = self._fresh.get(identity) or self._recent.get(identity)
        if event is None:
            event = opened(self._terminal, epoch, seq, start_seq, suite_id, sealed)
        if event is not None:
            self._recent.keep(identity, event)
        return event


def standing_as(connection: Connection, visit_id: bytes) -> Standing | None:
    """Return the visit ``visit_id`` (16 bytes) as the store has it."""
    row = _STANDING_AS.first(connection, visit=visit_id)
    return None if row is None else _standing(row)


def _standing(row: Values) -> Standing:
    stands = Standing(*row[:9])
    return stands if row[9] is None else replace(stands, loose=LooseEnd(*row[9:]))
