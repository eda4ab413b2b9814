"""``/api/v1/reports/…``: the reports over HTTP, as JSON, as a spreadsheet or as CSV; logged before one is given.

Promise: names and phones are masked for whoever has no right to them, and for whoever has it and did not ask. Reports
are made in processes of their own (`press`), two at a time; who asks for a third one waits. rule: PIPL
"""

import asyncio
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

import anyio.to_thread
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from zhendao.gateway.api import problems
from zhendao.gateway.api.desk import Desk, asked_for
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.press import Made, Press, PressError, Refused, made_of
from zhendao.gateway.reports.rules import Rules

AT_ONCE = 2
_MEDIA = {
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
Name = Literal[
    "daily-rank", "daily-detail", "record-list", "roster", "per-10k", "hours", "pay-hours", "anomalies", "cases",
    "overdue", "terminals", "trend", "meal-count", "meal-points", "meal-coverage", "meal-uncovered", "meal-dead",
    "meal-backfill", "meal-findings", "reminders",
]  # fmt: skip
Day = Annotated[str | None, Query(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Word = Annotated[str | None, Query(min_length=1, max_length=64)]


class ReportAnswer(BaseModel):
    """A report: its cells in the order of its columns (docs/reports.md)."""

    title: str
    stamp: str
    columns: list[str]
    rows: list[list[str | int | float | None]]
    total: list[str | int | float | None] | None = Field(description="合计; null: the report has none")
    notes: list[str]


def add(app: FastAPI, desk: Desk, rules: Rules, press: Press | None = None) -> None:
    """Add the reports to ``app``, made by ``press``; without one where they are asked for, by ``rules``."""
    turns = asyncio.Semaphore(AT_ONCE)

    def here(name: str, asked: Asked, form: str) -> Made | Refused:
        with desk.store.reading() as connection:
            return made_of(connection, desk.store_key, rules, name, asked, form)

    make = here if press is None else press.make

    @app.get("/api/v1/reports/{name}", response_model=ReportAnswer)
    async def report(
        request: Request,
        bearer: Annotated[Bearer, Depends(desk.having(Right.VISITS))],
        name: Name,
        date: Annotated[str | None, Query(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="of a day")] = None,
        at: Annotated[str | None, Query(pattern="^[0-9]{2}:[0-9]{2}$", description="up to when on it")] = None,
        first: Day = None,
        last: Day = None,
        region: Word = None,
        name_part: Word = None,
        organisation: Word = None,
        type_: Annotated[str | None, Query(alias="type", min_length=1, max_length=64)] = None,
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        page_size: Annotated[int | None, Query(ge=1, le=100_000)] = None,
        by: Literal["day", "week"] = "day",
        form: Literal["json", "xlsx", "csv", "svg", "png"] = "json",
        names: Annotated[bool, Query(description="names unmasked, for roles that may")] = False,  # noqa: FBT002
    ) -> Any:
        """Make a report of this moment of the store; `first` and `last` are of those of several days."""
        if names and not allows(bearer.role, Right.NAMES):
            raise HTTPException(403)
        asked = Asked(
            date=date, at=at, first=first, last=last, region=region, name=name_part, organisation=organisation,
            type=type_, page=page, page_size=page_size, unmasked=names, by=by,
        )  # fmt: skip
        async with turns:
            if await request.is_disconnected():
                return Response(status_code=503)  # nobody waits for it any more
            try:
                made = await anyio.to_thread.run_sync(make, name, asked, form)
            except PressError as error:
                return problems.answer(503, headers={"Retry-After": "60"}, said=(error.code, error.what))
        if isinstance(made, Refused):
            return problems.answer(422, said=(made.code, made.what))
        resource = f"report {name}"
        await anyio.to_thread.run_sync(
            partial(desk.log, bearer, resource, asked_for(request), items=made.rows, names=names)
        )
        title = quote(f"{made.name}.{form}")
        headers = {} if form == "json" else {"Content-Disposition": f"attachment; filename*=UTF-8''{title}"}
        return Response(made.content, media_type=_MEDIA[f".{form}"], headers=headers)
