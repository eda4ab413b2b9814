"""The retained state of a terminal, which is also its last will (docs/protocol.md section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.protocol import cbor
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import SINT, UINT, Bytes, Int, Truth, check_version, exactly
from zhendao.protocol.limits import DATA_KEY_BYTES, MAX_COMPANION_BYTES, MAX_STATE_BYTES, NONCE_BYTES, WIRE_VERSION

if TYPE_CHECKING:
    from zhendao.protocol.seal import StartKeys
    from zhendao.protocol.suite import Suite

_ID = exactly(16)
_HASH = exactly(32)
_NONCE = exactly(NONCE_BYTES)
_CONTENT = Bytes(1, 1024)
_BOOT = Bytes(1, MAX_COMPANION_BYTES)
_START = Int(1, UINT.high)
_INFO = "zd1/state"


@dataclass(frozen=True, slots=True)
class State:
    """Where a terminal stands: its head, and how much of its journal is not acknowledged."""

    online: bool
    seq: int
    head: bytes
    wall_ms: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class SealedState:
    """A state message taken apart; ``boot`` is the batch that brings the keys which open it."""

    suite_id: int
    device: bytes
    epoch: bytes
    certificate_id: bytes
    start: int
    nonce: bytes
    ciphertext: bytes
    boot: bytes


def _key_and_aad(suite: Suite, device: bytes, epoch: bytes, start: int, data_key: bytes) -> tuple[bytes, bytes]:
    aad = cbor.encode([WIRE_VERSION, suite.id, device, epoch, start])
    return suite.derive(data_key, _INFO, DATA_KEY_BYTES), aad


def seal_state(suite: Suite, keys: StartKeys, certificate_id: bytes, nonce: bytes, boot: bytes, state: State) -> bytes:
    """Return the state message; ``nonce`` is 12 fresh random bytes, ``boot`` the start's `boot` event as a batch."""
    content = cbor.encode(
        {
            1: Truth().to_raw(state.online),
            2: UINT.to_raw(state.seq),
            3: _HASH.to_raw(state.head),
            4: SINT.to_raw(state.wall_ms),
            5: UINT.to_raw(state.unacknowledged),
        }
    )
    key, aad = _key_and_aad(suite, keys.device, keys.epoch, keys.start, keys.data_key)
    return cbor.encode(
        {
            1: WIRE_VERSION,
            2: suite.id,
            3: keys.device,
            4: keys.epoch,
            5: _HASH.to_raw(certificate_id),
            6: keys.start,
            7: _NONCE.to_raw(nonce),
            8: suite.seal(key, nonce, aad, content),
            9: _BOOT.to_raw(boot),
        }
    )


def parse_state(message: bytes) -> SealedState:
    """Take a state message apart; raises `MalformedError`."""
    raw = cbor.decode(message, MAX_STATE_BYTES)
    if not isinstance(raw, dict) or raw.keys() != set(range(1, 10)):
        raise MalformedError("state", "a state with keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    return SealedState(
        suite_id=UINT.from_raw(raw[2]),
        device=_ID.from_raw(raw[3]),
        epoch=_ID.from_raw(raw[4]),
        certificate_id=_HASH.from_raw(raw[5]),
        start=_START.from_raw(raw[6]),
        nonce=_NONCE.from_raw(raw[7]),
        ciphertext=_CONTENT.from_raw(raw[8]),
        boot=_BOOT.from_raw(raw[9]),
    )


def open_state(suite: Suite, keys: StartKeys, sealed: SealedState) -> State:
    """Open a state with the keys of its start; raises `CryptoError` if they are not its keys."""
    if (sealed.suite_id, sealed.device, sealed.epoch, sealed.start) != (suite.id, keys.device, keys.epoch, keys.start):
        raise CryptoError("start", "a state of another start")
    key, aad = _key_and_aad(suite, keys.device, keys.epoch, keys.start, keys.data_key)
    raw = cbor.decode(suite.open(key, sealed.nonce, aad, sealed.ciphertext), MAX_STATE_BYTES)
    if not isinstance(raw, dict) or raw.keys() != set(range(1, 6)):
        raise MalformedError("state", "a state's content has keys missing or too many")
    return State(
        online=Truth().from_raw(raw[1]),
        seq=UINT.from_raw(raw[2]),
        head=_HASH.from_raw(raw[3]),
        wall_ms=SINT.from_raw(raw[4]),
        unacknowledged=UINT.from_raw(raw[5]),
    )
