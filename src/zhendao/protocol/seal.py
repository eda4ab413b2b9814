"""Sealing of events: nobody but the gateway and the escrow reads them (docs/protocol.md section 4).

A data key lives for one start of the terminal's process, in memory only; the event's seq is the nonce, so no
nonce occurs twice under a key. What is sealed is padded to steps of 64 bytes. rule: ESCROW
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from zhendao.protocol import cbor
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.limits import (
    DATA_KEY_BYTES,
    ID_BYTES,
    KEY_ID_BYTES,
    MAC_KEY_BYTES,
    MAX_EVENT_BYTES,
    MAX_RECIPIENTS,
    NONCE_BYTES,
    SALT_BYTES,
    SEAL_STEP,
    WIRE_VERSION,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.protocol.keys import UnwrappingKey, WrappingKey
    from zhendao.protocol.suite import Suite

MAX_SEALED_BYTES = MAX_EVENT_BYTES + 4096
_FRONTS = 64
_LENGTH_BYTES = 2
_PLAIN, _WITH_KEYS = 2, 3


@dataclass(frozen=True, slots=True)
class StartKeys:
    """The keys of one start: they open its events and vouch for acknowledgements to it."""

    data_key: bytes
    mac_key: bytes
    device: bytes
    epoch: bytes
    start: int

    def __repr__(self) -> str:
        """Never show a key, not even in a log of values."""
        return f"StartKeys(start={self.start})"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed event and the commitment to its plaintext."""

    sealed: bytes
    commitment: bytes


def _aad(suite: Suite, keys: StartKeys, seq: int) -> bytes:
    return _aad_front(suite.id, keys.device, keys.epoch) + cbor.uint(seq) + cbor.uint(keys.start)


@lru_cache(_FRONTS)
def _aad_front(suite_id: int, device: bytes, epoch: bytes) -> bytes:
    """Return what the associated data begin with, up to seq and start, the last two of an array of six."""
    return cbor.encode([WIRE_VERSION, suite_id, device, epoch, 0, 0])[:-2]


def _pad(salt: bytes, plaintext: bytes) -> bytes:
    inner = salt + len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    return inner + bytes(-len(inner) % SEAL_STEP)


def _unpad(inner: bytes) -> tuple[bytes, bytes]:
    front = SALT_BYTES + _LENGTH_BYTES
    if len(inner) < front or len(inner) % SEAL_STEP:
        raise MalformedError("padding", "a sealed event is not a whole number of steps")
    length = int.from_bytes(inner[SALT_BYTES:front], "big")
    rest = inner[front + length :]
    if front + length > len(inner) or len(rest) >= SEAL_STEP or any(rest):
        raise MalformedError("padding", "length or padding of a sealed event is wrong")
    return inner[:SALT_BYTES], inner[front : front + length]


def seal_event(
    suite: Suite,
    keys: StartKeys,
    seq: int,
    plaintext: bytes,
    salt: bytes,
    recipients: Sequence[WrappingKey] | None = None,
) -> Sealed:
    """Seal ``plaintext`` as event ``seq``; ``salt`` is 16 fresh random bytes.

    ``recipients`` is given for the start's own `boot` event and for no other: the start's keys are wrapped to each.
    """
    if len(salt) != SALT_BYTES or not 0 < len(plaintext) <= MAX_EVENT_BYTES:
        raise MalformedError("length", "salt or plaintext has a wrong length")
    if (recipients is not None) != (seq == keys.start):
        raise MalformedError("start", "the start's keys travel in its boot event, and there only")
    nonce = seq.to_bytes(NONCE_BYTES, "big")
    ciphertext = suite.seal(keys.data_key, nonce, _aad(suite, keys, seq), _pad(salt, plaintext))
    content: list[Any] = [keys.start, ciphertext]
    if recipients is not None:
        if not 0 < len(recipients) <= MAX_RECIPIENTS:
            raise MalformedError("length", f"a boot event has 1…{MAX_RECIPIENTS} recipients")
        wrapped = cbor.encode({1: keys.data_key, 2: keys.mac_key, 3: keys.device, 4: keys.epoch, 5: keys.start})
        content.append([[one.key_id, one.wrap(wrapped)] for one in sorted(recipients, key=lambda one: one.key_id)])
    return Sealed(cbor.encode(content), suite.hash(salt + plaintext))


@dataclass(frozen=True, slots=True)
class SealedParts:
    """A sealed event taken apart, not opened: ``start``, ciphertext, and the wraps of a `boot` event."""

    start: int
    ciphertext: bytes
    wraps: tuple[tuple[bytes, bytes], ...]


