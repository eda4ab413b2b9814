"""Lanes drawn again in one transaction, and what goes over two of them: visits, revisions, and who is told.

A lane gives its visits by itself; those of them that are loose ends are held against the ones next to them at the same
home, by the function that `judge` uses (`joining`). Promise: what a change of one lane makes of the ends of others is
concluded with it, and no end further away is touched. rule: TWO-TOKENS, TIME
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection

from zhendao.gateway.visits import ends, rated
from zhendao.gateway.visits.beside import Basis, Beside
from zhendao.gateway.visits.blocked import Blocked
from zhendao.gateway.visits.corrected import corrected
from zhendao.gateway.visits.drawing import LaneFacts, judged_visit, paired, successors
from zhendao.gateway.visits.ends import Placed
from zhendao.gateway.visits.joining import NEAR, Loose, joined, loose_of
from zhendao.gateway.visits.judgement import Visit, withdrawn
from zhendao.gateway.visits.lanes import NEXT, LaneReader, Position, standing_as
from zhendao.gateway.visits.opinions import Opinion
from zhendao.gateway.visits.pairing import Pair
from zhendao.gateway.visits.revisions import LooseEnd, Revisions, Standing, Where

_NOWHERE: Final = (b"", 0)


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane to be drawn, from ``position`` on; None: all of it."""

    device: bytes
    lane: bytes
    position: Position | None


class _End(NamedTuple):
    """A visit that is a loose end by itself, what was said of it, and how it stands in the store."""

    visit: Visit
    loose: Loose
    opinions: tuple[Opinion, ...]
    before: Standing | None
    where: Where

    @property
    def placed(self) -> Placed:
        at_ms, visit_id = self.loose.place
        return Placed(LooseEnd(str(self.visit.caregiver_id), str(self.visit.elder_id), at_ms, visit_id), self.where)

    @property
    def stood(self) -> LooseEnd | None:
        """As the table has it where that is as it is now; else it is entered anew."""
        held = self.before.loose if self.before is not None else None
        return held if held is not None and held[:4] == self.placed.end[:4] else None


def pair_at(
    connection: Connection, reader: LaneReader, where: Where, visit_id: bytes, basis: Basis
) -> tuple[Pair, LaneFacts] | None:
    """Return the visit that begins at ``where`` as its lane alone pairs it, and its facts; None: it is not there."""
    start = Position(where.epoch, where.seq)
    beyond = NEXT.scalar(connection, device=where.device, lane=where.lane, epoch=where.epoch, seq=where.seq)
    # The next one begins where this one can get no end any more: that much is read, and all where it does not tell.
    for until in (None,) if beyond is None else (beyond + 1, None):
        stretch = reader.read(where.lane, start, until)
        facts = LaneFacts(stretch.checks, stretch.undone)
        found = next((one for one in paired(facts, basis.registry, basis.policy) if one.visit_id == visit_id), None)
        if until is None or (found is not None and found.signs & {"no_in", "no_out"}):
            return None if found is None else (found, facts)
    return None


