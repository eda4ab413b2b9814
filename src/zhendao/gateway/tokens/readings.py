"""Readings of tags in the store: put in with the event, and found again as `counters` and `slow` need them.

Promise: looked at are only the neighbours of a reading, by counter and by time, however long a tag's life is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from zhendao.gateway.store.engine import insert_new_rows
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.tokens.counters import Reading
from zhendao.gateway.tokens.slow import Timed
from zhendao.gateway.tokens.tables import READINGS

_C: Final = READINGS.c
_COLUMNS: Final = (
    _C.device, _C.epoch, _C.seq, _C.h, _C.part, _C.boot_id, _C.mono_ns, _C.counter, _C.fresh, _C.challenge,
    _C.earliest_ms, _C.latest_ms,
)  # fmt: skip
_TAG: Final = _C.tag == bindparam("tag")
_SAME_BOOT: Final = and_(_C.device == bindparam("device"), _C.boot_id == bindparam("boot_id"))
_SAME_EPOCH: Final = and_(
    _C.device == bindparam("device"), _C.epoch == bindparam("epoch"), _C.boot_id != bindparam("boot_id")
)
_ELSEWHERE: Final = or_(
    _C.device != bindparam("device"), and_(_C.boot_id != bindparam("boot_id"), _C.epoch != bindparam("epoch"))
)
_LOWER: Final = _C.counter < bindparam("counter")

_SAME: Final = Prepared(select(*_COLUMNS).where(_TAG, _C.counter == bindparam("counter")))
_SAME_CHALLENGE: Final = Prepared(select(*_COLUMNS).where(_TAG, _C.challenge == bindparam("challenge")))
_BELOW: Final = Prepared(
    select(*_COLUMNS)
    .where(_TAG, _LOWER)
    .order_by(_C.counter.desc(), func.coalesce(_C.earliest_ms, _C.latest_ms))
    .limit(1)
)
_ABOVE: Final = Prepared(
    select(_C.counter).where(_TAG, _C.counter > bindparam("counter")).order_by(_C.counter).limit(1)
)
_HIGHER_BEFORE: Final = Prepared(
    select(*_COLUMNS)
    .where(
        _TAG,
        _C.counter > bindparam("counter"),
        or_(
            and_(_SAME_BOOT, _C.mono_ns < bindparam("mono_ns")),
            and_(_SAME_EPOCH, _C.seq < bindparam("seq")),
            and_(_ELSEWHERE, _C.latest_ms < bindparam("earliest_ms")),
        ),
    )
    .limit(1)
)
_LOWER_AFTER: Final = (
    Prepared(select(*_COLUMNS).where(_TAG, _SAME_BOOT, _C.mono_ns > bindparam("mono_ns"), _LOWER)),
    Prepared(select(*_COLUMNS).where(_TAG, _SAME_EPOCH, _C.seq > bindparam("seq"), _LOWER)),
    # Written as a sum, so that SQLite goes by time: all but a few of a tag's readings have lower counters.
    Prepared(
        select(*_COLUMNS).where(
            _TAG, _ELSEWHERE, _C.earliest_ms > bindparam("latest_ms"), _C.counter + 0 < bindparam("counter")
        )
    ),
)
_HIGHEST: Final = Prepared(select(_C.counter).where(_TAG).order_by(_C.counter.desc()).limit(1))
_OF_TERMINAL: Final = and_(
    _C.device == bindparam("device"),
    _C.technology == bindparam("technology"),
    _C.epoch == bindparam("epoch"),
    _C.rtt_us.is_not(None),
)
_TIMES_BEFORE: Final = Prepared(
    select(_C.rtt_us, _C.slow)
    .where(_OF_TERMINAL, _C.seq < bindparam("seq"))
    .order_by(_C.seq.desc(), _C.part.desc(), _C.h.desc())
    .limit(bindparam("most"))
)
_TIMES_FROM: Final = Prepared(
    select(*_COLUMNS[:5], _C.tag, _C.uid, _C.rtt_us, _C.slow)
    .where(_OF_TERMINAL, _C.seq >= bindparam("seq"))
    .order_by(_C.seq, _C.part, _C.h)
)
_NEVER_MS: Final = -(2**62)

Row = tuple[Any, ...]


def put(connection: Connection, rows: Sequence[Row]) -> None:
    """Put readings in, values in the order of the table's columns; one that is there already stays as it is."""
    insert_new_rows(connection, READINGS, rows, *(column.name for column in READINGS.columns))