def parse_sealed(sealed: bytes, seq: int) -> SealedParts:
    """Take a sealed event apart; raises `MalformedError`."""
    raw = cbor.decode(sealed, MAX_SEALED_BYTES)
    if not (isinstance(raw, list) and len(raw) in {_PLAIN, _WITH_KEYS} and type(raw[0]) is int):
        raise MalformedError("sealed", "a sealed event is [start, ct] or [start, ct, keys]")
    start, ciphertext = raw[0], raw[1]
    if not isinstance(ciphertext, bytes) or not 0 < start <= seq or (len(raw) == _WITH_KEYS) != (start == seq):
        raise MalformedError("sealed", "start, ciphertext and keys do not belong together")
    return SealedParts(start, ciphertext, _wraps(raw[2]) if len(raw) == _WITH_KEYS else ())


def _wraps(raw: object) -> tuple[tuple[bytes, bytes], ...]:
    if not (isinstance(raw, list) and 0 < len(raw) <= MAX_RECIPIENTS):
        raise MalformedError("sealed", f"a boot event has 1…{MAX_RECIPIENTS} recipients")
    found: list[tuple[bytes, bytes]] = []
    for pair in raw:
        match pair:
            case [bytes() as key_id, bytes() as wrapped] if len(key_id) == KEY_ID_BYTES:
                found.append((key_id, wrapped))
            case _:
                raise MalformedError("sealed", "a wrap is [key id, bytes]")
    ids = [key_id for key_id, _ in found]
    if ids != sorted(set(ids)):
        raise MalformedError("sealed", "recipients doubled or out of order")
    return tuple(found)


def open_sealed(suite: Suite, keys: StartKeys, seq: int, sealed: bytes) -> tuple[bytes, bytes]:
    """Open event ``seq``; return its plaintext and its commitment (to be compared with the one that was signed).

    Raises `CryptoError` if it was not sealed by these keys for this seq, `MalformedError` if its form is wrong.
    """
    return open_parts(suite, keys, seq, parse_sealed(sealed, seq))


def open_parts(suite: Suite, keys: StartKeys, seq: int, parts: SealedParts) -> tuple[bytes, bytes]:
    """Open event ``seq`` as `open_sealed` does, from what `parse_sealed` took apart."""
    salt, plaintext = salt_and_plaintext(suite, keys, seq, parts)
    return plaintext, suite.hash(salt + plaintext)


def salt_and_plaintext(suite: Suite, keys: StartKeys, seq: int, parts: SealedParts) -> tuple[bytes, bytes]:
    """Return the salt and the plaintext of event ``seq``: what discloses this one event, and no other."""
    if parts.start != keys.start:
        raise CryptoError("start", "sealed under another start")
    inner = suite.open(keys.data_key, seq.to_bytes(NONCE_BYTES, "big"), _aad(suite, keys, seq), parts.ciphertext)
    return _unpad(inner)


def unwrap_start(unwrapping_key: UnwrappingKey, sealed: bytes, device: bytes, epoch: bytes, seq: int) -> StartKeys:
    """Return the keys that the `boot` event ``seq`` carries for the holder of ``unwrapping_key``.

    Raises `CryptoError` if there is no wrap for that key, it does not open, or it belongs to another event.
    """
    for key_id, wrapped in parse_sealed(sealed, seq).wraps:
        if key_id == unwrapping_key.key_id:
            return _start_keys(unwrapping_key.unwrap(wrapped), device, epoch, seq)
    raise CryptoError("recipient", "no key for this recipient")


def _start_keys(content: bytes, device: bytes, epoch: bytes, seq: int) -> StartKeys:
    match cbor.decode(content, 256):
        case {
            1: bytes() as data_key,
            2: bytes() as mac_key,
            3: bytes() as of,
            4: bytes() as life,
            5: int() as start,
            **more,
        }:
            sizes = (len(data_key), len(mac_key), len(of), len(life))
            if not more and sizes == (DATA_KEY_BYTES, MAC_KEY_BYTES, ID_BYTES, ID_BYTES):
                if (of, life, start) != (device, epoch, seq) or isinstance(start, bool):
                    raise CryptoError("transplant", "a wrapped key belongs to another start")
                return StartKeys(data_key, mac_key, device, epoch, seq)
        case _:
            pass
    raise MalformedError("wrap", "a wrap does not hold the keys of a start")
