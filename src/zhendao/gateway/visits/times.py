"""What new events say of the time of others: which checks are to be dated anew, and which boots are in dispute.

Promise: a trusted time touches exactly the checks that it may date better, bound or contradict; whatever the order in
which times came, the same boots are in dispute in the end.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from zhendao.gateway.ingest import journals
from zhendao.gateway.ingest.epochs import Finding
from zhendao.gateway.ingest.findings import clock_disputed, clock_divided
from zhendao.gateway.ingest.session import Session
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.store.conclusions import checks
from zhendao.gateway.visits.lanes import LaneReader, Position
from zhendao.gateway.visits.moments import told_time, well_dated
from zhendao.gateway.visits.neighbours import Judged
from zhendao.gateway.visits.recent import Identity
from zhendao.gateway.visits.undrawn import Touched, touch
from zhendao.protocol.bodies import Clock
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockReason, Kind

if TYPE_CHECKING:
    from zhendao.gateway.visits.moments import Anchor

Reader = Callable[[Connection, bytes, Mapping[Identity, Event]], LaneReader]
"""Gives the reader of a terminal's lanes; the events just opened go with it."""


class Times:
    """Notes what new events say of times. ``clock_ms``: how far the gateway's own clock may be off."""

    def __init__(self, terminals: Terminals, reader: Reader, clock_ms: int) -> None:
        self._terminals, self._reader, self._clock_ms = terminals, reader, clock_ms

    def note(self, session: Session, fresh: Mapping[Identity, Event], touched: Touched) -> None:
        """Add to ``touched`` what the events in ``fresh`` date, bound or dispute; a new journal may re-order all."""
        connection = session.connection
        told: dict[tuple[bytes, bytes], list[Anchor]] = {}
        trusted: dict[tuple[bytes, bytes], list[Event]] = {}
        for event in fresh.values():
            if event.kind != Kind.CLOCK:
                continue
            if (anchor := told_time(event)) is not None:
                told.setdefault((event.device, event.boot_id), []).append(anchor)
            if isinstance(event.body, Clock) and event.body.reason is ClockReason.SOURCES_DISAGREE:
                apart_ms = abs(event.body.step_ms or 0)
                finding = clock_divided(event.epoch, event.seq, event.boot_id, apart_ms)
                self._divided(session, event, finding, fresh, touched)
            if well_dated(event):
                trusted.setdefault((event.device, event.epoch), []).append(event)
        for (device, boot_id), anchors in told.items():
            reader = self._reader(connection, device, fresh)
            for lane, position in reader.redated(boot_id, anchors):
                touch(touched, device, lane, position)
        for clocks in trusted.values():
            self._trusted(session, clocks, fresh, touched)
        self._begun(session, fresh, touched)

    def _begun(self, session: Session, fresh: Mapping[Identity, Event], touched: Touched) -> None:
        """Take in new journals: they may change the order of all, and name what bounds their first boots."""
        for event in fresh.values():
            if event.kind == Kind.BOOT and event.seq == 1:
                _touch_all(session.connection, event.device, touched)
                reader = self._reader(session.connection, event.device, fresh)
                judged = reader.neighbours.dispute_of_first(event.epoch, self._clock_ms)
                self._disputes(session, reader, event, judged, touched)

    def _divided(
        self, session: Session, event: Event, finding: Finding, fresh: Mapping[Identity, Event], touched: Touched
    ) -> None:
        """Note that times of a boot contradict each other; what it tells of its time is compared from now on.

        Each of its checks is held against all that it told, so each is dated anew.
        """
        terminal = self._terminals.get(session.connection, event.device)
        if not terminal.divided.shows_in(finding.epoch, event.boot_id):
            journals.note(session.connection, event.device, [finding], session.now_ms)
            terminal.divided.add(finding.epoch, event.boot_id)
            for lane, position in self._reader(session.connection, event.device, fresh).of_boot(event.boot_id):
                touch(touched, event.device, lane, position)

    def _trusted(
        self, session: Session, clocks: list[Event], fresh: Mapping[Identity, Event], touched: Touched
    ) -> None:
        """Note what new trusted times of one epoch say of boots beside theirs, and which boots are in dispute now."""
        device = clocks[0].device
        reader = self._reader(session.connection, device, fresh)
        for event in clocks:
            for finding in reader.neighbours.contradicted(event):
                self._divided(session, event, finding, fresh, touched)
        for event in {one.boot_id: one for one in clocks}.values():
            self._disputes(session, reader, event, reader.neighbours.dispute(event, self._clock_ms), touched)
        for lane, epoch, seq in reader.neighbours.bounded_by(clocks):
            touch(touched, device, lane, Position(epoch, seq))

    def _disputes(
        self, session: Session, reader: LaneReader, event: Event, judged: Iterable[Judged], touched: Touched
    ) -> None:
        terminal = self._terminals.get(session.connection, event.device)
        for epoch, boot_id, finding in judged:
            known = terminal.disputed.shows_in(epoch, boot_id)
            if finding is not None:
                if known and (epoch, boot_id) == (event.epoch, event.boot_id):
                    continue  # it was in dispute before, and what bounds it has not changed
                journals.note(session.connection, event.device, [finding], session.now_ms)
                terminal.disputed.add(epoch, boot_id)
            elif known:
                gone = clock_disputed(epoch, event.seq, boot_id, 0)
                journals.heal(session.connection, event.device, [gone], session.now_ms)
                terminal.disputed.discard(epoch, boot_id)
            else:
                continue
            for lane, position in reader.of_boot(boot_id):
                touch(touched, event.device, lane, position)


def _touch_all(connection: Connection, device: bytes, touched: Touched) -> None:
    query = select(checks.c.lane).where(checks.c.device == device).distinct()
    for lane in sorted(connection.execute(query).scalars()):
        touched[device, lane] = None
