"""``/api/v1/reminders…``: who would be reminded now, what was sent on a day, and each round of it; logged before.

Promise: names and numbers are masked for whoever has no right to them, and for whoever has it and did not ask. Nothing
is sent from here. rule: REMIND, PIPL
"""

import time
from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from zhendao.gateway.api.desk import Desk, asked_for
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.shapes import Page
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.judging.days import local_date
from zhendao.gateway.reminders import book, listing
from zhendao.gateway.reminders.deciding import REASONS
from zhendao.gateway.reminders.rounds import Rules, survey
from zhendao.gateway.reports.people import people
from zhendao.gateway.reports.stock import stock

Day = Annotated[str | None, Query(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="a local day, default: today")]
Names = Annotated[bool, Query(description="names unmasked, for roles that may")]
Word = Annotated[str | None, Query(min_length=1, max_length=64)]


class ReminderItem(BaseModel):
    """A reminder: whom, by which channel, when it went out, what came of it."""

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


class RoundItem(BaseModel):
    """A round: how many were owed a reminder, and how many were not for which reason."""

    name: str
    plan: str
    due_ms: int
    state: str
    by: str
    counts: dict[str, int]


class RoundList(BaseModel):
    """The rounds of a day."""

    items: list[RoundItem]


class DueItem(BaseModel):
    """Somebody of whom it would be decided now; ``why`` empty: she would be reminded."""

    caregiver_id: str
    name: str
    phone: str
    organisation: str
    plan: str
    why: str
    zh: str
    en: str
    offline: list[str]
    times_today: int


class DueList(BaseModel):
    """Who would be reminded now, and why each other not."""

    at_ms: int
    items: list[DueItem]


def add(app: FastAPI, desk: Desk, rules: Rules) -> None:
    """Add the addresses to ``app``; ``rules``: by what is decided."""
    reading = Depends(desk.having(Right.VISITS))

    @app.get("/api/v1/reminders")
    def reminders(
        request: Request,
        bearer: Annotated[Bearer, reading],
        date: Day = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="most items of a page")] = 200,
        before: Annotated[str | None, Query(pattern="^[0-9]{1,18}$", description="`next` of the page before")] = None,
        names: Names = False,  # noqa: FBT002
    ) -> Page[ReminderItem]:
        """Reminders of a local day, the newest first."""
        _may(bearer, names=names)
        now_ms = _now_ms()
        day = date or local_date(now_ms, rules.offset_ms).isoformat()

        def read(connection: Connection) -> Page[ReminderItem]:
            cut = limit + 1, None if before is None else int(before)
            found = listing.lines(connection, desk.book, day, now_ms, None, cut, unmasked=names)
            items = [ReminderItem(**asdict(one)) for one in found[:limit]]
            return Page(items=items, next=str(items[-1].id) if len(found) > limit else None)

        return desk.page(request, bearer, read, names=names)

    @app.get("/api/v1/reminders/rounds")
    def rounds(request: Request, bearer: Annotated[Bearer, reading], date: Day = None) -> RoundList:
        """Rounds of a local day in their order."""
        day = date or local_date(_now_ms(), rules.offset_ms).isoformat()
        with desk.store.reading() as connection:
            items = [RoundItem(**asdict(one)) for one in listing.round_lines(connection, day)]
        desk.log(bearer, "reminder rounds", asked_for(request), items=len(items))
        return RoundList(items=items)

    @app.get("/api/v1/reminders/due")
    def due(
        request: Request,
        bearer: Annotated[Bearer, reading],
        organisation: Word = None,
        names: Names = False,  # noqa: FBT002
    ) -> DueList:
        """Who would be reminded now, and why each other not; nothing is sent."""
        _may(bearer, names=names)
        now_ms = _now_ms()
        with desk.store.reading() as connection:
            verdicts = survey(connection, desk.current.at(connection), rules, now_ms)
            verdicts = [one for one in verdicts if organisation in {None, one.organisation}]
            named = people(connection, desk.book, now_ms, now_ms + 1)
            held, told = stock(connection, desk.book, now_ms), book.told_today(connection, now_ms, rules.offset_ms)
            found = listing.looked(verdicts, named, held, told, unmasked=names)
        desk.log(bearer, "reminders due", asked_for(request), items=len(found), names=names)
        items = [DueItem(**asdict(one), zh=REASONS[one.why].zh, en=REASONS[one.why].en) for one in found]
        return DueList(at_ms=now_ms, items=items)


def _may(bearer: Bearer, *, names: bool) -> None:
    if names and not allows(bearer.role, Right.NAMES):
        raise HTTPException(403)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
