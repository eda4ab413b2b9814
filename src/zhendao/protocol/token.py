"""The signed token on a door tag or a card (docs/protocol.md section 9).

rule: TWO-TOKENS. Strength `signed`: the issuer signed uid, role and validity, so a record copied to another tag is
refused. A copy that fakes the uid as well is not noticed at this strength. A token carries no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from zhendao.protocol import cbor
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import UINT, Bytes, OneOf, check_version, exactly
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.protocol.keys import SigningKey, VerifyingKey
    from zhendao.protocol.suite import Suite

CACHED_TOKENS = 1024

NDEF_TYPE = "zhendao:t"
"""NFC Forum external type of the record that carries a token."""

MAX_RECORD_BYTES = 512
_VERSION = 1


@dataclass(frozen=True, slots=True)
class SignedToken:
    """What the issuer vouches for; times are seconds since 1970, UTC, both included."""

    role: Role
    token_id: bytes
    uid: bytes
    not_before_s: int
    not_after_s: int
    issuer: bytes

    def valid_at(self, now_s: int) -> bool:
        """Tell whether the token holds at ``now_s`` (a matter for a flag, never for dropping an event)."""
        return self.not_before_s <= now_s <= self.not_after_s


def _to_be_signed(suite_id: int, issuer: bytes, payload: bytes) -> bytes:
    return to_be_signed("token", cbor.encode([suite_id, issuer]), payload)


def sign_token(key: SigningKey, role: Role, token_id: bytes, uid: bytes, not_before_s: int, not_after_s: int) -> bytes:
    """Return the payload of the NDEF record that makes a tag with ``uid`` the token ``token_id``."""
    payload = cbor.encode(
        {
            1: _VERSION,
            2: OneOf(Role).to_raw(role),
            3: exactly(16).to_raw(token_id),
            4: Bytes(4, 10).to_raw(uid),
            5: UINT.to_raw(not_before_s),
            6: UINT.to_raw(not_after_s),
            7: key.key_id,
        }
    )
    return cbor.encode([payload, key.sign(_to_be_signed(key.suite.id, key.key_id, payload))])


def read_token(record: bytes) -> SignedToken:
    """Return what a record claims, unproved; raises `MalformedError`."""
    token, _, _ = _parse(record)
    return token


def open_token(suite: Suite, record: bytes, uid: bytes, issuers: Mapping[bytes, VerifyingKey]) -> SignedToken:
    """Return the token of a record that was read from a tag with ``uid``; ``issuers`` are trusted keys by key id.

    Raises `MalformedError` if the record has no such form, `CryptoError` with reason ``issuer`` (unknown issuer),
    ``signature`` (forged) or ``uid`` (copied from another tag). Validity in time is `SignedToken.valid_at`.
    """
    token, payload, signature = _parse(record)
    issuer = issuers.get(token.issuer)
    if issuer is None:
        raise CryptoError("issuer", "a token of an issuer that is not trusted here")
    if not issuer.verify(_to_be_signed(suite.id, token.issuer, payload), signature):
        raise CryptoError("signature", "a token that its issuer did not sign")
    if token.uid != uid:
        raise CryptoError("uid", "a token copied from another tag")
    return token


@lru_cache(CACHED_TOKENS)
def _parse(record: bytes) -> tuple[SignedToken, bytes, bytes]:
    """Return the token with the payload and the signature over it. Cards come again and again: some are kept."""
    match cbor.decode(record, MAX_RECORD_BYTES):
        case [bytes() as payload, bytes() as signature]:
            pass
        case _:
            raise MalformedError("token", "a token record is [token, signature]")
    raw = cbor.decode(payload, MAX_RECORD_BYTES)
    if not isinstance(raw, dict) or raw.keys() != set(range(1, 8)):
        raise MalformedError("token", "a token with keys missing or too many")
    check_version(raw[1], _VERSION)
    token = SignedToken(
        role=Role(OneOf(Role).from_raw(raw[2])),
        token_id=exactly(16).from_raw(raw[3]),
        uid=Bytes(4, 10).from_raw(raw[4]),
        not_before_s=UINT.from_raw(raw[5]),
        not_after_s=UINT.from_raw(raw[6]),
        issuer=exactly(8).from_raw(raw[7]),
    )
    return token, payload, exactly(64).from_raw(signature)
