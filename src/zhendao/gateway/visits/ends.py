"""Loose ends in the store: which there are of one caregiver at one home, in time, and what each of them belongs to.

Promise: a row says what a visit is by itself, whatever it was joined with; it changes in the transaction that draws its
lane. Of a home no more is ever read than the ends next to one place: how many there are costs nothing. rule: TWO-TOKENS
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update

from zhendao.gateway.store.conclusions import loose
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.joining import NEAR
from zhendao.gateway.visits.revisions import LooseEnd, Where

_C: Final = loose.c
_ENDS: Final = select(_C.caregiver_id, _C.elder_id, _C.at_ms, _C.id, _C.joined_to, _C.device, _C.lane, _C.epoch, _C.seq)
_HERE: Final = and_(_C.caregiver_id == bindparam("caregiver"), _C.elder_id == bindparam("elder"))
_BEFORE: Final = Prepared(
    _ENDS.where(
        _HERE,
        _C.at_ms.between(bindparam("least"), bindparam("at")),
        or_(_C.at_ms < bindparam("same"), _C.id < bindparam("id")),
    )
    .order_by(_C.at_ms.desc(), _C.id.desc())
    .limit(2 * NEAR)
)
_FROM: Final = Prepared(
    _ENDS.where(
        _HERE,
        _C.at_ms.between(bindparam("at"), bindparam("most")),
        or_(_C.at_ms > bindparam("same"), _C.id >= bindparam("id")),
    )
    .order_by(_C.at_ms, _C.id)
    .limit(2 * NEAR + 1)
)
_JOINED_TO: Final = Prepared(_ENDS.where(_C.joined_to == bindparam("visit")))
_GONE: Final = Prepared(delete(loose).where(_C.id == bindparam("end")))
_JOIN: Final = Prepared(update(loose).where(_C.id == bindparam("end")).values(joined_to=bindparam("joined")))
_COLUMNS: Final = ("id", "device", "lane", "epoch", "seq", "caregiver_id", "elder_id", "at_ms")


class Placed(NamedTuple):
    """A loose end, and the check of its lane that it is."""

    end: LooseEnd
    where: Where

    @property
    def place(self) -> tuple[int, bytes]:
        """Where it stands among those of its home."""
        return self.end.at_ms, self.end.visit_id


def put(connection: Connection, gone: Iterable[bytes], new: Iterable[Placed]) -> None:
    """Take the ends ``gone``, by their ids, off the table, and enter ``new`` ones."""
    for visit_id in gone:
        _GONE(connection, end=visit_id)
    rows = [(one.end.visit_id, *_where(one.where), *one.end[:3]) for one in new]
    insert_rows(connection, loose, rows, *_COLUMNS)


def join(connection: Connection, end: bytes, to: bytes | None) -> None:
    """Note that ``end`` is the end of the visit ``to``; None: of none."""
    _JOIN(connection, end=end, joined=to)


def around(connection: Connection, end: LooseEnd, reach_ms: int) -> list[Placed]:
    """Return, in order, the ends of the same home about the place of ``end``, whether it is there or not.

    They are those that say what becomes of it and of the `NEAR` ones beside it; beyond a gap of ``reach_ms`` none does.
    """
    here = {"caregiver": end.caregiver_id, "elder": end.elder_id, "at": end.at_ms, "same": end.at_ms}
    widest_ms = 2 * NEAR * reach_ms
    least, most = end.at_ms - widest_ms, end.at_ms + widest_ms
    before = [_placed(row) for row in _BEFORE.all(connection, **here, least=least, id=end.visit_id)]
    behind = [_placed(row) for row in _FROM.all(connection, **here, most=most, id=end.visit_id)]
    return [*reversed(_near(before, end.at_ms, reach_ms)), *_near(behind, end.at_ms, reach_ms)]


def joined_to(connection: Connection, visit_id: bytes) -> Placed | None:
    """Return the loose end that is the end of the visit ``visit_id`` (16 bytes), if that goes over two lanes."""
    row = _JOINED_TO.first(connection, visit=visit_id)
    return None if row is None else _placed(row)


def _near(several: Iterable[Placed], at_ms: int, reach_ms: int) -> list[Placed]:
    found = []
    for one in several:
        if abs(one.end.at_ms - at_ms) > reach_ms:
            break
        at_ms = one.end.at_ms
        found.append(one)
    return found


def _where(where: Where) -> tuple[Any, ...]:
    return where.device, where.lane, where.epoch, where.seq


def _placed(row: tuple[Any, ...]) -> Placed:
    return Placed(LooseEnd(*row[:5]), Where(*row[5:]))
