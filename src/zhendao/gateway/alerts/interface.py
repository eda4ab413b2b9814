"""``/api/v1/alerts``: who waits, who has it, the log of it; taking and ending alerts, drills, and a stream of changes.

Promise: an act is answered after it was committed; of two who take the same alert one gets it, and the other is told
who has it (409). What is read is logged first. Names of people are not here: see the dossier.
"""

import time
from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Path, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy import Connection

from zhendao.command.roster.shifts import Days
from zhendao.gateway.alerts import deeds
from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.dispatch import interface as dispatch
from zhendao.gateway.alerts.errors import AlertError, BusyError, NoAlertError
from zhendao.gateway.alerts.false_alarms import noted
from zhendao.gateway.alerts.news import News
from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.alerts.shapes import (
    AlertDetail,
    AlertItem,
    Drilling,
    Ending,
    FactItem,
    SeatItem,
    SeatList,
    Taking,
    alert_item,
    log_item,
)
from zhendao.gateway.alerts.streaming import AT_ONCE, Changes, streamed
from zhendao.gateway.alerts.values import plain
from zhendao.gateway.api import problems
from zhendao.gateway.api.desk import Desk, asked_for
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.shapes import ErrorAnswer, Page
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.registry.duty import on_duty

_Number = Annotated[int, Path(ge=1, le=2**53)]
_CONFLICT: dict[int | str, dict[str, Any]] = {404: {"model": ErrorAnswer}, 409: {"model": ErrorAnswer}}
_EVERY_DAY = 0b111_1111
MOST_OPEN = 1_000
MOST_STREAMS = 64
"""Screens at a time: there is to be room for those who act."""


class Alarms:
    """What the interface of alerts stands on: the thread that acts, and whoever is told of changes."""

    def __init__(self, alerting: Alerting, acts: Acts, news: News) -> None:
        self.alerting, self.acts, self.news = alerting, acts, news


def add(app: FastAPI, desk: Desk, alarms: Alarms) -> None:
    """Add the addresses to ``app``."""
    app.add_exception_handler(AlertError, _on_alert)
    _add_stream(app, desk, alarms)
    dispatch.add(app, desk, alarms.alerting, alarms.acts)
    _add_reading(app, desk, alarms)
    _add_acting(app, desk, alarms)


async def _on_alert(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AlertError)  # noqa: S101 - what FastAPI registers it for
    status = 404 if isinstance(error, NoAlertError) else 503 if isinstance(error, BusyError) else 409
    return problems.answer(status, said=(error.code, error.explained()))


def _add_reading(app: FastAPI, desk: Desk, alarms: Alarms) -> None:
    book, acts = alarms.alerting.book, alarms.acts

    def log(request: Request, bearer: Bearer, items: int) -> None:
        # Through the thread that ingests: a second writer would wait while a backlog is taken in.
        acts.do(lambda connection, _now: desk.enter(connection, bearer, "alerts", asked_for(request), items=items))

    @app.get("/api/v1/alerts")
    def alerts(
        request: Request,
        bearer: Annotated[Bearer, Depends(desk.having(Right.ALERTS))],
        open: Annotated[bool, Query(description="only those that nobody has ended")] = False,  # noqa: A002, FBT002
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Annotated[str | None, Query(pattern="^[0-9]{1,15}$")] = None,
    ) -> Page[AlertItem]:
        """Alerts, newest first."""
        place = None if before is None else int(before)
        with desk.store.reading() as connection:
            found = book.page(connection, open_only=open, before=place, limit=limit + 1)
        more = str(found[limit - 1].id) if len(found) > limit else None
        items = [alert_item(one) for one in found[:limit]]
        log(request, bearer, len(items))
        return Page(items=items, next=more)

    @app.get("/api/v1/alerts/seats")
    def seats(_bearer: Annotated[Bearer, Depends(desk.having(Right.ALERTS))]) -> SeatList:
        """The duty seats as registered, and who is on duty now."""
        now_ms = time.time_ns() // 1_000_000
        zone = timezone(timedelta(minutes=alarms.alerting.table.utc_offset_min))
        with desk.store.reading() as connection:
            registered = desk.current.at(connection).seats_at(now_ms)
        present = on_duty(registered, now_ms, zone, None)
        return SeatList(
            items=[
                SeatItem(
                    seat=one.seat,
                    rank=one.rank,
                    days=Days().word(_EVERY_DAY if one.days is None else one.days, "en"),
                    hours=one.hours or "00:00-24:00",
                    regions=list(one.regions),
                    on_duty=one in present,
                )
                for one in registered
            ]
        )

    @app.get("/api/v1/alerts/{number}", responses=_CONFLICT)
    def alert(
        request: Request, number: _Number, bearer: Annotated[Bearer, Depends(desk.having(Right.ALERTS))]
    ) -> AlertDetail:
        """One alert with its log and its facts."""
        with desk.store.reading() as connection:
            item, log_lines = alert_item(book.get(connection, number)), book.lines(connection, number)
            facts = book.facts(connection, number)
        log(request, bearer, 1)
        return AlertDetail(
            alert=item,
            log=[log_item(line) for line in log_lines],
            facts=[FactItem(device=d.hex(), epoch=e.hex(), seq=s, h=h.hex()) for d, e, s, h in facts],
        )


