"""Errors of the interface: one JSON shape, both languages, never a traceback, never more than the asker may know.

Shape: ``{"error": {"code": word, "zh": text, "en": text, "details": [...]}}``; ``details`` names what was wrong with
which parameter.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

_LOG = logging.getLogger(__name__)

MAX_BODY = 64 * 1024

_WORDS = {
    401: ("unauthorized", Text("需要有效的令牌", "a valid token is needed")),
    403: ("forbidden", Text("该令牌的角色无此权限", "the role of this token does not allow this")),
    404: ("not-found", Text("没有这个地址", "there is nothing at this address")),
    405: ("method", Text("该地址不支持此方法", "this address does not take that method")),
    413: ("too-large", Text("请求过大", "the request is too large")),
    422: ("invalid", Text("参数有误", "a parameter is wrong")),
    503: ("unavailable", Text("暂时无法读取，请稍后再试", "cannot be read at the moment; try again later")),
}
_INTERNAL = ("internal", Text("内部错误，已记录", "internal error; it was logged"))


def answer(
    status: int,
    details: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    said: tuple[str, Text] | None = None,
) -> JSONResponse:
    """Return the error answer of ``status``; ``said`` is a code and words that say more than the usual ones."""
    code, text = said or _WORDS.get(status, _INTERNAL)
    body: dict[str, Any] = {"code": code, "zh": text.zh, "en": text.en}
    if details is not None:
        body["details"] = details
    return JSONResponse({"error": body}, status_code=status, headers=headers)


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what FastAPI registers it for
    return answer(error.status_code, headers=dict(error.headers or {}))


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    # Only where and what kind: the value that was sent is not sent back.
    details = [{"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in error.errors()]
    return answer(422, details)


async def _on_store(_request: Request, error: Exception) -> JSONResponse:
    _LOG.warning("a request could not be served: %s", error)
    return answer(503, headers={"Retry-After": "5"})


Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Frame:
    """The outermost layer: bounds bodies, and turns what nobody foresaw into an answer and a line in the log."""

    def __init__(
        self, app: Callable[[Any, Receive, Send], Awaitable[None]], answered: Callable[[str, int], None]
    ) -> None:
        """Wrap ``app``; ``answered`` is told the name of each request's resource and the status of its answer."""
        self._app = app
        self._answered = answered

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def watched(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                self._answered(getattr(scope.get("route"), "name", "none"), message["status"])
            await send(message)

        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers or not length.isdigit() or int(length) > MAX_BODY:
            await answer(413)(scope, receive, watched)
            return
        try:
            await self._app(scope, receive, watched)
        except Exception:  # noqa: BLE001 - the promise above: whatever it is, it ends here
            _LOG.exception("a request failed: %s %s", scope["method"], scope["path"])
            if not began:
                await answer(500)(scope, receive, watched)


def install(app: FastAPI) -> None:
    """Give ``app`` these answers."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(ZhendaoError, _on_store)
    app.add_exception_handler(SQLAlchemyError, _on_store)
