"""``/api/v1/alerts``, what stands beside an alert: its dossier, what was sent of it, drills due, false alarms.

Promise: a dossier is masked unless it is asked for whole by whoever may (a seat, until a day after the alert was ended;
a role that may see names), and a whole one is answered only after the reading was logged. rule: PIPL.
"""

import time
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Path, Query, Request
from pydantic import BaseModel
from sqlalchemy import Connection, func, select
from starlette.exceptions import HTTPException

from zhendao.gateway.alerts import drills, false_alarms
from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.book import Book
from zhendao.gateway.alerts.dispatch.tables import ATTEMPTS, SENDS
from zhendao.gateway.alerts.dossier import gather
from zhendao.gateway.alerts.false_alarms import REASONS, Ended
from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.alerts.tables import alerts
from zhendao.gateway.alerts.values import Act, Alert, AlertKind, State
from zhendao.gateway.api.desk import Desk, asked_for
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.tokens import Bearer
from zhendao.protocol.vocabulary import Placement

_Number = Annotated[int, Path(ge=1, le=2**53)]
MOST: Final = 10_000
SEEN_MS: Final = drills.DAY_MS


class Attempt(BaseModel):
    """One attempt: when, how long it took, what came of it."""

    at_ms: int
    took_ms: int
    outcome: str
    detail: str


class Send(BaseModel):
    """One message of an alert: by which channel, to whom (no names), and every attempt."""

    message_id: str
    channel: str
    audience: str
    step: int
    drill: bool
    owed_ms: int
    state: str
    attempts: list[Attempt]


class SendList(BaseModel):
    """What was sent of an alert."""

    items: list[Send]


class DrillItem(BaseModel):
    """A home, and its last drill that a person took."""

    device: str
    elder_id: str | None
    place_id: str | None
    last_ms: int | None
    overdue: bool


class DrillList(BaseModel):
    """Every home, those first whose last drill is the longest ago."""

    items: list[DrillItem]


class FalseItem(BaseModel):
    """How often a home's button or sensor was wrong; ``zh``/``en``: what an engineer should do, if anything."""

    device: str
    kind: str
    subject: str
    total: int
    false: int
    share: float
    reason: str | None
    reason_zh: str
    reason_en: str
    zh: str | None
    en: str | None


class FalseList(BaseModel):
    """The worst first."""

    items: list[FalseItem]


def add(app: FastAPI, desk: Desk, alerting: Alerting, acts: Acts) -> None:
    """Add the addresses to ``app``, before that of a single alert."""
    seeing = desk.having(Right.ALERTS)

    @app.get("/api/v1/alerts/drills")
    def drills_due(
        _bearer: Annotated[Bearer, Depends(seeing)], days: Annotated[int, Query(ge=1, le=3650)] = 90
    ) -> DrillList:
        """Homes, and when a drill of each was taken by a person last."""
        now_ms = _now_ms()
        with desk.store.reading() as connection:
            homes = [
                (one.device, one.elder_id, one.place_id)
                for one in desk.current.at(connection).terminals_at(now_ms)
                if one.placement is Placement.HOME
            ]
            found = drills.drilled(homes, _taken(connection), now_ms, days)
        return DrillList(items=[DrillItem(**_plain(one)) for one in found])

    @app.get("/api/v1/alerts/false")
    def false(
        _bearer: Annotated[Bearer, Depends(seeing)], days: Annotated[int, Query(ge=1, le=3650)] = 30
    ) -> FalseList:
        """False alarms by home and sensor, with what an engineer should look at; nothing is ever muted for them."""
        with desk.store.reading() as connection:
            ended = _ended(connection, alerting.book, _now_ms() - days * drills.DAY_MS)
        return FalseList(items=[_false(one) for one in false_alarms.rates(ended)])

    @app.get("/api/v1/alerts/{number}/dossier")
    def dossier(
        request: Request,
        number: _Number,
        bearer: Annotated[Bearer, Depends(seeing)],
        names: Annotated[bool, Query(description="unmasked, for roles that may")] = False,  # noqa: FBT002
    ) -> dict[str, Any]:
        """Who, where, how to enter, whom to call, who is there, and what else is known."""
        with desk.store.reading() as connection:
            alert = alerting.book.get(connection, number)
            if names and not may_see(bearer.role, alert, _now_ms()):
                raise HTTPException(403)
            registry = desk.current.at(connection)
            found = gather(connection, desk.store_key, registry, alert, _now_ms())
        filters = f"{number}/dossier?{asked_for(request)}"
        acts.do(lambda c, _now: desk.enter(c, bearer, "alerts", filters, items=1, names=names))
        return found.shown(unmasked=names)

    @app.get("/api/v1/alerts/{number}/sends")
    def sends(number: _Number, _bearer: Annotated[Bearer, Depends(seeing)]) -> SendList:
        """What was sent of an alert, by which channel, and every attempt."""
        with desk.store.reading() as connection:
            alerting.book.get(connection, number)
            return SendList(items=_sends(connection, number))


