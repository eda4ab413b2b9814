"""All that the store holds about one person, section by section, in the clear.

Promise: registration, cards and what was found about them, visits with every revision, the facts behind them, findings,
cases with all that was said, corrections, tasks, alerts with whom they were sent to, what platforms were given, entries
of the blocklist, holds, and who read it. What cannot be opened is told, not left out. rule: PIPL
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import Connection, and_, or_, select

from zhendao.command.atrest.catalogue import of_message
from zhendao.gateway.alerts.book import Book as Alerts
from zhendao.gateway.alerts.dispatch.tables import ATTEMPTS, SENDS
from zhendao.gateway.alerts.tables import alerts
from zhendao.gateway.api.reading import EventReader, Stored
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.blocklist.book import Blockings
from zhendao.gateway.cases.book import Book as Cases
from zhendao.gateway.cases.tables import CASES, UNLOCKS
from zhendao.gateway.forward.tables import OUTBOX, OUTBOX_ANSWER
from zhendao.gateway.meals.tables import meals
from zhendao.gateway.persons.subject import Subject, registered
from zhendao.gateway.registry.book import Book
from zhendao.gateway.reminders.tables import REMINDERS
from zhendao.gateway.retention.book import Holds, parts
from zhendao.gateway.retention.closing import PERSONAL
from zhendao.gateway.store.conclusions import checks, visit_revisions, visits
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.book import FindingsBook as Findings
from zhendao.gateway.surveys.tables import ANOMALIES, ATTENDANCE, TOGETHER
from zhendao.gateway.tokens.listing import Wanted, findings
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.wording import Text

Row = dict[str, Any]
MOST: Final = 10_000
"""Findings about one card."""
UNREADABLE: Final = {"unreadable": True}

TITLES: Final = {
    "registration": Text("登记信息", "registration"),
    "visits": Text("上门记录", "visits"),
    "revisions": Text("上门记录各版本", "revisions of visits"),
    "days": Text("打卡日", "days with check-ins"),
    "together": Text("同时进行的上门", "visits that were one piece of work"),
    "facts": Text("终端事实", "facts of terminals"),
    "findings": Text("异常", "findings"),
    "cards": Text("卡片疑点", "findings about cards"),
    "cases": Text("个案与陈述", "cases and statements"),
    "corrections": Text("更正、任务与解锁", "corrections, tasks and unlocks"),
    "blocklist": Text("禁入名单", "entries of the blocklist"),
    "alerts": Text("告警", "alerts"),
    "messages": Text("告警通知", "messages of alerts"),
    "meals": Text("助餐记录", "meals"),
    "reminders": Text("打卡提醒", "reminders to check in"),
    "forwarded": Text("送往平台", "given to platforms"),
    "holds": Text("依法保留", "holds"),
    "readings": Text("谁查阅过", "who read it"),
    "lists": Text("可能含其人的名单查阅", "readings of lists that may have shown them"),
}


@dataclass(slots=True)
class Held:
    """What is held, by section; the order is that of `TITLES`."""

    sections: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TITLES})

    @property
    def known(self) -> bool:
        """Whether anything at all is held but that somebody asked."""
        return any(rows for name, rows in self.sections.items() if name not in {"readings", "lists"})


def gather(connection: Connection, key: StoreKey, subject: Subject) -> Held:
    """Return all that is held about ``subject``."""
    held = Held()
    rows = list(registered(connection, Book(key), subject))
    held.sections["registration"] = [{"table": sheet.zh, **_plain(row.values)} for sheet, _, row in rows]
    cards = [(row.values["token_id"], row.values["uid"]) for sheet, _, row in rows if sheet.name == "tokens"]
    devices = [row.values["device"] for sheet, _, row in rows if sheet.name == "terminals"]
    found = connection.execute(select(visits).where(subject.visits).order_by(visits.c.begin_ms)).all()
    ids = [row.id for row in found]
    held.sections["visits"] = [dict(row.record) | {"revision": row.revision} for row in found]
    _revisions(connection, held, ids)
    if subject.what == "caregiver":
        days = select(ATTENDANCE).where(ATTENDANCE.c.caregiver_id == subject.key).order_by(ATTENDANCE.c.day)
        held.sections["days"] = [row._asdict() for row in connection.execute(days)]
    _together(connection, held, ids)
    _facts(connection, key, held, found, [uid for _, uid in cards if uid], devices if subject.what == "elder" else [])
    _findings(connection, key, held, subject, ids)
    for uid in (uid for _, uid in cards if uid):
        held.sections["cards"] += findings(connection, key, Wanted(uid=uid, healed=True), limit=MOST, numbers=True)
    _cases(connection, key, held, subject)
    _said_of_visits(connection, key, held, ids)
    _blocklist(connection, key, held, subject, cards)
    numbers = _alerts(connection, key, held, subject)
    _reminders(connection, held, subject)
    _forwarded(connection, held, ids)
    if subject.what == "elder":
        eaten = select(meals).where(meals.c.elder_id == subject.key).order_by(meals.c.id)
        held.sections["meals"] = [_plain(row._asdict()) for row in connection.execute(eaten)]
    for hold in Holds(key).all(connection):
        if (hold.what, hold.key) == (subject.what, subject.key) or hold.key in {one.hex() for one in ids}:
            held.sections["holds"].append({name: getattr(hold, name) for name in hold.__slots__})
    _readings(connection, held, [subject.key, *(one.hex() for one in ids)], numbers)
    return held


def _revisions(connection: Connection, held: Held, ids: Iterable[bytes]) -> None:
    for some in parts(ids):
        query = select(visit_revisions).where(visit_revisions.c.visit_id.in_(some))
        for row in connection.execute(query.order_by(visit_revisions.c.id)):
            held.sections["revisions"].append({"revision": row.revision, "made_ms": row.made_ms, **row.record})


def _together(connection: Connection, held: Held, ids: Iterable[bytes]) -> None:
    mine = {one.hex() for one in ids}
    for row in connection.execute(select(TOGETHER).order_by(TOGETHER.c.begin_ms)):
        if mine & {*orjson.loads(row.visits)}:
            told = {"kind": row.kind, "visits": row.visits, "begin_ms": row.begin_ms, "end_ms": row.end_ms}
            held.sections["together"].append(told)


def _facts(
    connection: Connection, key: StoreKey, held: Held, found: Iterable[Any], uids: list[bytes], devices: list[bytes]
) -> None:
    """Give the checks of the visits, all that the person's card did, and what the terminals at home witnessed."""
    reader, wanted = EventReader(connection, key), set[int]()
    for visit in found:
        for side in (visit.record.get("in"), visit.record.get("out")):
            if side is not None:
                h = events.c.h == bytes.fromhex(side["h"])
                where = (events.c.epoch == bytes.fromhex(side["epoch"]), events.c.seq == side["seq"], h)
                wanted |= set(connection.execute(select(events.c.id).where(*where)).scalars())
    at = connection.execute(select(checks.c.device).distinct()).scalars().all() if uids else []
    for device in at:
        lanes = [key.find_by(b"lane", device, uid) for uid in uids]
        same = and_(*(checks.c[name] == events.c[name] for name in ("device", "epoch", "seq", "h")))
        query = select(events.c.id).join(checks, same).where(checks.c.device == device, checks.c.lane.in_(lanes))
        wanted |= set(connection.execute(query).scalars())
    here = select(events.c.id).where(events.c.device.in_(devices), events.c.kind.in_(PERSONAL))
    wanted |= set(connection.execute(here).scalars())
    for some in parts(sorted(wanted)):
        for row in connection.execute(select(events).where(events.c.id.in_(some)).order_by(events.c.id)):
            event = reader.open(Stored(row.device, row.epoch, row.seq, row.suite, row.start, row.sealed))
            told = UNREADABLE if event is None else event_to_json(event)
            held.sections["facts"].append({"id": row.id, "received_ms": row.received_ms, **told})