class Redrawn:
    """One pass: `lane` for each lane that was touched, then `across` once. ``anew``: nothing came, all is told."""

    def __init__(
        self,
        connection: Connection,
        basis: Basis,
        blocked: Blocked,
        beside: Beside,
        revisions: Revisions,
        reader: Callable[[bytes], LaneReader],
        *,
        anew: bool,
    ) -> None:
        self._connection, self._basis, self._blocked = connection, basis, blocked
        self._beside, self._revisions, self._reader, self._anew = beside, revisions, reader, anew
        self._corrections = beside.corrections(connection)
        self._ends: dict[bytes, _End | None] = {}
        self._drawn: list[_End] = []
        self._gone: list[LooseEnd] = []

    def lane(self, drawn: Lane) -> None:
        """Pair and judge a lane anew; its loose ends wait for `across`."""
        device, lane = drawn.device, drawn.lane
        reader = self._reader(device)
        start = reader.resume_at(lane, drawn.position) if drawn.position is not None else None
        stretch = reader.read(lane, start)
        before = reader.standing(lane, start)
        facts = LaneFacts(stretch.checks, stretch.undone, tuple(rated.read(reader, stretch.checks)))
        pairs = paired(facts, self._basis.registry, self._basis.policy)
        for one in pairs:
            visit = self._judged(one, facts.opinions)
            stood = before.pop(visit.visit_id, None)
            where = Where(device, lane, one.first.epoch, one.first.seq)
            loose = loose_of(visit, self._basis.policy.limits)
            if loose is not None:
                end = self._ends[visit.visit_id] = _End(visit, loose, facts.opinions, stood, where)
                self._drawn.append(end)
                continue
            if stood is not None and stood.loose is not None:
                self._no_end(stood.loose)
            self._take(visit, stood, where)
        after = successors(pairs)
        for name, left in sorted(before.items()):
            if left.loose is not None:
                self._no_end(left.loose)
            successor = after.get(name)
            if left.state != "withdrawn" or successor is not None or left.loose is not None:
                self._withdraw(left.visit_id, device, successor, left, Where(device, lane, *_NOWHERE))

    def across(self) -> None:
        """Conclude the loose ends that were drawn, and those next to one that changed."""
        moved = [one for one in self._drawn if one.stood is None]
        self._gone += [one.before.loose for one in moved if one.before is not None and one.before.loose is not None]
        ends.put(self._connection, (one.visit_id for one in self._gone), (one.placed for one in moved))
        fates: dict[bytes, tuple[_End, Pair | None, bytes | None]] = {}
        for at in (*self._gone, *(one.placed.end for one in self._drawn)):
            self._decide(at, fates)
        for visit_id, (end, whole, successor) in fates.items():
            stood = end.before
            if successor != (None if end.stood is None else end.stood.joined_to):
                ends.join(self._connection, visit_id, successor)
            if successor is not None:
                self._withdraw(visit_id, end.where.device, successor, stood, end.where)
            elif whole is None:
                self._take(end.visit, stood, end.where)
            else:
                self._take(self._judged(whole, self._opinions(whole)), stood, end.where)

    def _no_end(self, one: LooseEnd) -> None:
        self._gone.append(one)
        self._ends[one.visit_id] = None

    def _decide(self, at: LooseEnd, fates: dict[bytes, tuple[_End, Pair | None, bytes | None]]) -> None:
        """Say what becomes of the end ``at``, if it is one, and of the `NEAR` ones on either side."""
        limits = self._basis.policy.limits
        near = [
            end
            for placed in ends.around(self._connection, at, limits.open_at_most_ms)
            if (end := self._end(placed)) is not None
        ]
        pairs = joined((one.loose for one in near), limits, self._basis.registry)
        whole = {one.visit_id: one for one in pairs}
        successor = successors(pairs)
        places = [one.loose.place for one in near]
        here = sum(place < (at.at_ms, at.visit_id) for place in places)
        there = here + ((at.at_ms, at.visit_id) in places)
        for end in near[max(0, here - NEAR) : there + NEAR]:
            name = end.visit.visit_id
            fates[name] = (end, whole.get(name), successor.get(name))

    def _end(self, placed: Placed) -> _End | None:
        """Return a loose end as it is now; one of a lane that was not drawn is read, and told again if it changed."""
        visit_id = placed.end.visit_id
        if visit_id not in self._ends:
            self._ends[visit_id] = self._read(placed)
        return self._ends[visit_id]

    def _read(self, placed: Placed) -> _End | None:
        reader = self._reader(placed.where.device)
        found = pair_at(self._connection, reader, placed.where, placed.end.visit_id, self._basis)
        if found is None:
            return None
        pair, facts = found
        opinions = tuple(rated.read(reader, facts.checks))
        visit = self._judged(pair, opinions)
        loose = loose_of(visit, self._basis.policy.limits)
        # What it is not any more is written when its own lane is drawn.
        if loose is None or (visit.caregiver_id, visit.elder_id) != placed.end[:2]:
            return None
        stood = standing_as(self._connection, visit.visit_id)
        return _End(visit, loose, opinions, stood, placed.where)

    def _opinions(self, whole: Pair) -> Iterable[Opinion]:
        """Return what was said of both parts of a visit, its beginning first."""
        parts = [end for name in (whole.visit_id, *successors([whole])) if (end := self._ends.get(name)) is not None]
        for end in parts:
            own = {(check.epoch, check.seq) for check in end.loose.pair.checks}
            yield from (one for one in end.opinions if (one.epoch, one.body.refers_to) in own)

    def _judged(self, pair: Pair, opinions: Iterable[Opinion]) -> Visit:
        facts = LaneFacts((), opinions=tuple(opinions))
        registry, policy = self._basis
        visit = judged_visit(pair, facts, registry, policy, self._revisions.now_ms, self._blocked)
        return corrected(visit, self._corrections)

    def _take(self, visit: Visit, stood: Standing | None, where: Where) -> None:
        # A finding may go with the registry though the record says the same.
        if self._revisions.take(visit, stood, where) or self._anew:
            self._beside.concluded(self._connection, visit, stood, self._basis, self._revisions.now_ms)

    def _withdraw(
        self, visit_id: bytes, device: bytes, successor: bytes | None, stood: Standing | None, where: Where
    ) -> None:
        record = withdrawn(visit_id, device, successor)
        visit = Visit(visit_id, "withdrawn", None, None, None, None, None, record)
        if self._revisions.take(visit, stood, where):
            self._beside.concluded(self._connection, visit, stood, self._basis, self._revisions.now_ms)
