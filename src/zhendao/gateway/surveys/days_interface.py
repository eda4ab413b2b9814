"""``/api/v1/attendance/…`` and ``/api/v1/together``: valid days, weeks and months; what was done together.

What `judge` writes as `days`, `periods` and `together`, as it is now; logged before it is given. rule: PIPL, VALID-DAY
"""

import time
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.roles import Right
from zhendao.gateway.api.shapes import Page
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.judging.days import local_date, periods_of
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.surveys import attendance, pieces
from zhendao.gateway.surveys.attendance import Place

_MAX_MS = 2**53
_DAYS = 31

Number = Annotated[str | None, Query(min_length=1, max_length=64)]
Ms = Annotated[int | None, Query(ge=-_MAX_MS, le=_MAX_MS)]
Limit = Annotated[int, Query(ge=1, le=200)]


class DayItem(BaseModel):
    """A caregiver's local day with a check-in."""

    caregiver_id: str
    day: date
    checks: int
    first_ms: int
    last_ms: int
    valid: bool = Field(description="enough check-ins, far enough apart; the error of a clock takes no day away")
    sure: bool = Field(description="whether no error of a clock could change that")


class PeriodItem(BaseModel):
    """A caregiver's week (``2026-W39``) or month (``2026-09``) with a check-in."""

    caregiver_id: str
    period: str
    days: int
    valid: bool
    uncounted: str | None = Field(description="why the caregiver does not count as a certified one; null: does")


class TogetherItem(BaseModel):
    """Visits that were one piece of work."""

    kind: str = Field(description="double_handed: two caregivers with one elder; group: one with several")
    of: str = Field(description="the elder, or the caregiver")
    visits: list[str]
    begin_ms: int
    end_ms: int


def add(app: FastAPI, desk: Desk, rule: ValidRule) -> None:
    """Add them to ``app``; ``rule``: where days begin, and which are enough."""
    may = desk.having(Right.VISITS)

    def span(first: date | None, last: date | None) -> tuple[date, date]:
        ends = last or local_date(time.time_ns() // 1_000_000, rule.offset_ms)
        return first or ends - timedelta(days=_DAYS - 1), ends

    @app.get("/api/v1/attendance/days")
    def days(
        request: Request,
        bearer: Annotated[Bearer, Depends(may)],
        first: date | None = None,
        last: date | None = None,
        caregiver_id: Number = None,
        limit: Limit = 50,
        before: Annotated[str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}/.{1,64}$")] = None,
    ) -> Page[DayItem]:
        """Days from ``first`` to ``last`` (the last 31), by caregiver and day."""
        after = None if before is None else Place(before[11:], date.fromisoformat(before[:10]))

        def read(connection: Connection) -> Page[DayItem]:
            found = attendance.days_kept(connection, *span(first, last), caregiver_id, after, limit + 1)
            items = [DayItem(**one.as_json()) for one in found[:limit]]
            following = f"{items[-1].day}/{items[-1].caregiver_id}" if len(found) > limit else None
            return Page(items=items, next=following)

        return desk.page(request, bearer, read)

    @app.get("/api/v1/attendance/periods")
    def periods(
        request: Request,
        bearer: Annotated[Bearer, Depends(may)],
        of: Literal["week", "month"] = "month",
        first: date | None = None,
        last: date | None = None,
        caregiver_id: Number = None,
        limit: Annotated[int, Query(ge=1, le=200, description="most caregivers of a page")] = 50,
        before: Number = None,
    ) -> Page[PeriodItem]:
        """The whole weeks or months that ``first`` … ``last`` touch, by caregiver."""
        months = of == "month"

        def read(connection: Connection) -> Page[PeriodItem]:
            whole = attendance.whole(*span(first, last), months=months)
            found = attendance.days_of_some(connection, *whole, caregiver_id, before, limit + 1)
            told = sorted({one.caregiver_id for one in found})
            shown = [one for one in found if one.caregiver_id in told[:limit]]
            several = periods_of(shown, rule, desk.current.at(connection))
            items = [PeriodItem(**one.as_json()) for one in several if attendance.is_of(one.period, months=months)]
            return Page(items=items, next=told[limit - 1] if len(told) > limit else None)

        return desk.page(request, bearer, read)

    @app.get("/api/v1/together")
    def together(
        request: Request,
        bearer: Annotated[Bearer, Depends(may)],
        kind: Literal["double_handed", "group"] | None = None,
        of: Number = None,
        since_ms: Ms = None,
        until_ms: Ms = None,
        limit: Limit = 50,
        before: Annotated[str | None, Query(pattern="^[0-9]{1,18}-[0-9a-f]{32}$")] = None,
    ) -> Page[TogetherItem]:
        """Work done together, the last begun first; times are of its beginning."""
        place: tuple[int, bytes] | None = None
        if before is not None:
            at_ms, _, name = before.partition("-")
            place = int(at_ms), bytes.fromhex(name)

        def read(connection: Connection) -> Page[TogetherItem]:
            found = pieces.kept(connection, kind, of, (since_ms, until_ms), place, limit + 1)
            items = [TogetherItem(**one) for one in found[:limit]]
            following = f"{items[-1].begin_ms}-{items[-1].visits[0]}" if len(found) > limit else None
            return Page(items=items, next=following)

        return desk.page(request, bearer, read)