def neighbours(connection: Connection, tag: bytes, here: Reading) -> list[Reading]:
    """Return the readings of ``tag`` that `counters.judge` needs for ``here``, and no others."""
    place = _place(tag, here)
    rows = []
    if here.challenge is not None:
        rows += _SAME_CHALLENGE.all(connection, **place)
    if here.counter is not None:
        rows += _SAME.all(connection, **place) + _BELOW.all(connection, **place)
        rows += _HIGHER_BEFORE.all(connection, **place)
    return _others(rows, here)


def touched_by(connection: Connection, tag: bytes, new: Reading) -> list[Reading]:
    """Return the other readings of ``tag`` of which something else may be said now that ``new`` is there."""
    place = _place(tag, new)
    rows = []
    if new.challenge is not None:
        rows += _SAME_CHALLENGE.all(connection, **place)
    if new.counter is not None:
        rows += [row for query in _LOWER_AFTER for row in query.all(connection, **place)]
        rows += _SAME.all(connection, **place)
        above = _ABOVE.scalar(connection, **place)
        if above is not None:
            rows += _SAME.all(connection, tag=tag, counter=above)
    return _others(rows, new)


def highest(connection: Connection, tag: bytes) -> int | None:
    """Return the highest counter that was ever proved of ``tag``, over all terminals."""
    counter: int | None = _HIGHEST.scalar(connection, tag=tag)
    return counter


@dataclass(frozen=True, slots=True)
class Whom:
    """A tag as the store knows it: the keyed hash by which it is found, and its number sealed."""

    tag: bytes
    uid: bytes


@dataclass(frozen=True, slots=True)
class Lane:
    """The readings of one technology at one terminal, in one of its journals."""

    device: bytes
    technology: int
    epoch: bytes


def times_before(connection: Connection, lane: Lane, seq: int, most: int) -> list[Timed]:
    """Return the last ``most`` round trips of ``lane`` before event ``seq``, the oldest first."""
    rows = _TIMES_BEFORE.all(
        connection, device=lane.device, technology=lane.technology, epoch=lane.epoch, seq=seq, most=most
    )
    return [Timed(rtt_us, bool(slow)) for rtt_us, slow in reversed(rows)]


def times_from(connection: Connection, lane: Lane, seq: int) -> list[tuple[Whom, Row, Timed]]:
    """Return tag, place and round trip of each reading of ``lane`` from event ``seq`` on, in order.

    A place is (device, epoch, seq, h, part).
    """
    rows = _TIMES_FROM.all(connection, device=lane.device, technology=lane.technology, epoch=lane.epoch, seq=seq)
    return [(Whom(*row[5:7]), row[:5], Timed(row[7], bool(row[8]))) for row in rows]


def mark_slow(connection: Connection, tag: bytes, place: Row, *, slow: bool) -> None:
    """Note whether a reading is hinted at."""
    device, epoch, seq, h, part = place
    here = (_C.tag == tag, _C.device == device, _C.epoch == epoch, _C.seq == seq, _C.h == h, _C.part == part)
    connection.execute(update(READINGS).where(*here).values(slow=slow))


def reading_of(row: Row) -> Reading:
    """Return a reading from the columns of a row."""
    values = list(row)
    values[8] = bool(values[8])
    return Reading(*values)


def _others(rows: Sequence[Row], here: Reading) -> list[Reading]:
    found = {_key(one): one for one in map(reading_of, rows)}
    found.pop(_key(here), None)
    return list(found.values())


def _key(one: Reading) -> tuple[bytes, bytes, int, bytes, int]:
    return one.device, one.epoch, one.seq, one.h, one.part


def _place(tag: bytes, here: Reading) -> dict[str, Any]:
    return {
        "tag": tag,
        "device": here.device,
        "epoch": here.epoch,
        "seq": here.seq,
        "boot_id": here.boot_id,
        "mono_ns": here.mono_ns,
        "counter": here.counter,
        "challenge": here.challenge,
        "earliest_ms": _NEVER_MS if here.earliest_ms is None else here.earliest_ms,
        "latest_ms": here.latest_ms,
    }
