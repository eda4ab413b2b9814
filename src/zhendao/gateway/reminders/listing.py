"""Lists of reminders as people may see them: who would be reminded, and what became of those who were. Masked.

Promise: names and numbers are masked unless whoever asks may see them whole and was written down for it.
rule: REMIND, PIPL
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from zhendao.gateway.registry.book import Book
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.deciding import REASONS, Verdict
from zhendao.gateway.reminders.tables import REMINDERS, ROUNDS
from zhendao.gateway.reports.people import Person, people, veiled
from zhendao.gateway.reports.stock import Stock
from zhendao.protocol.wording import Text

STATES: Final = {
    **REASONS,
    book.WAITING: Text("待发", "waiting"),
    book.SENDING: Text("发送中", "going out"),
    book.SENT: Text("已发", "sent"),
    book.UNSURE: Text("可能已发", "perhaps sent"),
    book.REFUSED: Text("被拒", "refused"),
    book.LATE: Text("已过时限", "too late"),
    book.NO_NUMBER: Text("无可用号码", "no number"),
    book.LIMITED: Text("该号码次数已满", "the number had enough"),
    book.MADE: Text("已执行", "made"),
    book.MISSED: Text("已错过", "missed"),
    "owed": Text("应提醒", "owed"),
}
"""What each state of a reminder, or of a round, is called."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody of whom it was decided, as she may be shown."""

    caregiver_id: str
    name: str
    phone: str
    organisation: str
    plan: str
    why: str
    offline: tuple[str, ...]
    times_today: int


@dataclass(frozen=True, slots=True)
class Line:
    """A reminder, as it may be shown."""

    id: int
    round: str
    plan: str
    channel: str
    caregiver_id: str
    name: str
    organisation: str
    state: str
    offline: bool
    owed_ms: int
    tried_ms: int | None
    settled_ms: int | None
    attempts: int
    detail: str


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round, with how many of its plan were owed a reminder, and how many were not for which reason."""

    name: str
    plan: str
    due_ms: int
    state: str
    by: str
    counts: Mapping[str, int]


def looked(
    verdicts: Sequence[Verdict],
    named: Mapping[str, Person],
    stock: Stock,
    told: Mapping[str, Collection[Any]],
    *,
    unmasked: bool = False,
) -> list[Looked]:
    """Return ``verdicts`` as they may be shown; ``told``: who was reminded today."""
    found = []
    for one in verdicts:
        person = named.get(one.caregiver_id)
        name, phone = ("", "") if person is None else person.named(unmasked=unmasked)
        firm = stock.firm(one.organisation or None)
        found.append(
            Looked(
                one.caregiver_id, name, phone, "" if firm is None else firm.title,
                "" if one.plan is None else one.plan.name, one.why,
                tuple(terminal.device.hex() for terminal in one.offline), len(told.get(one.caregiver_id, ())),
            )
        )  # fmt: skip
    return found


def lines(
    connection: Connection,
    book_: Book,
    day: str,
    at_ms: int,
    only: Collection[str] | None = None,
    cut: tuple[int, int | None] | None = None,
    *,
    unmasked: bool = False,
) -> list[Line]:
    """Return the reminders of local ``day`` (YYYY-MM-DD), of ``only`` these caregivers, as registered at ``at_ms``.

    ``cut``: the newest first, at most so many, before the one of that id.
    """
    c = REMINDERS.c
    query = select(REMINDERS, ROUNDS.c.name.label("round_name")).join(ROUNDS, ROUNDS.c.id == c.round_id)
    query = query.where(ROUNDS.c.day == day)
    if cut is None:
        query = query.order_by(c.round_id, c.channel, c.organisation, c.id)
    else:
        most, before = cut
        query = query.order_by(c.id.desc()).limit(most)
        query = query if before is None else query.where(c.id < before)
    named = people(connection, book_, at_ms, at_ms + 1)
    found = []
    for row in connection.execute(query):
        if only is not None and row.caregiver_id not in only:
            continue
        person = named.get(row.caregiver_id)
        name = "" if person is None else veiled(person.name, None, unmasked=unmasked)[0]
        found.append(
            Line(
                row.id, row.round_name, row.plan, row.channel, row.caregiver_id, name, row.organisation, row.state,
                row.offline, row.owed_ms, row.tried_ms, row.settled_ms, row.attempts, row.detail,
            )
        )  # fmt: skip
    return found


def round_lines(connection: Connection, day: str) -> list[RoundLine]:
    """Return the rounds of local ``day`` (YYYY-MM-DD) in their order."""
    query = select(ROUNDS).where(ROUNDS.c.day == day).order_by(ROUNDS.c.due_ms, ROUNDS.c.id)
    return [
        RoundLine(row.name, row.plan, row.due_ms, row.state, row.by, json.loads(row.counts))
        for row in connection.execute(query)
    ]