def _add_stream(app: FastAPI, desk: Desk, alarms: Alarms) -> None:
    book = alarms.alerting.book

    @app.get("/api/v1/alerts/stream", response_class=StreamingResponse)
    def stream(
        request: Request,
        bearer: Annotated[Bearer, Depends(desk.having(Right.ALERTS))],
        since: Annotated[int | None, Query(ge=0, le=2**53, description="number of the last change seen")] = None,
        seat: Annotated[str, Query(max_length=40, description="whose screen shows it: then it counts as told")] = "",
        last_event_id: Annotated[str | None, Header(pattern="^[0-9]{1,15}$")] = None,
    ) -> StreamingResponse:
        """Alerts as they change (server-sent events): first those that are open, then every change."""
        known = int(last_event_id) if last_event_id is not None else since
        telling = bool(seat) and allows(bearer.role, Right.ANSWER)

        def enter(connection: Connection, _now: Any) -> None:
            desk.enter(connection, bearer, "alerts", asked_for(request), items=0)

        def read(after: int) -> Changes:
            with desk.store.reading() as connection:
                changed = book.changed_since(connection, after, AT_ONCE)
            return [(change, alert_item(one)) for change, one in changed]

        def shown(items: Sequence[AlertItem]) -> None:
            raised = [one.id for one in items if one.state == "raised"]
            if telling and raised:
                alarms.acts.do(deeds.tell(alarms.alerting, raised, plain(seat)))

        if alarms.news.ears >= MOST_STREAMS:
            raise BusyError
        alarms.acts.do(enter)
        if known is not None:
            begin: tuple[int, Changes] = (known, ())
        else:
            with desk.store.reading() as connection:
                open_ones = book.page(connection, open_only=True, before=None, limit=MOST_OPEN)[::-1]
                begin = (book.last_change(connection), [(0, alert_item(one)) for one in open_ones])
        return StreamingResponse(
            streamed(alarms.news, begin, read, shown, lambda: desk.still(bearer, Right.ALERTS)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _add_acting(app: FastAPI, desk: Desk, alarms: Alarms) -> None:
    alerting, do = alarms.alerting, alarms.acts.do

    @app.post("/api/v1/alerts/drill", status_code=201)
    def drill(asked: Drilling, bearer: Annotated[Bearer, Depends(desk.having(Right.ANSWER))]) -> AlertItem:
        """Begin a drill, as if the button of a terminal had been pressed."""
        return alert_item(do(deeds.drill(alerting, bytes.fromhex(asked.device), acting_as(bearer, asked.by))))

    @app.post("/api/v1/alerts/{number}/ack", responses=_CONFLICT)
    def ack(number: _Number, asked: Taking, bearer: Annotated[Bearer, Depends(desk.having(Right.ANSWER))]) -> AlertItem:
        """Take an alert: from now on a person has it, and the elder hears so."""
        by = acting_as(bearer, asked.by)
        return alert_item(do(deeds.acknowledge(alerting, number, by, asked.minutes, plain(asked.note))))

    @app.post("/api/v1/alerts/{number}/resolve", responses=_CONFLICT)
    def resolve(
        number: _Number, asked: Ending, bearer: Annotated[Bearer, Depends(desk.having(Right.ANSWER))]
    ) -> AlertItem:
        """End an alert: resolved, or a false alarm."""
        by = acting_as(bearer, asked.by)
        said = noted(asked.reason, asked.note) if asked.false_alarm else asked.note
        return alert_item(do(deeds.resolve(alerting, number, by, said, false_alarm=asked.false_alarm)))


def acting_as(bearer: Bearer, by: str) -> str:
    """Return the name under which an act is logged: that of the token, which is the seat's, and who sits there."""
    seat = plain(bearer.label or bearer.token_id).replace("/", "-")
    return f"{seat[:23]}/{plain(by)}" if by.strip() else seat
