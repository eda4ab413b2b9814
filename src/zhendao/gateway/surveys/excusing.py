"""Faults of ours, in the running gateway: what they can have caused of a visit is put to nobody at the door.

The same function as `judge` has (`judging.faults`), over the visits of one caregiver and what her terminals told. A
fault is often known later than what it caused: whose visits it touches is looked at again (`doubtful`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from zhendao.gateway.judging.confirmed import NEVER, confirmed_by
from zhendao.gateway.judging.faults import OF_FAULTS, caused_in
from zhendao.gateway.surveys.book import FindingsBook
from zhendao.gateway.surveys.sight import DAY_MS, Sight, View
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.judgement import Visit

BACK_MS = 2 * DAY_MS
"""A start that long before a visit, and a dark time before it, is still seen."""


ASKED = OF_FAULTS | {"outside"}
"""Kinds that something else than a person can have caused: a fault, or a place whose position is wrong."""


class Excused(NamedTuple):
    """The visits of which another fault is said than before; silent terminals, and when each was heard of (UTC ms)."""

    changed: tuple[bytes, ...]
    silent: Mapping[bytes, int]


def doubtful(connection: Connection, book: FindingsBook, visits: Iterable[Visit], since_ms: int) -> Iterator[Visit]:
    """Give the visits since then (UTC ms) of which something is found that a fault can have caused."""
    for visit in visits:
        recent = visit.at_ms is not None and visit.at_ms >= since_ms
        if recent and book.kinds_of(connection, visit.visit_id) & ASKED:
            yield visit


def excuse(
    connection: Connection, book: FindingsBook, view: View, sight: Sight, policy: Policy, now_ms: int
) -> Excused:
    """Have the findings of a caregiver's visits in ``view``, or of strangers', say which fault can have caused them.

    ``sight``: what else there is to see: what terminals told, visits that confirm a place.
    """
    within = (visit for visit in view.visits if view.within.holds(visit.at_ms))
    concerned = list(doubtful(connection, book, within, 0))
    devices = {visit.pair.first.device for visit in concerned if visit.pair is not None}
    if not devices:
        return Excused((), {})
    since_ms = min(visit.at_ms or 0 for visit in concerned) - BACK_MS
    told = {device: sight.told(device, since_ms) for device in sorted(devices)}
    caused = caused_in(view.visits, told, policy, sight.registry)
    changed = []
    silent: dict[bytes, int] = {}
    for visit in concerned:
        if visit.pair is not None and visit.visit_id in caused.silent:
            silent[visit.pair.first.device] = caused.silent[visit.visit_id]
        faults = {kind: caused.of(kind, visit.visit_id) for kind in OF_FAULTS}
        if "outside" in book.kinds_of(connection, visit.visit_id):
            known = confirmed_by((visit, *sight.about(visit)))
            faults["outside"] = None if visit.record["place_id"] in known else NEVER
        if book.put_to_nobody(connection, visit.visit_id, faults, now_ms):
            changed.append(visit.visit_id)
    return Excused(tuple(changed), silent)
