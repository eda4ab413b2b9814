"""Visits that were one piece of work, kept in the store as they are now: two caregivers with one elder, or one round.

Promise: it is what `judge` lists as `together` (`judging.together`) of the same visits, and is looked at again when one
of them changes. rule: HOURS
"""

from collections.abc import Iterable
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, delete, or_, select

from zhendao.gateway.judging.together import DOUBLE_HANDED, GROUP, Together, together
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.surveys.scopes import Scope
from zhendao.gateway.surveys.sight import FOR_EVER_MS, Sight, View
from zhendao.gateway.surveys.tables import TOGETHER
from zhendao.gateway.surveys.touched import Line

_OF: Final = {Scope.ELDER: ("elder", DOUBLE_HANDED), Scope.CAREGIVER: ("caregiver", GROUP)}
_WIDER: Final = 6
"""So many times the look is widened, twice as far each time: 64 days at least."""
_C: Final = TOGETHER.c
_HELD: Final = Prepared(
    select(_C.first, _C.begin_ms, _C.end_ms, _C.visits).where(
        _C.kind == bindparam("kind"), _C.key == bindparam("key"),
        _C.begin_ms <= bindparam("to_ms"), _C.end_ms >= bindparam("from_ms"),
    )
)  # fmt: skip
_GONE: Final = Prepared(delete(TOGETHER).where(_C.kind == bindparam("kind"), _C.first == bindparam("gone")))


def look(connection: Connection, sight: Sight, line: Line, view: View, share_percent: int) -> None:
    """Have what an elder's or a caregiver's visits say of each other around what changed stand in the store.

    What hangs together over days is seen whole: it is looked as far as it goes.
    """
    if line.scope not in _OF:
        return
    what, kind = _OF[Scope(line.scope)]
    span = line.from_ms - sight.margin_ms, line.to_ms + sight.margin_ms
    visits, reach = view.near, view.reach
    wider = 0
    while True:
        several = together(visits, share_percent, (kind,))
        found = [one for one in several if one.begin_ms <= span[1] and one.end_ms >= span[0]]
        # Who began before what was read may have stayed as long as any visit lasts.
        cut = any(one.begin_ms < reach[0] + sight.margin_ms or one.end_ms > reach[1] for one in found)
        if not cut or wider == _WIDER:
            break
        wider += 1
        more = sight.margin_ms << wider
        reach = reach[0] - more, min(reach[1] + more, FOR_EVER_MS)
        visits = sight.reader.of(what, line.key, *reach, whole=False)
    settle(connection, kind, line.key, found, span, sight.now_ms)


def settle(
    connection: Connection, kind: str, key: str, found: Iterable[Together], span_ms: tuple[int, int], now_ms: int
) -> None:
    """Write what of ``kind`` was done together by or with ``key`` within the span (UTC ms), and take away the rest."""
    from_ms, to_ms = span_ms
    now = {
        one.visits[0]: (one.begin_ms, one.end_ms, orjson.dumps([each.hex() for each in one.visits]).decode())
        for one in found
    }
    held = {row[0]: tuple(row[1:]) for row in _HELD.all(connection, kind=kind, key=key, from_ms=from_ms, to_ms=to_ms)}
    for first, said in held.items():
        if now.get(first) != said:
            _GONE(connection, kind=kind, gone=first)
    new = [(kind, first, key, *said, now_ms) for first, said in now.items() if held.get(first) != said]
    insert_rows(connection, TOGETHER, new, *(column.name for column in TOGETHER.columns))


def kept(
    connection: Connection, kind: str | None, key: str | None, span_ms: tuple[int | None, int | None],
    before: tuple[int, bytes] | None, limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return at most ``limit`` of them as `judge` writes them, the last begun first, begun within the span (UTC ms)."""
    query = select(_C.kind, _C.key, _C.first, _C.begin_ms, _C.end_ms, _C.visits)
    for column, wanted in ((_C.kind, kind), (_C.key, key)):
        if wanted is not None:
            query = query.where(column == wanted)
    if span_ms[0] is not None:
        query = query.where(_C.begin_ms >= span_ms[0])
    if span_ms[1] is not None:
        query = query.where(_C.begin_ms < span_ms[1])
    if before is not None:
        at_ms, first = before
        query = query.where(or_(_C.begin_ms < at_ms, (_C.begin_ms == at_ms) & (_C.first < first)))
    rows = connection.execute(query.order_by(_C.begin_ms.desc(), _C.first.desc()).limit(limit))
    return [
        {"kind": row.kind, "of": row.key, "visits": orjson.loads(row.visits), "begin_ms": row.begin_ms,
         "end_ms": row.end_ms}
        for row in rows
    ]  # fmt: skip
