"""Closing of events: what a terminal sealed is taken out, and its leaf stays, 32 bytes that tell nothing.

Promise: the terminal's journal and the gateway's log stay whole: every other event, and every inclusion proof, is
verified as before; an event that comes again is known as a duplicate. What was read out of it goes with it, but the
newest reading of a card, whose counter the next one is held against. rule: PIPL
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, func, select, update

from zhendao.gateway.evidence.log import EVENT
from zhendao.gateway.evidence.tables import LOG_ENTRIES
from zhendao.gateway.retention.book import remove
from zhendao.gateway.retention.receipt import Removed
from zhendao.gateway.store.conclusions import checks, ratings
from zhendao.gateway.store.facts import events
from zhendao.gateway.tokens.tables import FINDINGS as TOKEN_FINDINGS
from zhendao.gateway.tokens.tables import READINGS
from zhendao.protocol.ledger import leaf
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.vocabulary import Kind

PERSONAL: Final = tuple(
    int(kind)
    for kind in (
        Kind.CHECK, Kind.TAP, Kind.UNDO, Kind.RATING, Kind.MEAL, Kind.SOS, Kind.DURESS, Kind.SENSOR, Kind.TAMPER,
        Kind.INCIDENT, Kind.HEARD,
    )
)  # fmt: skip
"""Kinds of event that tell of a person; those of the terminal itself date others, and stay open."""
CLOSED: Final = b""
"""The commitment of a closed event; its leaf stands in the place of what was sealed."""
_READ: Final = ("signature", "kind", "version", "boot_id", "mono_ns", "wall_ms", "clock_source", "bound_ms")
"""What was read out of an event into its row, and its own signature."""
_IDENTITY: Final = ("device", "epoch", "seq", "h")


class Place(NamedTuple):
    """Which event."""

    device: bytes
    epoch: bytes
    seq: int
    h: bytes


def close(connection: Connection, places: Iterable[Place], removed: Removed) -> int:
    """Close the events at ``places`` that are in the gateway's log; return how many."""
    closed = 0
    for place in places:
        here = [events.c[name] == getattr(place, name) for name in _IDENTITY]
        logged = select(LOG_ENTRIES.c.number).where(LOG_ENTRIES.c.kind == EVENT, LOG_ENTRIES.c.row == events.c.id)
        row = connection.execute(select(events).where(*here, events.c.commitment != CLOSED, logged.exists())).first()
        if row is None:
            continue
        rest = leaf(suite_by_id(row.suite), row.device, row.epoch, row.seq, row.sealed, row.commitment)
        values = dict.fromkeys(_READ, None) | {"sealed": rest, "commitment": CLOSED}
        connection.execute(update(events).where(events.c.id == row.id).values(values))
        removed.note("events", [place])
        for table in (checks, ratings, TOKEN_FINDINGS):
            remove(connection, removed, table, *(table.c[name] == getattr(place, name) for name in _IDENTITY))
        _forget_readings(connection, place, removed)
        closed += 1
    return closed


def _forget_readings(connection: Connection, place: Place, removed: Removed) -> None:
    here = [READINGS.c[name] == getattr(place, name) for name in _IDENTITY]
    for tag, latest_ms in connection.execute(select(READINGS.c.tag, READINGS.c.latest_ms).where(*here)).all():
        newest = connection.execute(select(func.max(READINGS.c.latest_ms)).where(READINGS.c.tag == tag)).scalar()
        if newest is not None and newest > latest_ms:
            remove(connection, removed, READINGS, *here, READINGS.c.tag == tag)


def due(connection: Connection, kinds: Sequence[int], before_ms: int, after: int, span: int) -> tuple[int, list[Place]]:
    """Return the events of ``kinds`` that came before ``before_ms``, among the ``span`` rows after row ``after``.

    With them the last row that was looked at; 0 where there is none, or all that follow are younger.
    """
    last = connection.execute(
        select(func.max(events.c.id), func.min(events.c.received_ms)).where(
            events.c.id.in_(select(events.c.id).where(events.c.id > after).order_by(events.c.id).limit(span))
        )
    ).one()
    if last[0] is None or last[1] >= before_ms:
        return 0, []
    query = select(*(events.c[name] for name in _IDENTITY)).where(
        and_(events.c.id > after, events.c.id <= last[0]),
        events.c.kind.in_(kinds),
        events.c.received_ms < before_ms,
    )
    return int(last[0]), [Place(*row) for row in connection.execute(query)]
