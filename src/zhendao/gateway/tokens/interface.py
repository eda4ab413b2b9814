"""`POST /v1/cards/keys`: the keys of one card, for the engineer who writes it; and what was found about cards.

Promise: over TLS or from this machine only, to a token of the role `engineer`, so many cards an hour; what was given
stands in the store before it is answered, and no proxy or browser may keep the answer.
"""

import time
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from zhendao.command.kinds import is_loopback
from zhendao.gateway.api import problems
from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.shapes import ErrorAnswer, Page, TokenFindingItem
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.tokens import listing
from zhendao.gateway.tokens.errors import CardsError
from zhendao.gateway.tokens.giving import Asked, Giver, TooManyError, technology_called
from zhendao.gateway.tokens.listing import Wanted
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.wording import Text

PATH = "/v1/cards/keys"
MAX_MS = 2**53
_NOT_PRIVATE = Text("密钥只经 TLS 或在本机给出", "keys are given over TLS, or on this machine, and in no other way")
_NO_SUCH_CARD = Text("没有这种卡，或卡号长度不符", "there is no such card, or no card with a number of that length")


class CardAsked(BaseModel):
    """Whose keys: ``version`` of the master keys, the newest where none is given."""

    uid: str = Field(pattern="^([0-9a-fA-F]{8}|[0-9a-fA-F]{14}|[0-9a-fA-F]{20})$", description="hex")
    technology: str = Field(pattern="^[a-z0-9_]{1,16}$", description="ntag424, desfire or cpu_card")
    version: int | None = Field(default=None, ge=1, le=255)


class CardKeysItem(BaseModel):
    """The diversified keys of one card by their numbers, in hex."""

    uid: str
    technology: str
    version: int
    keys: dict[str, str]


def add(app: FastAPI, desk: Desk, giver: Giver) -> None:
    """Add the address to ``app``."""

    @app.post(
        PATH,
        response_model=CardKeysItem,
        responses={status: {"model": ErrorAnswer} for status in (404, 429)},
    )
    def card_keys(
        request: Request,
        asked: CardAsked,
        bearer: Annotated[Bearer, Depends(desk.having(Right.CARD_KEYS))],
    ) -> Response:
        """Keys of one card, to write it."""
        if not _private(request):
            return problems.answer(403, said=("not-private", _NOT_PRIVATE))
        try:
            wanted = Asked(bytes.fromhex(asked.uid), technology_called(asked.technology), asked.version)
            with desk.store.writing() as connection:
                keys = giver.give(connection, bearer.token_id, wanted, time.time_ns() // 1_000_000)
        except TooManyError as error:
            headers = {"Retry-After": str(error.wait_s)}
            return problems.answer(429, said=(error.code, error.explained()), headers=headers)
        except CardsError as error:
            return problems.answer(404, said=(error.code, error.explained()))
        except CryptoError:
            return problems.answer(422, said=("card", _NO_SUCH_CARD))
        item = CardKeysItem(
            uid=keys.uid.hex(),
            technology=asked.technology,
            version=keys.version,
            keys={str(number): key.hex() for number, key in keys.keys.items()},
        )
        return JSONResponse(item.model_dump(), headers={"Cache-Control": "no-store"})


def add_findings(app: FastAPI, desk: Desk) -> None:
    """Add the list of findings to ``app``."""

    @app.get("/api/v1/cards/findings")
    def findings(
        request: Request,
        bearer: Annotated[Bearer, Depends(desk.having(Right.FINDINGS))],
        device: Annotated[str | None, Query(pattern="^[0-9a-fA-F]{32}$")] = None,
        uid: Annotated[str | None, Query(pattern="^([0-9a-fA-F]{2}){4,10}$")] = None,
        finding: Annotated[str | None, Query(pattern="^[a-z_]{1,32}$")] = None,
        since_ms: Annotated[int | None, Query(ge=-MAX_MS, le=MAX_MS)] = None,
        until_ms: Annotated[int | None, Query(ge=-MAX_MS, le=MAX_MS)] = None,
        healed: Annotated[bool, Query(description="those that later facts explain, too")] = False,  # noqa: FBT002
        names: Annotated[bool, Query(description="card numbers unmasked, for roles that may")] = False,  # noqa: FBT002
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Annotated[str | None, Query(pattern="^[0-9]{1,18}$")] = None,
    ) -> Page[TokenFindingItem]:
        """What is wrong with cards and door tags, the last found first."""
        if names and not allows(bearer.role, Right.NAMES):
            raise HTTPException(403)
        wanted = Wanted(_bytes(device), _bytes(uid), finding, since_ms, until_ms, healed)
        place = None if before is None else int(before)

        def read(connection: Connection) -> Page[TokenFindingItem]:
            items = listing.findings(connection, desk.store_key, wanted, limit=limit + 1, before=place, numbers=names)
            more = str(items[limit - 1]["id"]) if len(items) > limit else None
            return Page(items=[TokenFindingItem(**one) for one in items[:limit]], next=more)

        return desk.page(request, bearer, read, names=names)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _private(request: Request) -> bool:
    return request.url.scheme == "https" or (request.client is not None and is_loopback(request.client.host))
