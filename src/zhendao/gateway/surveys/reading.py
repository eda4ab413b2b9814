"""Visits read back from the store as surveys want them: of one caregiver, elder or terminal, within a time.

Promise: what a visit says is what stands; its checks are opened only for those who look at them, those of the visit
alone and not the whole of its lane.
"""

from collections.abc import Callable
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, func, or_, select

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.conclusions import loose, visits
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits import ends
from zhendao.gateway.visits.agreed import given
from zhendao.gateway.visits.beside import Basis
from zhendao.gateway.visits.drawing import LaneFacts, Policy, paired
from zhendao.gateway.visits.ends import Placed
from zhendao.gateway.visits.joining import OTHER_CARD, OTHER_TERMINAL, one_visit
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.lanes import NEXT, LaneReader, Position
from zhendao.gateway.visits.pairing import CheckFact, Pair
from zhendao.gateway.visits.redrawn import pair_at
from zhendao.gateway.visits.revisions import Where
from zhendao.protocol.vocabulary import Placement

_C: Final = visits.c
_COLUMNS: Final = (
    _C.id, _C.device, _C.lane, _C.epoch, _C.seq, _C.state, _C.elder_id, _C.caregiver_id, _C.begin_ms, _C.end_ms,
    _C.due_ms, _C.record,
)  # fmt: skip
_STANDS: Final = _C.state != "withdrawn"
_WITHIN: Final = or_(
    _C.begin_ms.between(bindparam("from_ms"), bindparam("to_ms")),
    # An end without a beginning is where its end is; what nobody can date is looked at each time.
    _C.begin_ms.is_(None) & func.coalesce(_C.end_ms, bindparam("from_ms")).between(
        bindparam("from_ms"), bindparam("to_ms")
    ),
)  # fmt: skip
_ENDED_THERE: Final = select(loose.c.joined_to).where(
    loose.c.device == bindparam("key"), loose.c.joined_to.is_not(None)
)
_OF: Final = {
    name: Prepared(select(*_COLUMNS).where(whose, _WITHIN, _STANDS))
    for name, whose in (
        ("caregiver", _C.caregiver_id == bindparam("key")),
        ("elder", _C.elder_id == bindparam("key")),
        ("terminal", or_(_C.device == bindparam("key"), _C.id.in_(_ENDED_THERE))),
    )
}
_SINCE: Final = or_(
    _C.begin_ms >= bindparam("from_ms"),
    _C.begin_ms.is_(None) & (func.coalesce(_C.end_ms, _C.changed_ms) >= bindparam("from_ms")),
)
_COUNT: Final = Prepared(select(func.count()).where(_SINCE, _STANDS))
_ALL: Final = Prepared(select(*_COLUMNS).where(_SINCE, _STANDS))
_ONE: Final = Prepared(select(*_COLUMNS).where(_C.id == bindparam("visit"), _STANDS))
_OVER_TWO: Final = {OTHER_CARD, OTHER_TERMINAL}

Reader = Callable[[Connection, bytes], LaneReader]
"""Gives the reader of one terminal's lanes."""


