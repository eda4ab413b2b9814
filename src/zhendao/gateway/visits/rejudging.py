"""Visits judged again where the rules, the registry or the settings are others than those they were judged by.

Promise: lane by lane, a bounded slice in each transaction, and how far it is rests in the store: after a kill it goes
on where it was. What was begun is begun anew only where the measures change again meanwhile. Used by the ingest thread.
"""

import logging
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from zhendao.gateway.registry.book import version
from zhendao.gateway.store.conclusions import judged, rejudging, visits
from zhendao.gateway.store.facts import certificates
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.judgement import RULES
from zhendao.gateway.visits.lanes import BEGINS, Position
from zhendao.gateway.visits.undrawn import Touched

_LOG = logging.getLogger(__name__)

BACK_MS: Final = 35 * 86_400_000
"""Visits that changed within this time are judged again."""
LANES: Final = 100
"""So many lanes at most are drawn again in one transaction,"""
VISITS: Final = 100
"""and as many as have about so many visits (some 50 ms); ingest has its turn in between."""

_V: Final = visits.c
_R: Final = rejudging.c
_JUDGED: Final = Prepared(select(judged.c.rules, judged.c.registry, judged.c.settings))
_UNDER_WAY: Final = Prepared(select(_R.rules, _R.registry, _R.settings, _R.since_ms, _R.device, _R.lane, _R.begun_ms))
_NEXT: Final = Prepared(
    select(_V.device, _V.lane, func.min(_V.epoch), func.max(_V.epoch), func.min(_V.seq), func.count())
    .where(
        or_(_V.device > bindparam("device"), and_(_V.device == bindparam("device"), _V.lane > bindparam("lane"))),
        _V.device >= bindparam("device"),  # says nothing more, and lets SQLite begin there
        _V.changed_ms >= bindparam("since"),
        BEGINS,
    )
    .group_by(_V.device, _V.lane)
    .order_by(_V.device, _V.lane)
    .limit(bindparam("most"))
)
_TERMINALS: Final = Prepared(select(func.count(certificates.c.device.distinct())))
_PASSED: Final = Prepared(
    select(func.count(certificates.c.device.distinct())).where(certificates.c.device <= bindparam("device"))
)


class Basis(NamedTuple):
    """By what all visits were judged: versions of rules and registry, and the digest of the settings."""

    rules: int
    registry: int
    settings: bytes


NOTHING: Final = Basis(0, 0, b"")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a judging again is: since when (UTC ms), and how many of all terminals are done."""

    begun_ms: int
    done: int
    terminals: int


def judged_with(connection: Connection) -> Basis:
    """Return by what all visits were judged last."""
    row = _JUDGED.first(connection)
    return NOTHING if row is None else Basis(row[0], row[1], row[2] or b"")


def judged_since(connection: Connection) -> int:
    """Return since when (UTC ms) visits must have changed for the last judging again to have looked at them."""
    return int(connection.execute(select(judged.c.since_ms)).scalar() or 0)


def progress(connection: Connection) -> Progress | None:
    """Return how far the judging again is; None where there is none under way."""
    row = _UNDER_WAY.first(connection)
    if row is None:
        return None
    return Progress(row[6], _PASSED.scalar(connection, device=row[4]), _TERMINALS.scalar(connection))


class Rejudging:
    """Gives the lanes that are to be drawn again; ``settings``: the digest of those that hold now."""

    def __init__(self, settings: bytes) -> None:
        self._settings = settings
        self._known: Basis | None = None

    def forget(self) -> None:
        """Read again what stands in the store: a transaction failed."""
        self._known = None

    def is_due(self, connection: Connection) -> bool:
        """Tell whether visits were judged by something else than holds now."""
        if self._known is None:
            self._known = judged_with(connection)
        return self._known != self._wanted(connection)

    def take(self, connection: Connection, now_ms: int) -> Touched:
        """Return the next lanes, each from its earliest visit of the last weeks on, to be drawn in this transaction."""
        wanted = self._wanted(connection)
        row = _UNDER_WAY.first(connection)
        if row is None or row[:3] != wanted:
            row = (*wanted, now_ms - BACK_MS, b"", b"", now_ms)
            connection.execute(delete(rejudging))
            connection.execute(insert(rejudging).values(dict(zip(_NAMES, row, strict=True)) | {"id": 1}))
            _LOG.info("visits are judged again: rules, registry or settings have changed")
        rows = _NEXT.all(connection, since=row[3], device=row[4], lane=row[5], most=LANES)
        touched: Touched = {}
        count = 0
        for device, lane, epoch, last, seq, many in rows:
            count += many
            if touched and count > VISITS:
                break
            touched[device, lane] = Position(epoch, seq) if epoch == last else None
        if len(touched) == len(rows) < LANES:
            connection.execute(delete(rejudging))
            connection.execute(delete(judged))
            connection.execute(insert(judged).values(id=1, since_ms=row[3], **wanted._asdict()))
            self._known = None  # read again, for this transaction may yet fail
            _LOG.info("all visits of the last weeks are judged again")
        else:
            device, lane = next(reversed(touched))
            connection.execute(update(rejudging).values(device=device, lane=lane))
        return touched

    def _wanted(self, connection: Connection) -> Basis:
        return Basis(RULES, version(connection), self._settings)


_NAMES: Final = ("rules", "registry", "settings", "since_ms", "device", "lane", "begun_ms")
