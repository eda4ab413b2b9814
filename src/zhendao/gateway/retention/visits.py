"""Visits that are over long since: deleted with their revisions, checks, findings, cases and what people signed.

Promise: kept are visits with an open case, those under a hold, and those of a person under a hold. The events of a
deleted visit are closed in the same transaction; entries of the gateway's log stay. rule: EVIDENCE, PIPL
"""

from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, or_, select

from zhendao.gateway.cases.tables import CASE_ACTS, CASES, CORRECTION_ACTS, UNLOCKS, VISIT_TASKS
from zhendao.gateway.evidence.log import CORRECTION, REVISION, TASKS
from zhendao.gateway.evidence.tables import LOG_ENTRIES
from zhendao.gateway.retention.book import held_keys, remove
from zhendao.gateway.retention.closing import Place, close
from zhendao.gateway.retention.receipt import Removed
from zhendao.gateway.store.conclusions import loose, visit_revisions, visits
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.numbers import used
from zhendao.gateway.surveys.tables import ANOMALIES, ANOMALY_REVISIONS, TOGETHER

OPEN: Final = ("open", "escalated")
"""States of a case that keep what it is about."""
_LOGGED: Final = ((REVISION, visit_revisions), (CORRECTION, CORRECTION_ACTS), (TASKS, VISIT_TASKS))
"""What the gateway's log has an entry for: its rows go only when they are in it."""
_NUMBERED: Final = (CASES.c.number, CORRECTION_ACTS.c.id, CORRECTION_ACTS.c.number, VISIT_TASKS.c.id)
"""Numbers that are never given again."""
SLICE: Final = 50


def is_over(before_ms: int) -> Any:
    """Return the condition of a visit that ended, and changed last, before ``before_ms``."""
    ended = func.coalesce(visits.c.end_ms, visits.c.begin_ms, visits.c.changed_ms)
    return and_(visits.c.changed_ms < before_ms, ended < before_ms)


def held(connection: Connection) -> Any:
    """Return the condition of a visit that must be kept."""
    cases = select(CASES.c.visit_id).where(CASES.c.state.in_(OPEN))
    ids = [bytes.fromhex(one) for one in held_keys(connection, "visit")]
    return or_(
        visits.c.id.in_(cases),
        visits.c.id.in_(ids),
        func.coalesce(visits.c.elder_id, "").in_(held_keys(connection, "elder")),
        func.coalesce(visits.c.caregiver_id, "").in_(held_keys(connection, "caregiver")),
    )


def slice_of(connection: Connection, before_ms: int, after: bytes, removed: Removed) -> bytes | None:
    """Delete the next visits after the id ``after``; return the last id that was looked at, None at the end."""
    due = is_over(before_ms)
    ids = select(visits.c.id).where(visits.c.id > after, due).order_by(visits.c.id).limit(SLICE)
    looked = connection.execute(ids).scalars().all()
    if not looked:
        return None
    query = select(visits).where(visits.c.id.in_(looked), ~held(connection)).order_by(visits.c.id)
    for visit in connection.execute(query).all():
        if _may_go(connection, visit.id):
            delete_visit(connection, visit, removed)
    return bytes(looked[-1])


def delete_visit(connection: Connection, visit: Row[Any], removed: Removed) -> None:
    """Delete all that stands about ``visit``, and close its events."""
    remove(connection, removed, visits, visits.c.id == visit.id)
    remove(connection, removed, visit_revisions, visit_revisions.c.visit_id == visit.id)
    # What ends a visit is needed as long as that stands, though it is withdrawn by itself.
    ends = or_(loose.c.joined_to == visit.id, and_(loose.c.id == visit.id, loose.c.joined_to.is_(None)))
    remove(connection, removed, loose, ends)
    found = select(ANOMALIES.c.id).where(ANOMALIES.c.visit_id == visit.id)
    remove(connection, removed, ANOMALY_REVISIONS, ANOMALY_REVISIONS.c.anomaly.in_(found))
    remove(connection, removed, ANOMALIES, ANOMALIES.c.visit_id == visit.id)
    mine = TOGETHER.c.key.in_([visit.elder_id, visit.caregiver_id])
    remove(connection, removed, TOGETHER, mine, TOGETHER.c.visits.contains(visit.id.hex()))
    numbers = connection.execute(select(CASES.c.number).where(CASES.c.visit_id == visit.id)).scalars().all()
    remove(connection, removed, CASE_ACTS, CASE_ACTS.c.number.in_(numbers))
    for column in _NUMBERED:
        of_visit = select(func.max(column)).where(column.table.c.visit_id == visit.id)
        used(connection, column, connection.execute(of_visit).scalar() or 0)
    for table in (CASES, CORRECTION_ACTS, UNLOCKS, VISIT_TASKS):
        remove(connection, removed, table, table.c.visit_id == visit.id)
    for side in (visit.record.get("in"), visit.record.get("out")):
        if side is not None:
            close(connection, _places(connection, visit.device, side), removed)


def _places(connection: Connection, device: bytes, side: dict[str, Any]) -> list[Place]:
    """Return where the check of a ``side`` is: at the visit's terminal, or at another one."""
    named = (bytes.fromhex(side["epoch"]), side["seq"], bytes.fromhex(side["h"]))
    here = (events.c.epoch == named[0], events.c.seq == named[1], events.c.h == named[2])
    of = select(events.c.device)
    found = (
        connection.execute(of.where(events.c.device == device, *here)).first()
        or connection.execute(of.where(*here)).first()
    )
    return [] if found is None else [Place(found.device, *named)]


def _may_go(connection: Connection, visit_id: bytes) -> bool:
    """Tell whether all rows that the log has entries for are in it, and no revision is the newest of all.

    Revisions are numbered on after the newest one: were it deleted, the next would have its number, and its entry.
    """
    for kind, table in _LOGGED:
        ids = connection.execute(select(table.c.id).where(table.c.visit_id == visit_id)).scalars().all()
        logged = select(func.count()).where(LOG_ENTRIES.c.kind == kind, LOG_ENTRIES.c.row.in_(ids))
        if connection.execute(logged).scalar_one() != len(ids):
            return False
    newest = select(visit_revisions.c.visit_id).order_by(visit_revisions.c.id.desc()).limit(1)
    return bool(connection.execute(newest).scalar() != visit_id)