class VisitReader:
    """Reads visits within one transaction; ``read`` counts them."""

    def __init__(self, connection: Connection, reader: Reader, registry: Registry, policy: Policy) -> None:
        self._connection, self._reader = connection, reader
        self._registry, self._policy = registry, policy
        self.read = 0

    def of(self, what: str, key: str | bytes, from_ms: int, to_ms: int, *, whole: bool) -> tuple[Visit, ...]:
        """Return the visits of a ``caregiver``, ``elder`` or ``terminal`` that began between the two moments (UTC ms).

        They are in the order of `judge`; ``whole``: with their checks.
        """
        rows = _OF[what].all(self._connection, key=key, from_ms=from_ms, to_ms=to_ms)
        found = [self._visit(row, whole=whole) for row in rows]
        return tuple(sorted(found, key=lambda one: (one.at_ms or 0, one.visit_id)))

    def count_all(self, from_ms: int) -> int:
        """Return how many `of_all` would read."""
        return int(_COUNT.scalar(self._connection, from_ms=from_ms))

    def of_all(self, from_ms: int) -> tuple[Visit, ...]:
        """Return all visits since ``from_ms`` (UTC ms), with their checks."""
        found = [self._visit(row, whole=True) for row in _ALL.all(self._connection, from_ms=from_ms)]
        return tuple(sorted(found, key=lambda one: (one.at_ms or 0, one.visit_id)))

    def one(self, visit_id: bytes) -> Visit | None:
        """Return a visit with its checks; None where it is withdrawn, or there is none."""
        row = _ONE.first(self._connection, visit=visit_id)
        return None if row is None else self._visit(row, whole=True)

    def _visit(self, row: tuple[Any, ...], *, whole: bool) -> Visit:
        self.read += 1
        visit_id, device, lane, epoch, seq, state, elder_id, caregiver_id, begin_ms, end_ms, due_ms, said = row
        record = orjson.loads(said)
        pair = self._pair(visit_id, device, lane, Position(epoch, seq), record) if whole else None
        at_ms = begin_ms if begin_ms is not None else end_ms
        if pair is not None:
            first = pair.first
            at_ms = first.moment.wall_ms if first.moment.known else first.received_ms
        limits = None if at_ms is None else self._limits(record["placement"], elder_id, caregiver_id, at_ms)
        return Visit(visit_id, state, elder_id, caregiver_id, begin_ms, end_ms, due_ms, record, pair, at_ms, limits)

    def _limits(self, placement: str, elder_id: str | None, caregiver_id: str | None, at_ms: int) -> tuple[int, int]:
        """Return the least and the most, in seconds, that were expected: what `judge` expects, stand-ins too."""
        thresholds = self._policy.thresholds
        if placement == Placement.STATION.name.lower():
            return 0, thresholds.shift_s
        return thresholds.limits_among(given(elder_id, caregiver_id, self._registry, at_ms, thresholds.offset_ms))

    def _pair(
        self, visit_id: bytes, device: bytes, lane: bytes, start: Position, record: dict[str, Any]
    ) -> Pair | None:
        reader = self._reader(self._connection, device)
        other = (
            ends.joined_to(self._connection, visit_id) if _OVER_TWO & {one["flag"] for one in record["flags"]} else None
        )
        if other is not None:
            return self._over_two(Where(device, lane, start.epoch, start.seq), visit_id, other)
        beyond = NEXT.scalar(self._connection, device=device, lane=lane, epoch=start.epoch, seq=start.seq)
        last = record["out"] or record["in"]
        in_one = last["epoch"] == start.epoch.hex()
        found: Pair | None = None
        for until in (beyond, None) if in_one and beyond is not None else (None,):
            stretch = reader.read(lane, start, until)
            pairs = paired(LaneFacts(stretch.checks, stretch.undone), self._registry, self._policy)
            found = next((one for one in pairs if one.visit_id == visit_id), None)
            if found is not None and _ends_alike(found.last, record):
                return found
        return found

    def _over_two(self, begun: Where, visit_id: bytes, other: Placed) -> Pair | None:
        """Return the visit of a beginning and an end that stand in two lanes."""
        basis, connection = Basis(self._registry, self._policy), self._connection
        first = pair_at(connection, self._reader(connection, begun.device), begun, visit_id, basis)
        last = pair_at(connection, self._reader(connection, other.where.device), other.where, other.end.visit_id, basis)
        return None if first is None or last is None else one_visit(first[0], last[0])


def _ends_alike(last: CheckFact | None, record: dict[str, Any]) -> bool:
    """Tell whether ``last`` is the end that the record names."""
    named = record["out"] if record["in"] is not None else None
    return (last is None) == (named is None) and (last is None or named is None or last.h.hex() == named["h"])
