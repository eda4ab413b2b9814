"""The HTTP application: its addresses and their parameters. Who may read what, and the log of it, is `desk`'s.

Promise: every address beside health and meters needs a token whose role allows it; every answer, errors too, has the
shape that the OpenAPI description names.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

import zhendao
from zhendao.gateway.alerts import interface as alerts
from zhendao.gateway.alerts.dispatch.worker import Worker as Channel
from zhendao.gateway.alerts.interface import Alarms
from zhendao.gateway.api import problems, proofs, queries
from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.health import Health
from zhendao.gateway.api.meters import CONTENT_TYPE, Meters
from zhendao.gateway.api.queries import Cut, Span, VisitFilter
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.shapes import (
    AccessItem,
    ErrorAnswer,
    EventItem,
    Page,
    QuarantineItem,
    TerminalItem,
    VisitItem,
)
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.cases import interface as cases
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.enrolment import interface as enrolment
from zhendao.gateway.evidence import interface as evidence
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.ingest.receive import Trust
from zhendao.gateway.reminders import interface as reminding
from zhendao.gateway.reminders.rounds import Rules as Reminding
from zhendao.gateway.reminders.worker import Worker as Reminder
from zhendao.gateway.reports import interface as reports
from zhendao.gateway.reports.press import Press
from zhendao.gateway.reports.rules import Rules
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys import days_interface
from zhendao.gateway.surveys import interface as surveys
from zhendao.gateway.tokens import interface
from zhendao.gateway.tokens.giving import Giver
from zhendao.protocol.vocabulary import Kind

THREADS = 8  # requests that read the store at a time; each holds a connection
MAX_MS = 2**53


@dataclass(frozen=True, slots=True)
class Backing:
    """What the interface stands on."""

    store: Store
    store_key: StoreKey
    meters: Meters
    broker_connected: Callable[[], bool]
    workers: Sequence[Worker] = ()
    giver: Giver | None = None
    """Gives keys of cards; without one there is no such address."""
    trust: Trust | None = None
    """Checks certificates; with it only answers of an authority that is believed are handed on."""
    alarms: Alarms | None = None
    """What acts on alerts; without it there are no such addresses."""
    clerk: Clerk | None = None
    """What acts on cases; without it there are no such addresses."""
    channels: Sequence[Channel] = ()
    """By which alerts are sent, for ``/healthz``."""
    rules: Rules = field(default_factory=Rules)
    """The settings that reports follow."""
    press: Press | None = None
    """Makes reports in processes of their own; without it they are made where they are asked for."""
    reminding: Reminding = field(default_factory=Reminding)
    """By what is decided who is reminded."""
    reminders: Sequence[Reminder] = ()
    """By which people are reminded, for ``/healthz``."""


Device = Annotated[str | None, Query(pattern="^[0-9a-fA-F]{32}$", description="number of a terminal, 32 hex digits")]
Since = Annotated[int | None, Query(ge=-MAX_MS, le=MAX_MS, description="not before, ms since 1970 UTC")]
Until = Annotated[int | None, Query(ge=-MAX_MS, le=MAX_MS, description="before, ms since 1970 UTC")]
Limit = Annotated[int, Query(ge=1, le=200, description="most items of a page")]
_NEXT = "`next` of the page before"
Before = Annotated[str | None, Query(pattern="^[0-9]{1,18}$", description=_NEXT)]
BeforeVisit = Annotated[str | None, Query(pattern="^[0-9]{1,18}-[0-9a-f]{32}$", description=_NEXT)]
BeforeTerminal = Annotated[str | None, Query(pattern="^[0-9a-f]{32}$", description=_NEXT)]
_KINDS = "|".join(kind.name.lower() for kind in Kind)
KindWord = Annotated[str | None, Query(pattern=f"^({_KINDS}|[0-9]{{1,9}})$", description="name or number")]
Word = Annotated[str | None, Query(min_length=1, max_length=64)]


def make_app(backing: Backing) -> FastAPI:
    """Return the application over ``backing``."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> Any:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield
        if backing.press is not None:
            backing.press.stop()

    app = FastAPI(
        title="Zhendao gateway 真到网关",
        version=zhendao.__version__,
        description="Facts and conclusions of home-care visits. Errors have one shape, in Chinese and English.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        lifespan=life,
        responses={status: {"model": ErrorAnswer} for status in (401, 403, 422, 503)},
    )
    problems.install(app)
    app.add_middleware(problems.Frame, answered=backing.meters.answered)
    _add_public(app, backing)
    desk = Desk(backing.store, backing.store_key)
    _add_pages(app, desk)
    proofs.add(app, desk)
    evidence.add(app, desk)
    interface.add_findings(app, desk)
    surveys.add(app, desk)
    days_interface.add(app, desk, backing.rules.valid)
    reports.add(app, desk, backing.rules, backing.press)
    reminding.add(app, desk, backing.reminding)
    enrolment.add(app, desk, backing.trust)
    if backing.giver is not None:
        interface.add(app, desk, backing.giver)
    if backing.alarms is not None:
        alerts.add(app, desk, backing.alarms)
        if backing.clerk is not None:
            cases.add(app, desk, backing.clerk, backing.alarms.acts)
    return app


