"""The desk of the interface: who asks, whether they may, and a line in the log of accesses before anything is answered.

Promise: personal data is answered only to a valid token whose role allows it, and only after the reading was logged in
the store; if it cannot be logged it is not answered. Nothing here decides what a role may see (`roles`). rule: PIPL.
"""

import time
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from zhendao.gateway.accesses import book as accesses
from zhendao.gateway.api.local import LOCAL, authenticate_local
from zhendao.gateway.api.roles import Right, allows
from zhendao.gateway.api.shapes import Page
from zhendao.gateway.api.tokens import Bearer, authenticate, is_valid
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.masking import mask
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

_NAMES = frozenset({"name_part"})
"""Parameters that hold a name."""
_BEARER = HTTPBearer(auto_error=False, description="made by `zhendao-gateway token new --role ROLE`")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


class Desk:
    """Knows who asks, and writes down what was read."""

    def __init__(self, store: Store, store_key: StoreKey) -> None:
        self.store = store
        self.store_key = store_key
        self.book = Book(store_key)
        self.current = Current(store_key)

    def who(self, credentials: HTTPAuthorizationCredentials | None) -> Bearer:
        """Return the holder of the token; 401 otherwise."""
        bearer = None
        if credentials is not None:
            bearer = authenticate_local(self.store_key, credentials.credentials, _now_ms())
            if bearer is None:
                with self.store.reading() as connection:
                    bearer = authenticate(connection, credentials.credentials)
        if bearer is None:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        return bearer

    def still(self, bearer: Bearer, right: Right) -> bool:
        """Tell whether ``bearer`` may go on to read: the token was not revoked meanwhile."""
        if bearer.token_id == LOCAL:
            return allows(bearer.role, right)
        with self.store.reading() as connection:
            return allows(bearer.role, right) and is_valid(connection, bearer.token_id)

    def having(self, right: Right) -> Callable[[Credentials], Bearer]:
        """Return a dependency that gives the holder of a token with ``right``; 403 for another role."""

        def check(credentials: Credentials) -> Bearer:
            bearer = self.who(credentials)
            if not allows(bearer.role, right):
                raise HTTPException(403)
            return bearer

        return check

    def page(
        self,
        request: Request,
        bearer: Bearer,
        read: Callable[[Connection], Page[Any]],
        *,
        names: bool = False,
    ) -> Page[Any]:
        """Read a page, and log that it was read before it is given."""
        with self.store.reading() as connection:
            page = read(connection)
        resource = request.url.path.rpartition("/")[2]
        self.log(bearer, resource, asked_for(request), items=len(page.items), names=names)
        return page

    def log(self, bearer: Bearer, resource: str, filters: str, *, items: int, names: bool = False) -> None:
        """Write down that ``bearer`` reads ``items`` of ``resource``."""
        with self.store.writing() as connection:
            self.enter(connection, bearer, resource, filters, items=items, names=names)

    @staticmethod
    def enter(
        connection: Connection, bearer: Bearer, resource: str, filters: str, *, items: int, names: bool = False
    ) -> None:
        """Write down, in the caller's transaction, that ``bearer`` reads ``items`` of ``resource``."""
        accesses.enter(
            connection, _now_ms(), (bearer.token_id, bearer.role), resource, filters, items=items, names=names
        )


def asked_for(request: Request) -> str:
    """Return what was asked for as the log keeps it, which rests readable: part of a name is masked.

    Of the query only parameters of the address are kept: it did nothing with any other.
    """
    known = _parameters(request.scope["route"].dependant)
    kept = [(name, value) for name, value in request.query_params.multi_items() if name in known]
    return urlencode([(name, mask("name", value) if name in _NAMES else value) for name, value in kept])


def _parameters(dependant: Any) -> set[str]:
    own = {one.alias for one in dependant.query_params}
    return own.union(*(_parameters(one) for one in dependant.dependencies))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
