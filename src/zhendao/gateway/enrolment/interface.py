"""``/v1/enrolment``: a terminal leaves its request and comes back for the answer; the authority fetches and answers.

Promise: what needs no token is bounded: 4 KiB a request, so many an address and minute, 500 that wait, a week. An
answer is no secret and is believed by nobody but the terminal that asked; whoever holds an enroller's token can make
terminals wait, and can enrol none.
"""

import base64
import binascii
import time
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from zhendao.gateway.api import problems
from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.roles import Right
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.enrolment import binding, queue
from zhendao.gateway.enrolment.rate import Rate, knocker
from zhendao.gateway.ingest.receive import Trust
from zhendao.gateway.registry.errors import RegistryError
from zhendao.protocol.enrolment import open_answer
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.invitation import INVITED_BYTES, split_vouched
from zhendao.protocol.wording import Text

MEDIA_TYPE = "application/octet-stream"
RETRY_S = 3
_NO_REQUEST = Text("不是终端的注册请求", "this is no request of a terminal")
_FULL = Text("等待批准的终端过多，请稍后再试", "too many terminals wait; try again later")
_OFTEN = Text("请求过于频繁，请稍后再试", "that is too often; try again later")
_NO_ANSWER = Text(
    "不是本网关所信机构的答复；如刚轮换过签发机构，请先运行 gateway update",
    "this is no answer of the authority that the gateway believes; after a rotation: gateway update first",
)
_Id = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="hash of the request, hex")]


class Left(BaseModel):
    """A request that waits."""

    id: str
    state: str


class WaitingItem(BaseModel):
    """A request as the authority fetches it."""

    id: str
    device: str
    received_ms: int
    request: str = Field(description="base64")


class WaitingList(BaseModel):
    """All that wait."""

    items: list[WaitingItem]


class Settlement(BaseModel):
    """The authority's answer, or why it refuses. ``elder`` and ``replaces`` bind the terminal in the registry."""

    answer: str | None = Field(default=None, max_length=49_152, description="base64")
    refused: str | None = Field(default=None, max_length=400, description="in Chinese, a line break, in English")
    elder: str | None = Field(default=None, max_length=64)
    replaces: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")


class Settled(BaseModel):
    """What was done; ``bound`` is whether the registry was changed, ``problem`` why it could not be."""

    id: str
    bound: bool
    problem: str | None = None


def add(app: FastAPI, desk: Desk, trust: Trust | None) -> None:
    """Add the addresses to ``app``; ``trust``: only answers of an authority that the gateway believes are handed on."""
    _add_terminals(app, desk)
    _add_authority(app, desk, trust)


def _add_terminals(app: FastAPI, desk: Desk) -> None:
    """Add what needs no token."""
    knocks, looks = Rate(10, 6), Rate(60, 60)

    def often(rate: Rate, request: Request) -> Response | None:
        if rate.allows(knocker(request.client and request.client.host), time.monotonic_ns()):
            return None
        return problems.answer(429, headers={"Retry-After": str(RETRY_S * 10)}, said=("too-often", _OFTEN))

    @app.post("/v1/enrolment", status_code=202, response_model=Left)
    async def leave(request: Request) -> Any:
        """Leave a request (bytes of `zhendao-device enrol`), and learn under which id to come back."""
        refusal = often(knocks, request)
        if refusal is not None:
            return refusal
        data = await request.body()
        return await run_in_threadpool(_leave, desk, data)

    @app.get("/v1/enrolment/{enrolment}", response_class=Response, responses={202: {"model": Left}})
    def fetch(request: Request, enrolment: _Id) -> Response:
        """The answer (200), or that it is not there yet (202), or why there will be none (410)."""
        refusal = often(looks, request)
        if refusal is not None:
            return refusal
        with desk.store.reading() as connection:
            found = queue.fetch(connection, enrolment)
        if found is None:
            return problems.answer(404)
        if found.answer is not None:
            return Response(found.answer, media_type=MEDIA_TYPE)
        if found.refused is not None:
            zh, _, en = found.refused.partition("\n")
            return problems.answer(410, said=("refused", Text(zh, en or zh)))
        return JSONResponse(
            {"id": enrolment, "state": "waiting"}, status_code=202, headers={"Retry-After": str(RETRY_S)}
        )


def _add_authority(app: FastAPI, desk: Desk, trust: Trust | None) -> None:
    """Add what an enroller's token opens."""

    @app.get("/v1/enrolments", response_model=WaitingList)
    def waiting(bearer: Annotated[Bearer, Depends(desk.having(Right.ENROL))]) -> Any:
        """Requests that nobody has answered."""
        with desk.store.reading() as connection:
            found = queue.waiting(connection)
        desk.log(bearer, "enrolments", "", items=len(found))
        return WaitingList(
            items=[
                WaitingItem(
                    id=one.id,
                    device=one.device.hex(),
                    received_ms=one.received_ms,
                    request=base64.b64encode(one.request).decode(),
                )
                for one in found
            ]
        )

    @app.post("/v1/enrolments/{enrolment}", response_model=Settled)
    def settle(bearer: Annotated[Bearer, Depends(desk.having(Right.ENROL))], enrolment: _Id, said: Settlement) -> Any:
        """Answer a request, or refuse it."""
        return _settle(desk, bearer, enrolment, said, trust)


def _leave(desk: Desk, data: bytes) -> Any:
    if len(data) > INVITED_BYTES:
        return problems.answer(413)
    try:
        with desk.store.writing() as connection:
            found = queue.leave(connection, data, time.time_ns() // 1_000_000)
    except ProtocolError:
        return problems.answer(422, said=("no-request", _NO_REQUEST))
    except queue.QueueFullError:
        return problems.answer(503, headers={"Retry-After": "60"}, said=("full", _FULL))
    return Left(id=found, state="waiting")


def _settle(desk: Desk, bearer: Bearer, enrolment: str, said: Settlement, trust: Trust | None) -> Any:
    now_ms = time.time_ns() // 1_000_000
    if (said.answer is None) == (said.refused is None):
        return problems.answer(422, said=("no-answer", _NO_ANSWER))
    try:
        data = None if said.answer is None else base64.b64decode(said.answer, validate=True)
        answer = None if data is None else open_answer(split_vouched(data)[0])
        if answer is not None and trust is not None:
            trust(answer.certificate.der, now_ms // 1000)
    except (ProtocolError, binascii.Error):
        return problems.answer(422, said=("no-answer", _NO_ANSWER))
    desk.log(bearer, "enrolment", f"id={enrolment}", items=1)
    with desk.store.writing() as connection:
        known = queue.fetch(connection, enrolment)
        if known is None or (answer is not None and known.device != answer.device):
            raise HTTPException(404)
        queue.settle(connection, enrolment, data, said.refused, now_ms)
    bound, problem = False, None
    if answer is not None and (said.elder is not None or said.replaces is not None):
        try:
            with desk.store.writing() as connection:
                if said.replaces is not None:
                    bound = binding.swap(
                        connection, desk.book, bytes.fromhex(said.replaces), answer.device, now_ms, now_ms
                    )
                else:
                    bound = binding.bind(
                        connection,
                        desk.book,
                        answer.device,
                        placement=answer.placement,
                        door=answer.door,
                        elder=said.elder,
                        tenant=answer.tenant,
                        now_ms=now_ms,
                    )
        except RegistryError as error:  # the terminal has its answer all the same: the registry is for people to mend
            problem = error.what.en
    return Settled(id=enrolment, bound=bound, problem=problem)
