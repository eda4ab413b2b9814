"""What was served in a span, read from the store: each closed visit at an elder's home, and whether it is verified.

Promise: the same visits count, for the same time and the same people, as in `judge` (`judging.hours.served_by`); they
are read one after another, so that a city's month takes no more memory than a day. rule: HOURS, PAYER
"""

from collections.abc import Iterator
from typing import Final

import orjson
from sqlalchemy import Connection, bindparam, select

from zhendao.gateway.judging.hours import Served, served_by
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.reports.doubts import Doubt, doubts
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.visits.judgement import Visit

_C: Final = visits.c
_WITHIN: Final = Prepared(
    select(_C.id, _C.elder_id, _C.caregiver_id, _C.begin_ms, _C.record).where(
        _C.begin_ms >= bindparam("from_ms"),
        _C.begin_ms < bindparam("until_ms"),
        _C.state == "closed",
        _C.elder_id.is_not(None),
        _C.caregiver_id.is_not(None),
    )
)


def served_in(
    connection: Connection, key: StoreKey, registry: Registry, span: Span
) -> Iterator[tuple[Served, Doubt | None]]:
    """Give what began in ``span`` and counts, with what is in doubt of it; None: it is verified."""
    doubted = doubts(connection, key, span)
    for visit_id, elder_id, caregiver_id, begin_ms, told in _WITHIN(
        connection, from_ms=span.from_ms, until_ms=span.until_ms
    ):
        record = orjson.loads(told) if isinstance(told, str | bytes) else told
        visit = Visit(visit_id, "closed", elder_id, caregiver_id, begin_ms, None, None, record, at_ms=begin_ms)
        one = served_by(visit, registry)
        if one is not None:
            yield one, doubted.get(visit_id)