def _add_public(app: FastAPI, backing: Backing) -> None:
    """Add what needs no token, for it tells nothing of anybody."""
    health = Health(backing.store, backing.broker_connected, backing.workers, backing.channels, backing.reminders)
    backing.meters.watch_forwarding(backing.store, backing.workers)
    backing.meters.watch_judging(backing.store)

    @app.get("/healthz", responses={503: {"description": "a check fails"}})
    def healthz() -> JSONResponse:
        """Is the gateway well: the store takes writes, the broker is connected."""
        well, told = health.check()
        return JSONResponse(told, status_code=200 if well else 503)

    @app.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Meters in Prometheus' text form."""
        backing.meters.connected(backing.broker_connected())
        return Response(backing.meters.text(), media_type=CONTENT_TYPE)


def _add_pages(app: FastAPI, desk: Desk) -> None:
    having = desk.having

    @app.get("/api/v1/events")
    def events(
        request: Request,
        bearer: Annotated[Bearer, Depends(having(Right.EVENTS))],
        device: Device = None,
        kind: KindWord = None,
        since_ms: Since = None,
        until_ms: Until = None,
        limit: Limit = 50,
        before: Before = None,
    ) -> Page[EventItem]:
        """Facts in the order of their arrival; times are those of the terminals' clocks."""
        return desk.page(
            request,
            bearer,
            lambda connection: queries.events_page(
                connection,
                desk.store_key,
                device=_bytes(device),
                kind=None if kind is None else _kind(kind),
                span=Span(since_ms, until_ms),
                cut=Cut(limit, before),
            ),
        )

    @app.get("/api/v1/visits")
    def visits(
        request: Request,
        bearer: Annotated[Bearer, Depends(having(Right.VISITS))],
        device: Device = None,
        state: Word = None,
        elder_id: Word = None,
        caregiver_id: Word = None,
        since_ms: Since = None,
        until_ms: Until = None,
        names: Annotated[bool, Query(description="names unmasked, for roles that may")] = False,  # noqa: FBT002
        limit: Limit = 50,
        before: BeforeVisit = None,
    ) -> Page[VisitItem]:
        """Visits as concluded now, the last changed first; times are of their beginning."""
        if names and not allows(bearer.role, Right.NAMES):
            raise HTTPException(403)
        wanted = VisitFilter(_bytes(device), state, elder_id, caregiver_id, Span(since_ms, until_ms))
        return desk.page(
            request,
            bearer,
            lambda connection: queries.visits_page(connection, desk.book, wanted, Cut(limit, before), names=names),
            names=names,
        )

    @app.get("/api/v1/terminals")
    def terminals(
        request: Request,
        bearer: Annotated[Bearer, Depends(having(Right.TERMINALS))],
        device: Device = None,
        limit: Limit = 50,
        before: BeforeTerminal = None,
    ) -> Page[TerminalItem]:
        """Terminals that are registered now or were heard of."""
        return desk.page(
            request,
            bearer,
            lambda connection: queries.terminals_page(
                connection,
                desk.current.at(connection),
                device=_bytes(device),
                now_ms=time.time_ns() // 1_000_000,
                cut=Cut(limit, before),
            ),
        )

    @app.get("/api/v1/quarantine")
    def quarantine(
        request: Request,
        bearer: Annotated[Bearer, Depends(having(Right.QUARANTINE))],
        device: Device = None,
        reason: Word = None,
        since_ms: Since = None,
        until_ms: Until = None,
        limit: Limit = 50,
        before: Before = None,
    ) -> Page[QuarantineItem]:
        """Messages that were set aside, with their reasons; times are of their arrival."""
        return desk.page(
            request,
            bearer,
            lambda connection: queries.quarantine_page(
                connection,
                device=_bytes(device),
                reason=reason,
                span=Span(since_ms, until_ms),
                cut=Cut(limit, before),
            ),
        )

    @app.get("/api/v1/accesses")
    def accesses(
        request: Request,
        bearer: Annotated[Bearer, Depends(having(Right.ACCESSES))],
        token_id: Word = None,
        since_ms: Since = None,
        until_ms: Until = None,
        limit: Limit = 50,
        before: Before = None,
    ) -> Page[AccessItem]:
        """Who read what, and when."""
        return desk.page(
            request,
            bearer,
            lambda connection: queries.accesses_page(
                connection, token_id=token_id, span=Span(since_ms, until_ms), cut=Cut(limit, before)
            ),
        )


def _bytes(device: str | None) -> bytes | None:
    return None if device is None else bytes.fromhex(device)


def _kind(word: str) -> int:
    return int(word) if word.isdigit() else Kind[word.upper()]
