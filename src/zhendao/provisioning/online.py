"""Enrolment over the gateway: fetch what waits, grant what proves a one-time code, send the answers back.

The gateway is a letter box: it can lose or delay a letter, and can neither write nor read one into something else.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass

from zhendao.command.web import JSON, Web, refusal
from zhendao.protocol.enrolment import code_of_request, open_request
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.invitation import split_invited
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.errors import ApprovalError
from zhendao.provisioning.invitations import Home
from zhendao.provisioning.terminals import Approved, grant

_OK = 200
_MOST_WORDS = 400


@dataclass(frozen=True)
class Outcome:
    """What became of one request. ``problem``: why it was not granted, or what the gateway could not do with it."""

    device: str
    code: str
    approved: Approved | None
    problem: str | None
    bound: bool = False


@dataclass(frozen=True)
class Official:
    """What a person decides for the one request that shows ``code``."""

    code: str
    home: Home


def serve(authority: Authority, web: Web, official: Official | None, now_s: int) -> Iterator[Outcome]:
    """Grant what waits at the gateway: by its one-time code, or by what an ``official`` says of one request.

    A request without either is left waiting; a wrong or used code is refused, and the terminal is told so.

    Raises:
        WebError: the gateway cannot be reached, or says no.
    """
    reply = web.get("/v1/enrolments")
    if reply.status != _OK:
        raise refusal(reply)
    for item in reply.json()["items"]:
        data = base64.b64decode(item["request"])
        try:
            content, invitation, _ = split_invited(data)
            code = code_of_request(content, open_request(content).suite)
        except ProtocolError as error:
            yield Outcome(item["device"], "", None, error.detail)
            continue
        chosen = official is not None and official.code == code
        if invitation is None and not chosen:
            yield Outcome(item["device"], code, None, None)
            continue
        home = official.home if chosen and official is not None else None
        yield _answer(authority, web, item, data, code, home, now_s)


def _answer(
    authority: Authority, web: Web, item: dict[str, str], data: bytes, code: str, home: Home | None, now_s: int
) -> Outcome:
    approved, problem = None, None
    said: dict[str, str | None]
    try:
        approved = grant(authority, data, home, None, now_s)
        said = {"answer": base64.b64encode(approved.data).decode(), "elder": approved.elder}
    except ApprovalError as error:
        problem = error.what.en
        said = {"refused": f"{error.what.zh}\n{problem}"[:_MOST_WORDS]}
    reply = web.post(f"/v1/enrolments/{item['id']}", json.dumps(said).encode(), JSON)
    if reply.status != _OK:
        raise refusal(reply)
    told = reply.json()
    return Outcome(item["device"], code, approved, problem or told["problem"], told["bound"])
