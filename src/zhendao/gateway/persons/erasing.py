"""Erasing on request: what the law permits goes at once with a receipt; what must be kept is told with its reason.

Promise: only of somebody whose registration has ended, and who is under no hold. Gone are names, phones, addresses and
all else that is personal in the registry, contacts, closed alerts with their messages. Visits and what proves them,
where the place is too, are kept for their time: public money was paid for them. rule: PIPL, EVIDENCE
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, or_, select, update

from zhendao.command.roster.sheets import POSITION
from zhendao.gateway.alerts.tables import alerts
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.persons.errors import PersonError
from zhendao.gateway.persons.subject import Subject, registered
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.retention.book import Receipts, held_keys, parts
from zhendao.gateway.retention.kinds import delete_alerts
from zhendao.gateway.retention.receipt import Receipt, Removed
from zhendao.gateway.retention.settings import RetentionTable
from zhendao.protocol.wording import Text

KEPT: Final = (
    ("visits_days", Text(
        "上门记录、事实、异常、个案：公共资金结算与责任追究的证据（个人信息保护法第十三条、第四十七条）",
        "visits, facts, findings, cases: evidence of what public money was paid for (PIPL 13, 47)",
    )),
    ("accesses_days", Text(
        "查阅记录：个人信息处理情况记录至少保存三年（第五十六条）",
        "log of accesses: records of processing are kept for three years at least (PIPL 56)",
    )),
    ("forwarded_days", Text(
        "已送平台的记录：须能查对；平台上的由平台删除",
        "what platforms were given: must be checkable; theirs is theirs to delete",
    )),
)  # fmt: skip
"""What is kept, by which setting, and why."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: the receipt (None: there was nothing to erase), and what is kept: until how long, why."""

    receipt: Receipt | None
    kept: tuple[tuple[int, Text], ...]


def kept(table: RetentionTable) -> tuple[tuple[int, Text], ...]:
    """Return what is kept for how many days (0: for ever), and why."""
    return tuple((getattr(table, setting), why) for setting, why in KEPT)


def erase(
    connection: Connection, book: Book, keyring: Keyring, subject: Subject, table: RetentionTable, by: str, now_ms: int
) -> Erased:
    """Erase what may be erased, in a write transaction. Raises `PersonError` where nothing may."""
    rows = list(registered(connection, book, subject))
    if any(row.values["valid_to"] is None or row.values["valid_to"] > now_ms for sheet, _, row in rows
           if sheet.name == f"{subject.what}s"):  # fmt: skip
        raise PersonError(
            Text(f"{subject.key} 仍在登记中", f"{subject.key} is still registered"),
            Text(
                "先终止登记（填写失效时间后 registry load）", "end the registration first: valid_to, then registry load"
            ),
        )
    if subject.key in held_keys(connection, subject.what):
        raise PersonError(
            Text(f"{subject.key} 处于依法保留中", f"{subject.key} is under a hold"),
            Text("见 retention holds", "see retention holds"),
        )
    removed = Removed()
    for sheet, number, row in rows:
        one = TABLES[sheet.name]
        shared = sheet.name == "places" and _others_live_there(connection, subject, row.values["place_id"], now_ms)
        if shared or not sheet.personal:
            continue
        finds = {column.name: None for column in one.c if column.name.endswith("_find")}
        where = [name for name in sorted(POSITION) if row.values.get(name) is not None]
        if where and not any(row.values[column.name] for column in sheet.personal if column.name not in POSITION):
            continue  # nothing is left of it but where the place is
        blank = update(one).where(one.c.id == number, one.c.personal.is_not(None))
        if connection.execute(blank.values(personal=book.sealed(row, where), **finds)).rowcount:
            removed.note(one.name, [(number,)])
    closed = select(alerts.c.id).where(alerts.c.elder_id == subject.key, alerts.c.closed_ms.is_not(None))
    newest = select(alerts.c.id).order_by(alerts.c.id.desc()).limit(1).scalar_subquery()
    numbers = connection.execute(closed.where(alerts.c.id != newest)).scalars().all() if subject.what == "elder" else []
    for some in parts(numbers):
        delete_alerts(connection, some, removed)
    rule = f"request of {subject.what} {subject.key}, by {by}"
    return Erased(Receipts(keyring).write(connection, "person", rule, now_ms, removed, now_ms), kept(table))


def _others_live_there(connection: Connection, subject: Subject, place: str, now_ms: int) -> bool:
    one = TABLES["elders"]
    stands = or_(one.c.to_ms.is_(None), one.c.to_ms > now_ms)
    query = select(one.c.id).where(one.c.place_id == place, one.c.elder_id != subject.key, stands)
    return connection.execute(query.limit(1)).first() is not None
