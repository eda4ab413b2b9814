"""A parcel of keys on its way: wrapped for one recipient, who alone can open it (docs/protocol.md section 9).

Master keys go to the escrow in one, and keys of single cards to the laptop that writes them where it has no line to the
gateway. Promise: a parcel of one purpose opens as no other, and whatever was altered opens as nothing. rule: ESCROW
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from zhendao.protocol import cbor
from zhendao.protocol.cards.diversify import CardKeys, Masters
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import UINT, Bytes, Int, OneOf, check_version, exactly
from zhendao.protocol.suite import Suite, suite_by_id
from zhendao.protocol.vocabulary import Technology

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zhendao.protocol.keys import UnwrappingKey

Purpose = Literal["card-masters", "card-keys"]

MAX_PARCEL_BYTES: Final = 4 << 20
_VERSION: Final = 1
_KEY = exactly(16)
_KEY_ID = exactly(8)
_NONCE = exactly(12)
_UID = Bytes(4, 10)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What can be read of a parcel without opening it: of which suite, and for whose key."""

    suite: Suite
    key_id: bytes
    wrapped: bytes
    nonce: bytes
    sealed: bytes


def seal_masters(
    suite: Suite, recipient: bytes, masters: Iterable[Masters], entropy: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """Return all versions of the master keys for the owner of ``recipient`` (SPKI), who is the escrow."""
    return _seal(suite, recipient, "card-masters", [[one.version, one.aes, one.sm4] for one in masters], entropy)


def open_masters(data: bytes, key: UnwrappingKey) -> tuple[Masters, ...]:
    """Return what `seal_masters` sealed.

    Raises:
        MalformedError: it is no parcel.
        CryptoError: it was altered, is of another purpose, or is not for ``key``.
    """
    rows = _open(data, key, "card-masters")
    return tuple(Masters(Int(1, 255).from_raw(v), _KEY.from_raw(a), _KEY.from_raw(s)) for v, a, s in _rows(rows, 3))


def seal_card_keys(
    suite: Suite, recipient: bytes, cards: Iterable[CardKeys], entropy: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """Return the keys of single cards for the owner of ``recipient`` (SPKI), who writes them."""
    rows = [[int(one.technology), one.uid, one.version, dict(one.keys)] for one in cards]
    return _seal(suite, recipient, "card-keys", rows, entropy)


def open_card_keys(data: bytes, key: UnwrappingKey) -> tuple[CardKeys, ...]:
    """Return what `seal_card_keys` sealed; raises as `open_masters`."""
    found = []
    for technology, uid, version, keys in _rows(_open(data, key, "card-keys"), 4):
        if not isinstance(keys, dict):
            raise MalformedError("parcel", "the keys of a card are a map")
        numbered = {Int(0, 255).from_raw(number): _KEY.from_raw(one) for number, one in keys.items()}
        found.append(
            CardKeys(
                Technology(OneOf(Technology).from_raw(technology)),
                _UID.from_raw(uid),
                Int(0, 255).from_raw(version),
                MappingProxyType(numbered),
            )
        )
    return tuple(found)


def read_parcel(data: bytes) -> Parcel:
    """Return what stands on a parcel; raises `MalformedError`."""
    raw = cbor.decode(data, MAX_PARCEL_BYTES)
    if not isinstance(raw, dict) or raw.keys() != set(range(1, 7)):
        raise MalformedError("parcel", "keys missing or too many")
    check_version(raw[1], _VERSION)
    return Parcel(
        suite_by_id(UINT.from_raw(raw[2])),
        _KEY_ID.from_raw(raw[3]),
        Bytes(1, 4096).from_raw(raw[4]),
        _NONCE.from_raw(raw[5]),
        Bytes(1, MAX_PARCEL_BYTES).from_raw(raw[6]),
    )


def _bound_to(suite: Suite, key_id: bytes, purpose: Purpose) -> bytes:
    return cbor.encode(["zd1/parcel", suite.id, key_id, purpose])


def _seal(suite: Suite, recipient: bytes, purpose: Purpose, rows: list[Any], entropy: Callable[[int], bytes]) -> bytes:
    whom, key, nonce = suite.wrapping_key(recipient), entropy(16), entropy(12)
    sealed = suite.seal(key, nonce, _bound_to(suite, whom.key_id, purpose), cbor.encode([_VERSION, rows]))
    parcel = cbor.encode({1: _VERSION, 2: suite.id, 3: whom.key_id, 4: whom.wrap(key), 5: nonce, 6: sealed})
    if len(parcel) > MAX_PARCEL_BYTES:
        raise MalformedError("too-long", f"a parcel of {len(parcel)} bytes")
    return parcel


def _open(data: bytes, key: UnwrappingKey, purpose: Purpose) -> Any:
    parcel = read_parcel(data)
    if parcel.key_id != key.key_id:
        raise CryptoError("recipient", "a parcel for somebody else")
    opened = parcel.suite.open(
        key.unwrap(parcel.wrapped), parcel.nonce, _bound_to(parcel.suite, parcel.key_id, purpose), parcel.sealed
    )
    match cbor.decode(opened, MAX_PARCEL_BYTES):
        case [int() as version, [*rows]]:
            check_version(version, _VERSION)
            return rows
        case _:
            raise MalformedError("parcel", "a parcel is [version, rows]")


def _rows(rows: Sequence[Any], length: int) -> Iterable[Sequence[Any]]:
    for row in rows:
        if not isinstance(row, list) or len(row) != length:
            raise MalformedError("parcel", f"a row is an array of {length}")
        yield row