def _findings(connection: Connection, key: StoreKey, held: Held, subject: Subject, ids: list[bytes]) -> None:
    book, mine, name = Findings(key), set(ids), f'"{subject.key}"'.encode()
    for row in connection.execute(select(ANOMALIES).order_by(ANOMALIES.c.found_ms)):
        try:
            said = book.said(row.id, row.record)
        except CryptoError:
            said = dict(UNREADABLE)
        if row.visit_id in mine or name in orjson.dumps(said):
            held.sections["findings"].append({"kind": row.kind, "state": row.state, "found_ms": row.found_ms, **said})


def _cases(connection: Connection, key: StoreKey, held: Held, subject: Subject) -> None:
    book = Cases(key)
    for row in connection.execute(select(CASES).where(CASES.c[subject.column] == subject.key)):
        case = {"number": row.number, "state": row.state, "kinds": row.kinds, "opened_ms": row.opened_ms,
                "closed_ms": row.closed_ms, "decision": row.decision}  # fmt: skip
        lines = book.lines(connection, row.number)
        acts = [{"act": one.act.value, "at_ms": one.at_ms, "by": one.by, "said": one.said} for one in lines]
        held.sections["cases"].append(case | {"acts": acts, "corrections": _deeds(connection, book, row.visit_id)})


def _deeds(connection: Connection, book: Cases, visit_id: bytes) -> list[Row]:
    try:
        return [
            {"by": one.deed.by, "act": one.deed.act.value, "at_ms": one.deed.at_ms, "memo": one.deed.memo}
            for one in book.deeds(connection, visit_id=visit_id)
        ]
    except CryptoError:
        return [dict(UNREADABLE)]


