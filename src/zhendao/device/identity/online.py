"""Enrolment over the network: the request is left at the gateway, and the answer fetched once the authority gave it.

Promise: it can be interrupted anywhere and done again. With a one-time code only an answer is taken that proves it:
then neither the gateway, nor whoever stands between, nor the certificate of the server has to be believed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zhendao.command.web import WebError, refusal
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.command.web import Web

LOOK_S = 3.0
_HERE, _ACCEPTED, _OFTEN, _BUSY = 200, 202, 429, 503


class StillWaitingError(WebError):
    """The authority has not answered yet."""

    code = "still-waiting"


def fetch(web: Web, request: bytes, wait_s: float, left: Callable[[], None]) -> bytes:
    """Leave ``request`` and return the answer; ``left`` is called once the request is there.

    Raises:
        StillWaitingError: there is no answer after ``wait_s``; the same again goes on waiting.
        WebError: nobody answers, or the authority refused.
    """
    until = time.monotonic() + wait_s
    reply = web.post("/v1/enrolment", request)
    while reply.status in {_OFTEN, _BUSY} and time.monotonic() < until:
        time.sleep(LOOK_S)
        reply = web.post("/v1/enrolment", request)
    if reply.status != _ACCEPTED:
        raise refusal(reply)
    enrolment = reply.json()["id"]
    left()
    while True:
        reply = web.get(f"/v1/enrolment/{enrolment}")
        if reply.status == _HERE:
            return reply.body
        if reply.status not in {_ACCEPTED, _OFTEN, _BUSY}:
            raise refusal(reply)
        if time.monotonic() + LOOK_S > until:
            raise StillWaitingError(
                Text("机构尚未答复", "the authority has not answered yet"),
                Text("稍后再次运行同一命令即可继续等待", "run the same command again later: it goes on waiting"),
            )
        time.sleep(LOOK_S)
