"""``/api/v1/receipts`` and ``/api/v1/log/heads``: what anybody may ask, without a token, so often an address.

Promise: neither tells anything of a person; who guesses receipts is slowed down to a few a minute, and all who guess
those of one terminal together to a few an hour.
"""

import time
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel
from sqlalchemy import select

from zhendao.gateway.api import problems
from zhendao.gateway.api.desk import Desk
from zhendao.gateway.enrolment.rate import Rate, knocker
from zhendao.gateway.evidence import receipts
from zhendao.gateway.evidence.heads import as_plain
from zhendao.gateway.evidence.tables import LOG_HEADS
from zhendao.protocol.wording import Text

BURST, A_MINUTE = 10, 6
"""So many receipts may one address ask for at once, and then a minute."""
WRONG, WRONG_AN_HOUR = 30, 12
"""So many receipts of one terminal may be wrong at once, and then an hour, whoever asks."""
_OFTEN = Text("查询过于频繁，请稍后再试", "that is too often; try again later")
_Code = Annotated[str, Path(pattern="^[0-9]{6}$", description="the six digits")]
_Device = Annotated[str, Query(pattern="^[0-9a-fA-F]{32}$", description="number of the terminal, 32 hex digits")]
_Day = Annotated[date, Query(description="local day on which it was made")]
_Offset = Annotated[int, Query(ge=-720, le=840, description="minutes that the day is ahead of Greenwich's")]
_After = Annotated[int, Query(ge=0, le=2**53, description="only heads of more entries than this")]


class ReceiptItem(BaseModel):
    """One event: its kind, when it came here (UTC ms), the visit it is of, and what the platform said of that."""

    kind: str
    received_ms: int
    visit: str | None
    platform: str | None


class ReceiptAnswer(BaseModel):
    """``here``: whether such an event has come. Where not, the terminal may hold it still."""

    here: bool
    items: list[ReceiptItem]


class HeadItem(BaseModel):
    """A head of the log; ``head`` is what is signed, in hex."""

    tenant: str
    size: int
    root: str
    made: str
    head: str


class HeadList(BaseModel):
    """Heads in their order, at most a week of them."""

    items: list[HeadItem]


_WEEK = 168


def add(app: FastAPI, desk: Desk) -> None:
    """Add the addresses to ``app``."""
    asked, looks, wrong = Rate(BURST, A_MINUTE), Rate(60, 60), Rate(WRONG, WRONG_AN_HOUR / 60)

    def often(rate: Rate, request: Request) -> bool:
        return not rate.allows(knocker(request.client and request.client.host), time.monotonic_ns())

    @app.get("/api/v1/receipts/{code}", response_model=ReceiptAnswer)
    def receipt(request: Request, code: _Code, device: _Device, day: _Day, utc_offset_min: _Offset = 480) -> Any:
        """What has become of the event with this receipt code."""
        terminal = device.lower()
        if often(asked, request) or not wrong.has(terminal, time.monotonic_ns()):
            return problems.answer(429, headers={"Retry-After": str(60 // A_MINUTE)}, said=("too-often", _OFTEN))
        zone = timezone(timedelta(minutes=utc_offset_min))
        day_ms = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1000
        with desk.store.reading() as connection:
            found = receipts.find(connection, bytes.fromhex(terminal), code, day_ms)
        if not found:
            wrong.allows(terminal, time.monotonic_ns())
        items = [
            ReceiptItem(kind=one.kind, received_ms=one.received_ms, visit=one.visit, platform=one.platform)
            for one in found
        ]
        return ReceiptAnswer(here=bool(items), items=items)

    @app.get("/api/v1/log/heads", response_model=HeadList)
    def heads(request: Request, after: _After = 0) -> Any:
        """Signed heads of the log, for whoever keeps them (`zhendao-verify heads`)."""
        if often(looks, request):
            return problems.answer(429, headers={"Retry-After": "1"}, said=("too-often", _OFTEN))
        query = select(LOG_HEADS.c.head).where(LOG_HEADS.c.size > after).order_by(LOG_HEADS.c.size).limit(_WEEK)
        with desk.store.reading() as connection:
            found = connection.execute(query).scalars().all()
        return HeadList(items=[HeadItem.model_validate(as_plain(one)) for one in found])
