"""Tokens that a command on the gateway's own machine makes for itself, for one minute, without writing the store.

Promise: only who can read the store key can make one, and whoever can has all of the store already; it is bound to the
name of the user and to the moment. It is made for each request anew, and allows what its role allows.
"""

import hmac
import re
from typing import Final

from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.store.sealing import StoreKey

ROLE: Final = "duty"
LOCAL: Final = "local"
"""The number under which such a token is logged."""

VALID_MS: Final = 60_000
_FORM: Final = re.compile(r"zdl_([0-9]{1,15})_([0-9a-f]{2,128})(?:\.([a-z]{1,16}))?_([0-9a-f]{32})")


def local_token(store_key: StoreKey, user: str, now_ms: int, role: str = ROLE) -> str:
    """Return a token for ``user`` of this machine that is valid for a minute; ``now_ms`` is UTC ms."""
    name = user.encode()[:64]
    named = "" if role == ROLE else f".{role}"
    return f"zdl_{now_ms}_{name.hex()}{named}_{_proof(store_key, name, now_ms, role).hex()}"


def authenticate_local(store_key: StoreKey, given: str, now_ms: int) -> Bearer | None:
    """Return who holds the token ``given``, None when it is wrong or too old, or no such token at all."""
    found = _FORM.fullmatch(given)
    if found is None:
        return None
    made_ms, name = int(found[1]), bytes.fromhex(found[2]) if len(found[2]) % 2 == 0 else b""
    role = found[3] or ROLE
    right = hmac.compare_digest(_proof(store_key, name, made_ms, role), bytes.fromhex(found[4]))
    if not right or abs(now_ms - made_ms) > VALID_MS:
        return None
    return Bearer(LOCAL, role, name.decode("utf-8", "replace"))


def _proof(store_key: StoreKey, name: bytes, made_ms: int, role: str) -> bytes:
    return store_key.find_by(
        b"local-token", name, made_ms.to_bytes(8, "big"), *([] if role == ROLE else [role.encode()])
    )
