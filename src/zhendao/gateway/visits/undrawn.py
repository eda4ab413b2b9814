"""Lanes that wait to be drawn: what a backlog touched is written down with its facts, and drawn when there is time.

Promise: a lane is noted in the transaction of the facts that touched it, and leaves the list in the transaction that
draws it, so none is forgotten whatever happens in between. Used by the ingest thread.
"""

from typing import Final

from sqlalchemy import Connection, and_, delete, func, select

from zhendao.gateway.store.conclusions import checks, undrawn
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.visits.lanes import Position

Touched = dict[tuple[bytes, bytes], Position | None]
"""Lanes (device, lane) with the first position that changed; None: all of it."""

MOST_CHECKS: Final = 300
"""About so many checks are drawn in one transaction (some 40 ms); ingest has its turn in between."""

_LOOKED_AT: Final = 200


def touch(touched: Touched, device: bytes, lane: bytes, at: Position | None) -> None:
    """Note that a lane changed at ``at``; the earliest place of one epoch counts, two epochs mean all of it."""
    known = touched.setdefault((device, lane), at)
    if known is None or at is None or known.epoch != at.epoch:
        touched[device, lane] = None if known is not at else at
    elif at.seq < known.seq:
        touched[device, lane] = at


class Undrawn:
    """The list. What is known of it in memory is whether there is anything in it."""

    def __init__(self) -> None:
        self._any: bool | None = None

    def forget(self) -> None:
        """Look again: a transaction failed."""
        self._any = None

    def waits(self, connection: Connection) -> bool:
        """Tell whether a lane waits."""
        if self._any is None:
            self._any = connection.execute(select(undrawn.c.lane).limit(1)).first() is not None
        return self._any

    def of(self, connection: Connection, touched: Touched) -> Touched:
        """Return those of ``touched`` that wait already, each with the place that it waits with."""
        found: Touched = {}
        if not self.waits(connection):
            return found
        for device in sorted({device for device, _ in touched}):
            for row in connection.execute(select(undrawn).where(undrawn.c.device == device)):
                if (device, row.lane) in touched:
                    found[device, row.lane] = None if row.epoch is None else Position(row.epoch, row.seq)
        return found

    def put(self, connection: Connection, touched: Touched) -> None:
        """Note lanes; one that waits already waits with the earlier place."""
        if not touched:
            return
        known = self.of(connection, touched)
        for device, lane in known:
            connection.execute(delete(undrawn).where(undrawn.c.device == device, undrawn.c.lane == lane))
        merged = dict(known)
        for (device, lane), at in touched.items():
            touch(merged, device, lane, at)
        rows = [
            (device, lane, None if at is None else at.epoch, None if at is None else at.seq)
            for (device, lane), at in merged.items()
        ]
        insert_rows(connection, undrawn, rows, "device", "lane", "epoch", "seq")
        self._any = True

    def take(self, connection: Connection) -> Touched:
        """Take the next lanes off the list, to be drawn in this transaction."""
        taken: Touched = {}
        if not self.waits(connection):
            return taken
        count = 0
        for row in connection.execute(
            select(undrawn).order_by(undrawn.c.device, undrawn.c.lane).limit(_LOOKED_AT)
        ).all():
            at = None if row.epoch is None else Position(row.epoch, row.seq)
            count += _checks(connection, row.device, row.lane, at)
            if taken and count > MOST_CHECKS:
                break
            taken[row.device, row.lane] = at
            connection.execute(delete(undrawn).where(undrawn.c.device == row.device, undrawn.c.lane == row.lane))
        self._any = None
        return taken


def _checks(connection: Connection, device: bytes, lane: bytes, at: Position | None) -> int:
    place = and_(checks.c.device == device, checks.c.lane == lane)
    if at is not None:
        place = and_(place, checks.c.epoch == at.epoch, checks.c.seq >= at.seq)
    return connection.execute(select(func.count()).select_from(checks).where(place)).scalar() or 0
