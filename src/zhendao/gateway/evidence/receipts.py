"""What has become of an event whose receipt somebody holds: six digits, with terminal and day (docs/protocol.md 5).

Promise: no name, number of a card or place is told, only what kind of event it was, when it came, and how far it went;
of what is not here nothing is said but that it is not here.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, or_, select

from zhendao.gateway.forward.tables import OUTBOX, OUTBOX_ANSWER
from zhendao.gateway.store.conclusions import checks, visits
from zhendao.gateway.store.facts import events
from zhendao.protocol.receipt import receipt_code
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.vocabulary import Kind

DAY_MS: Final = 86_400_000
_KINDS: Final = (Kind.CHECK, Kind.TAP, Kind.UNDO, Kind.RATING, Kind.MEAL, Kind.INCIDENT)
_UNDATED_MS: Final = 1_577_836_800_000
"""2020: what a clock says that is before it was said by one that was never set."""
_LOOKED_AT: Final = 4


@dataclass(frozen=True, slots=True)
class Receipt:
    """One event of that code. ``visit``: open, closed or withdrawn; None where it is of no visit.

    ``platform``: accepted, refused or waiting, of the visit's last revision; None where no platform is owed it.
    """

    kind: str
    received_ms: int
    visit: str | None
    platform: str | None


def find(connection: Connection, device: bytes, code: str, day_ms: int) -> list[Receipt]:
    """Return the events of ``device`` with receipt ``code`` on the day that begins at ``day_ms`` (UTC ms).

    An event whose clock was never set counts on the day it came.
    """
    end_ms = day_ms + DAY_MS
    said = and_(events.c.wall_ms >= day_ms, events.c.wall_ms < end_ms)
    came = and_(events.c.wall_ms < _UNDATED_MS, events.c.received_ms >= day_ms, events.c.received_ms < end_ms)
    query = (
        select(events.c.device, events.c.epoch, events.c.seq, events.c.h, events.c.suite, events.c.kind,
               events.c.received_ms)
        .where(events.c.device == device, events.c.boot_id.in_(_boots(connection, device)))
        .where(events.c.kind.in_([int(kind) for kind in _KINDS]), or_(said, came))
        .order_by(events.c.id)
    )  # fmt: skip
    return [
        _receipt(connection, row)
        for row in connection.execute(query)
        if receipt_code(suite_by_id(row.suite), row.h) == code
    ]


def _boots(connection: Connection, device: bytes) -> list[bytes]:
    """Return the boots of ``device``, a step in the index each: anybody may ask, so no request reads all its events."""
    boot = select(func.min(events.c.boot_id)).where(events.c.device == device)
    found: list[bytes] = []
    last: bytes | None = connection.execute(boot).scalar()
    while last is not None:
        found.append(last)
        last = connection.execute(boot.where(events.c.boot_id > last)).scalar()
    return found


def _receipt(connection: Connection, row: Row[*tuple[Any, ...]]) -> Receipt:
    visit = _visit_of(connection, row)
    kind = Kind(row.kind).name.lower()
    if visit is None:
        return Receipt(kind, row.received_ms, None, None)
    return Receipt(kind, row.received_ms, visit.state, _platform(connection, visit.id.hex(), visit.revision))


def _visit_of(connection: Connection, row: Row[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]] | None:
    """Return the visit that the check is the beginning or the end of."""
    lane = connection.execute(
        select(checks.c.lane).where(
            checks.c.device == row.device, checks.c.epoch == row.epoch, checks.c.seq == row.seq, checks.c.h == row.h
        )
    ).scalar()
    if lane is None:
        return None
    query = (
        select(visits)
        .where(visits.c.device == row.device, visits.c.lane == lane, visits.c.epoch == row.epoch)
        .where(visits.c.seq <= row.seq)
        .order_by(visits.c.seq.desc())
        .limit(_LOOKED_AT)
    )
    name = row.h.hex()
    for one in connection.execute(query):
        sides = [one.record.get("in"), one.record.get("out")]
        if one.seq == row.seq or any(side is not None and side.get("h") == name for side in sides):
            return _standing(connection, one)
    return None


def _standing(connection: Connection, visit: Row[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]]:
    """Return ``visit``; where it is no more, the one that has its check now: of another terminal, perhaps."""
    for _ in range(_LOOKED_AT):
        if (successor := visit.record.get("successor")) is None or visit.state != "withdrawn":
            break
        found = connection.execute(select(visits).where(visits.c.id == bytes.fromhex(successor))).one_or_none()
        if found is None:
            break
        visit = found
    return visit


def _platform(connection: Connection, key: str, revision: int) -> str | None:
    owed = select(OUTBOX.c.id).where(
        OUTBOX.c.record_type == "visit", OUTBOX.c.key == key, OUTBOX.c.revision == revision
    )
    number = connection.execute(owed).scalar()
    if number is None:
        return None
    said = select(OUTBOX_ANSWER.c.state).where(OUTBOX_ANSWER.c.outbox_id == number)
    states = set(connection.execute(said).scalars())
    return "waiting" if not states else "refused" if "dead" in states else "accepted"
