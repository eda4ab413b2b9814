"""Bearer tokens: made once, shown once, kept as a hash.

Promise: a token found in a copy of the store opens nothing; whether a token is right takes the same time however much
of it is right; a revoked one is refused from the next request on.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from zhendao.gateway.api.roles import ROLES
from zhendao.gateway.api.tables import TOKENS
from zhendao.gateway.errors import GatewayError
from zhendao.protocol.wording import Text

_FORM = re.compile(r"zdt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class TokenError(GatewayError):
    """A token cannot be made or revoked as asked."""

    code = "token"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who asks: the number of the token, its role, and whom it was given to."""

    token_id: str
    role: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as it is listed; the secret is not known to anybody but its holder. Times in UTC ms."""

    token_id: str
    role: str
    label: str
    created_ms: int
    revoked_ms: int | None


def new_token(connection: Connection, role: str, label: str, now_ms: int) -> str:
    """Make a token of ``role`` and return it; this is the only time that it is seen."""
    if role not in ROLES:
        roles = "、".join(ROLES)
        raise TokenError(
            Text(f"没有角色 {role}", f"there is no role {role}"),
            Text(f"可用：{roles}", f"use one of: {', '.join(ROLES)}"),
        )
    token_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    connection.execute(
        insert(TOKENS).values(id=token_id, role=role, label=label[:64], hash=_hash(secret), created_ms=now_ms)
    )
    return f"zdt_{token_id}_{secret}"


def list_tokens(connection: Connection) -> list[TokenInfo]:
    """Return all tokens ever made, oldest first."""
    columns = TOKENS.c
    query = select(columns.id, columns.role, columns.label, columns.created_ms, columns.revoked_ms)
    return [
        TokenInfo(row.id, row.role, row.label, row.created_ms, row.revoked_ms)
        for row in connection.execute(query.order_by(columns.created_ms, columns.id))
    ]


def revoke(connection: Connection, token_id: str, now_ms: int) -> None:
    """Revoke a token. Raises `TokenError` when there is no such token; a second time changes nothing."""
    known = connection.execute(select(TOKENS.c.id).where(TOKENS.c.id == token_id)).first()
    if known is None:
        raise TokenError(
            Text(f"没有令牌 {token_id}", f"there is no token {token_id}"),
            Text("见 zhendao-gateway token ls", "see zhendao-gateway token ls"),
        )
    valid = TOKENS.c.revoked_ms.is_(None)
    connection.execute(update(TOKENS).where(TOKENS.c.id == token_id, valid).values(revoked_ms=now_ms))


def authenticate(connection: Connection, given: str) -> Bearer | None:
    """Return who holds the token ``given``, None when it is wrong or revoked."""
    found = _FORM.fullmatch(given)
    if found is None:
        return None
    query = select(TOKENS.c.role, TOKENS.c.label, TOKENS.c.hash).where(
        TOKENS.c.id == found[1], TOKENS.c.revoked_ms.is_(None)
    )
    row = connection.execute(query).first()
    # A token that does not exist is compared too: it must not be told apart by the time it takes.
    expected = bytes(32) if row is None else row.hash
    right = hmac.compare_digest(_hash(found[2]), expected)
    return Bearer(found[1], row.role, row.label) if right and row is not None else None


def is_valid(connection: Connection, token_id: str) -> bool:
    """Tell whether the token with this number is there and was not revoked."""
    query = select(TOKENS.c.id).where(TOKENS.c.id == token_id, TOKENS.c.revoked_ms.is_(None))
    return connection.execute(query).first() is not None


def _hash(secret: str) -> bytes:
    # 256 random bits need no slow hash: nobody can guess them one by one.
    return sha256(secret.encode()).digest()