def may_see(role: str, alert: Alert, now_ms: int) -> bool:
    """Tell whether ``role`` may see whom ``alert`` is about: who answers it, until a day after it was ended."""
    over = alert.closed_ms is not None and now_ms - alert.closed_ms > SEEN_MS
    return allows(role, Right.NAMES) or (allows(role, Right.ANSWER) and not over)


def _sends(connection: Connection, number: int) -> list[Send]:
    found = []
    for row in connection.execute(select(SENDS).where(SENDS.c.alert_id == number).order_by(SENDS.c.id).limit(MOST)):
        tried = connection.execute(select(ATTEMPTS).where(ATTEMPTS.c.send_id == row.id).order_by(ATTEMPTS.c.id))
        attempts = [Attempt(at_ms=t.at_ms, took_ms=t.took_ms, outcome=t.outcome, detail=t.detail) for t in tried]
        plain = {name: getattr(row, name) for name in Send.model_fields if name != "attempts"}
        found.append(Send(**plain, attempts=attempts))
    return found


def _taken(connection: Connection) -> dict[bytes, int]:
    """Return when a drill of each terminal was taken by a person last."""
    c = alerts.c
    query = select(c.device, func.max(c.raised_ms)).where(c.drill, c.acknowledged_ms.is_not(None)).group_by(c.device)
    return {row[0]: row[1] for row in connection.execute(query)}


def _ended(connection: Connection, book: Book, since_ms: int) -> list[Ended]:
    c = alerts.c
    query = select(c.id, c.device, c.kind, c.subject, c.state).where(
        c.raised_ms >= since_ms, c.closed_ms.is_not(None), c.drill.is_(False)
    )
    found = []
    for row in connection.execute(query.order_by(c.id.desc()).limit(MOST)).all():
        false, reason = row.state == State.FALSE_ALARM.value, None
        if false:
            said = [one.entry.said for one in book.lines(connection, row.id) if one.entry.act is Act.FALSE_ALARM]
            reason = false_alarms.reason_in(said[-1] if said else "")
        found.append(Ended(row.device, AlertKind(row.kind), row.subject, false, reason))
    return found


def _false(one: false_alarms.Rate) -> FalseItem:
    reason = REASONS[one.reason or "other"]
    return FalseItem(
        device=one.device.hex(),
        kind=one.kind.value,
        subject=one.subject,
        total=one.total,
        false=one.false,
        share=round(one.share, 3),
        reason=one.reason,
        reason_zh=reason.zh,
        reason_en=reason.en,
        zh=None if one.advice is None else one.advice.zh,
        en=None if one.advice is None else one.advice.en,
    )


def _plain(one: drills.Drilled) -> dict[str, Any]:
    names = ("elder_id", "place_id", "last_ms", "overdue")
    return {"device": one.device.hex()} | {name: getattr(one, name) for name in names}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