def _said_of_visits(connection: Connection, key: StoreKey, held: Held, ids: Iterable[bytes]) -> None:
    """Give what people signed of visits: corrections where there is no case, tasks, and who unlocked them."""
    book, told = Cases(key), held.sections["corrections"]
    for visit_id in ids:
        named = {"visit_id": visit_id.hex()}
        if book.number_of(connection, visit_id) is None:
            told += [{**named, **one} for one in _deeds(connection, book, visit_id)]
        try:
            told += [{**named, "tasks": asdict(one)} for one in book.tasks(connection, visit_id)]
        except CryptoError:
            told.append({**named, **UNREADABLE})
        query = select(UNLOCKS.c.by, UNLOCKS.c.at_ms, UNLOCKS.c.until_ms).where(UNLOCKS.c.visit_id == visit_id)
        told += [{**named, "unlocked": row._asdict()} for row in connection.execute(query)]


def _blocklist(
    connection: Connection, key: StoreKey, held: Held, subject: Subject, cards: Iterable[tuple[bytes, bytes | None]]
) -> None:
    numbers = {number for card in cards for number in card if number}
    for one in Blockings(key).all(connection, ended=True):
        if one.person == subject.key or one.number in numbers:
            entry = {name: getattr(one, name) for name in one.__slots__ if name != "number"}
            held.sections["blocklist"].append(_plain({**entry, "said": dict(one.said), "number": one.number}))


def _alerts(connection: Connection, key: StoreKey, held: Held, subject: Subject) -> list[int]:
    book, numbers = Alerts(key), list[int]()
    if subject.what != "elder":
        return numbers
    for row in connection.execute(select(alerts).where(alerts.c.elder_id == subject.key).order_by(alerts.c.id)):
        numbers.append(row.id)
        lines = [{name: _cell(getattr(one, name)) for name in one.__slots__} for one in book.lines(connection, row.id)]
        held.sections["alerts"].append(_plain(row._asdict()) | {"acts": lines})
    for some in parts(numbers):
        for send in connection.execute(select(SENDS).where(SENDS.c.alert_id.in_(some)).order_by(SENDS.c.id)):
            tried = select(ATTEMPTS.c.at_ms, ATTEMPTS.c.outcome).where(ATTEMPTS.c.send_id == send.id)
            held.sections["messages"].append({
                "alert": send.alert_id, "channel": send.channel, "audience": send.audience,
                "to": _names(key, send.message_id, send.names), "state": send.state,
                "owed_ms": send.owed_ms, "attempts": [tuple(one) for one in connection.execute(tried)],
            })  # fmt: skip
    return numbers


def _names(key: StoreKey, message_id: str, sealed: bytes) -> list[str]:
    try:
        before = f"alert-send/{message_id}".encode()
        return [*orjson.loads(key.of("alerts").open(sealed, of_message(message_id, "names"), before))]
    except CryptoError:
        return []


def _reminders(connection: Connection, held: Held, subject: Subject) -> None:
    if subject.what != "caregiver":
        return
    query = select(REMINDERS).where(REMINDERS.c.caregiver_id == subject.key).order_by(REMINDERS.c.id)
    held.sections["reminders"] = [_plain(row._asdict()) for row in connection.execute(query)]


def _forwarded(connection: Connection, held: Held, ids: Iterable[bytes]) -> None:
    for some in parts(one.hex() for one in ids):
        query = (
            select(OUTBOX.c.key, OUTBOX.c.revision, OUTBOX_ANSWER.c.destination, OUTBOX_ANSWER.c.state,
                   OUTBOX_ANSWER.c.answered_ms)
            .outerjoin(OUTBOX_ANSWER, OUTBOX_ANSWER.c.outbox_id == OUTBOX.c.id)
            .where(OUTBOX.c.record_type == "visit", OUTBOX.c.key.in_(some))
            .order_by(OUTBOX.c.id)
        )  # fmt: skip
        held.sections["forwarded"] += [row._asdict() for row in connection.execute(query)]


def _readings(connection: Connection, held: Held, names: list[str], numbers: list[int]) -> None:
    """Tell readings that name the person, a visit or an alert of theirs apart from those of lists."""
    wanted = {*names, *(f"alert={number}" for number in numbers)}
    lists: dict[tuple[str, str, str, bool], Row] = {}
    columns = [ACCESSES.c[name] for name in ("at_ms", "token_id", "role", "resource", "filters", "items", "names")]
    for row in connection.execute(select(*columns).where(or_(ACCESSES.c["items"] > 0)).order_by(ACCESSES.c.id)):
        said = {word for part in row.filters.split("&") for word in (part, part.partition("=")[2])}
        if said & wanted:
            held.sections["readings"].append(row._asdict())
            continue
        one = lists.setdefault(
            (row.token_id, row.role, row.resource, row.names),
            {"token_id": row.token_id, "role": row.role, "resource": row.resource, "names": row.names, "times": 0,
             "first_ms": row.at_ms},
        )  # fmt: skip
        one["times"] += 1
        one["last_ms"] = row.at_ms
    held.sections["lists"] = list(lists.values())


def _plain(values: Any) -> Row:
    return {name: _cell(value) for name, value in dict(values).items() if value is not None}


def _cell(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else getattr(value, "value", value)
