"""The kinds of data, in the order in which they are looked at, and how a step of each is deleted.

Promise: a kind is declared here once: its setting, and the step that deletes the next few rows of it. A step deletes a
bounded number of rows, and tells where the next one goes on. What is owed, open or held is passed over. rule: PIPL
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, func, or_, select
from sqlalchemy import insert as insert_into

from zhendao.gateway.accesses.tables import ACCESS_HEADS
from zhendao.gateway.alerts.dispatch.tables import ATTEMPTS, SENDS
from zhendao.gateway.alerts.tables import acts, alert_facts, alerts
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cases.tables import CASE_ACTS, CASES
from zhendao.gateway.forward.tables import OUTBOX, OUTBOX_ANSWER, OUTBOX_REPLAY, OUTBOX_TOLD
from zhendao.gateway.meals.tables import fills, meals
from zhendao.gateway.registry.tables import LOADS, TABLES
from zhendao.gateway.reminders.tables import REMINDERS, ROUNDS
from zhendao.gateway.retention import closing, visits
from zhendao.gateway.retention.book import held_keys, remove
from zhendao.gateway.retention.receipt import Removed
from zhendao.gateway.store import conclusions
from zhendao.gateway.store.facts import quarantine
from zhendao.gateway.store.numbers import used
from zhendao.gateway.surveys.tables import ANOMALIES, ANOMALY_REVISIONS, ATTENDANCE
from zhendao.protocol.vocabulary import Kind as EventKind
from zhendao.protocol.wording import Text

ROWS: Final = 200
"""So many rows of the first table are deleted in one step."""
SPAN: Final = 2_000
"""So many rows of `events` are looked at in one step."""
NEAR: Final = 64
"""Events so near in their journal to a visit that is kept are kept with it."""

Cursor = Any
"""Where the next step of a kind goes on; None at first."""
Step = Callable[[Connection, "Wanted", Cursor, Removed], Cursor]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deleted: what is older than ``before_ms``; ``destinations``: platforms that are still fed."""

    before_ms: int
    destinations: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data; a step returns None where nothing more is due."""

    name: str
    setting: str
    text: Text
    step: Step


def _visits(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    return visits.slice_of(connection, wanted.before_ms, cursor or b"", removed)


def _days(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    kept = ATTENDANCE.c.caregiver_id.not_in(held_keys(connection, "caregiver"))
    query = select(ATTENDANCE.c.day).where(ATTENDANCE.c.last_ms < wanted.before_ms, kept).order_by(ATTENDANCE.c.day)
    day = connection.execute(query.limit(1)).scalar()
    over = and_(ATTENDANCE.c.day == day, ATTENDANCE.c.last_ms < wanted.before_ms, kept)
    return True if day is not None and remove(connection, removed, ATTENDANCE, over) else None


def _closing(*kinds: int) -> Step:
    def step(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
        last, places = closing.due(connection, kinds, wanted.before_ms, cursor or 0, SPAN)
        closing.close(connection, [one for one in places if not _kept(connection, one)], removed)
        return last or None

    return step


def _kept(connection: Connection, place: closing.Place) -> bool:
    """Tell whether a visit that stands begins near ``place`` in its journal, or an alert that is open rests on it."""
    near = conclusions.visits.c.seq.between(place.seq - NEAR, place.seq + NEAR)
    visit = select(conclusions.visits.c.id).where(
        conclusions.visits.c.device == place.device, conclusions.visits.c.epoch == place.epoch, near
    )
    if connection.execute(visit.where(conclusions.visits.c.state != "withdrawn").limit(1)).first() is not None:
        return True
    here = [alert_facts.c[name] == getattr(place, name) for name in ("device", "epoch", "seq", "h")]
    told = select(alerts.c.id).join(alert_facts, alert_facts.c.alert_id == alerts.c.id)
    return connection.execute(told.where(*here, alerts.c.closed_ms.is_(None)).limit(1)).first() is not None


def _findings(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    of_visit = select(conclusions.visits.c.id)
    opened = select(CASES.c.visit_id).where(CASES.c.state.in_(visits.OPEN))
    due = and_(ANOMALIES.c.changed_ms < wanted.before_ms, func.coalesce(ANOMALIES.c.at_ms, 0) < wanted.before_ms)
    free = or_(ANOMALIES.c.visit_id.is_(None), ANOMALIES.c.visit_id.not_in(of_visit))
    query = select(ANOMALIES.c.id).where(due, free, ANOMALIES.c.id.not_in(opened)).limit(ROWS)
    ids = connection.execute(query).scalars().all()
    remove(connection, removed, ANOMALY_REVISIONS, ANOMALY_REVISIONS.c.anomaly.in_(ids))
    remove(connection, removed, ANOMALIES, ANOMALIES.c.id.in_(ids))
    over = and_(CASES.c.closed_ms < wanted.before_ms, CASES.c.visit_id.not_in(of_visit))
    cases = select(CASES.c.number).where(over, CASES.c.state.not_in(visits.OPEN)).limit(ROWS)
    numbers = connection.execute(cases).scalars().all()
    used(connection, CASES.c.number, max(numbers, default=0))
    remove(connection, removed, CASE_ACTS, CASE_ACTS.c.number.in_(numbers))
    remove(connection, removed, CASES, CASES.c.number.in_(numbers))
    return True if ids or numbers else None


def _alerts(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    elders = held_keys(connection, "elder")
    newest = select(func.max(alerts.c.id)).scalar_subquery()
    query = select(alerts.c.id).where(
        alerts.c.closed_ms < wanted.before_ms, alerts.c.last_ms < wanted.before_ms, alerts.c.id < newest,
        func.coalesce(alerts.c.elder_id, "").not_in(elders),
    ).limit(ROWS)  # fmt: skip
    ids = connection.execute(query).scalars().all()
    delete_alerts(connection, ids, removed)
    return True if ids else None


def delete_alerts(connection: Connection, ids: Sequence[int], removed: Removed) -> None:
    """Delete alerts with all that was done and sent about them."""
    sends = connection.execute(select(SENDS.c.id).where(SENDS.c.alert_id.in_(ids))).scalars().all()
    _delete_sends(connection, sends, removed)
    for table in (acts, alert_facts):
        remove(connection, removed, table, table.c.alert_id.in_(ids))
    remove(connection, removed, alerts, alerts.c.id.in_(ids))


def _sends(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    settled = and_(SENDS.c.settled_ms < wanted.before_ms, SENDS.c.state != "waiting")
    ids = connection.execute(select(SENDS.c.id).where(settled).limit(ROWS)).scalars().all()
    _delete_sends(connection, ids, removed)
    return True if ids else None


def _reminders(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    rounds = select(ROUNDS.c.id).where(ROUNDS.c.due_ms < wanted.before_ms, ROUNDS.c.made_ms < wanted.before_ms)
    ids = connection.execute(rounds.limit(ROWS)).scalars().all()
    remove(connection, removed, REMINDERS, REMINDERS.c.round_id.in_(ids))
    remove(connection, removed, ROUNDS, ROUNDS.c.id.in_(ids))
    return True if ids else None


def _delete_sends(connection: Connection, ids: Sequence[int], removed: Removed) -> None:
    remove(connection, removed, ATTEMPTS, ATTEMPTS.c.send_id.in_(ids))
    remove(connection, removed, SENDS, SENDS.c.id.in_(ids))


def _meals(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    told = and_(meals.c.received_ms < wanted.before_ms, meals.c.waits.is_(False))
    due = and_(told, func.coalesce(meals.c.at_ms, 0) < wanted.before_ms, meals.c.changed_ms < wanted.before_ms)
    free = func.coalesce(meals.c.elder_id, "").not_in(held_keys(connection, "elder"))
    ids = connection.execute(select(meals.c.id).where(due, free).limit(ROWS)).scalars().all()
    remove(connection, removed, fills, fills.c.id.in_(ids))
    remove(connection, removed, meals, meals.c.id.in_(ids))
    return True if ids else None


def _forwarded(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    # What a platform refused is kept as long as its visit may be asked for: somebody may yet replay it.
    taken = [
        select(OUTBOX_ANSWER.c.outbox_id)
        .where(
            OUTBOX_ANSWER.c.outbox_id == OUTBOX.c.id, OUTBOX_ANSWER.c.destination == one,
            OUTBOX_ANSWER.c.state == "sent",
        )
        .exists()
        for one in wanted.destinations
    ]  # fmt: skip
    query = select(OUTBOX.c.id).where(OUTBOX.c.id > (cursor or 0), OUTBOX.c.enqueued_ms < wanted.before_ms)
    looked = connection.execute(query.order_by(OUTBOX.c.id).limit(ROWS)).scalars().all()
    ids = connection.execute(select(OUTBOX.c.id).where(OUTBOX.c.id.in_(looked), *taken)).scalars().all()
    for table in (OUTBOX_ANSWER, OUTBOX_REPLAY):
        remove(connection, removed, table, table.c.outbox_id.in_(ids))
    # Numbers of people go on while they are told of: one that began anew would be refused as used.
    told = OUTBOX_TOLD.c.kind.not_in(("elder", "caregiver"))
    remove(connection, removed, OUTBOX_TOLD, OUTBOX_TOLD.c.about.in_(ids), told)
    remove(connection, removed, OUTBOX, OUTBOX.c.id.in_(ids))
    return looked[-1] if looked else None


def _quarantine(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    query = select(quarantine.c.id).where(quarantine.c.received_ms < wanted.before_ms).limit(ROWS)
    ids = connection.execute(query).scalars().all()
    remove(connection, removed, quarantine, quarantine.c.id.in_(ids))
    return True if ids else None


def _registry(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    del cursor
    elders, caregivers = held_keys(connection, "elder"), held_keys(connection, "caregiver")
    before = len(removed.names)
    for table in TABLES.values():
        ended: list[Any] = [table.c.to_ms < wanted.before_ms]
        ended += [table.c[name].not_in(held) for name, held in _subjects(table, elders, caregivers)]
        query = select(table.c.id).where(*ended).limit(ROWS)
        remove(connection, removed, table, table.c.id.in_(connection.execute(query).scalars().all()))
    count = len(removed.names) - before
    if count:
        told = {"source": "retention", "added": 0, "changed": 0, "removed": count, "loaded_ms": wanted.before_ms}
        connection.execute(insert_into(LOADS).values(**told))
    return True if count else None


def _subjects(table: Table, elders: set[str], caregivers: set[str]) -> list[tuple[str, set[str]]]:
    named = (("elder_id", elders), ("caregiver_id", caregivers), ("holder_id", elders | caregivers))
    return [(name, held) for name, held in named if name in table.c and held]


def _accesses(connection: Connection, wanted: Wanted, cursor: Cursor, removed: Removed) -> Cursor:
    # Only up to a signed head, and never to the end: there the chain is taken up again.
    young = select(func.min(ACCESSES.c.id)).where(ACCESSES.c.at_ms >= wanted.before_ms)
    last = connection.execute(select(func.max(ACCESSES.c.id))).scalar() or 0
    first_kept = min(connection.execute(young).scalar() or last, last)
    head = select(func.max(ACCESS_HEADS.c.row)).where(ACCESS_HEADS.c.row < first_kept)
    until = connection.execute(head).scalar() or 0
    query = select(ACCESSES.c.id).where(ACCESSES.c.id <= until).order_by(ACCESSES.c.id).limit(ROWS)
    # Rows go from the oldest on, and all that are before a head in one transaction: a cut between heads is a fault.
    ids = connection.execute(query).scalars().all()
    if not ids:
        return None
    upto = connection.execute(select(func.min(ACCESS_HEADS.c.row)).where(ACCESS_HEADS.c.row >= ids[-1])).scalar()
    remove(connection, removed, ACCESSES, ACCESSES.c.id <= min(upto or until, until))
    return cursor or True


KINDS: Final = (
    Kind("visits", "visits_days", Text("上门记录", "visits"), _visits),
    Kind("days", "visits_days", Text("打卡日", "days with check-ins"), _days),
    Kind("events", "events_days", Text("终端事实", "facts of terminals"), _closing(*closing.PERSONAL)),
    Kind("fixes", "fixes_days", Text("终端位置", "positions of terminals"), _closing(int(EventKind.FIX))),
    Kind("findings", "findings_days", Text("异常与个案", "findings and cases"), _findings),
    Kind("alerts", "alerts_days", Text("告警", "alerts"), _alerts),
    Kind("sends", "sends_days", Text("告警发送记录", "messages of alerts"), _sends),
    Kind("meals", "meals_days", Text("助餐记录", "meals"), _meals),
    Kind("reminders", "reminders_days", Text("打卡提醒", "reminders to check in"), _reminders),
    Kind("forwarded", "forwarded_days", Text("已送平台的记录", "records that platforms took"), _forwarded),
    Kind("quarantine", "quarantine_days", Text("隔离区", "quarantine"), _quarantine),
    Kind("registry", "registry_days", Text("已终止的登记", "registrations that ended"), _registry),
    Kind("accesses", "accesses_days", Text("查阅记录", "log of accesses"), _accesses),
)
"""Visits go first: what they rest on is free only then."""
