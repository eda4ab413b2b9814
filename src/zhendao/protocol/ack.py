"""Acknowledgements (docs/protocol.md section 8): what the gateway has committed, under the MAC key of a start.

A broker cannot forge one and make a terminal forget; an old one, under an older start's key, is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

from zhendao.protocol import cbor
from zhendao.protocol.down import ACK, MacedAck
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import SINT, UINT, OneOf, Words, check_version, exactly
from zhendao.protocol.limits import MAX_DOWN_BYTES, MAX_RANGES, MAX_REFUSALS, WIRE_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.suite import Suite

T = TypeVar("T")

_ID = exactly(16)
_HASH = exactly(32)
_REASON = Words(64)
_DOMAIN = b"zd1/ack"
_PAIR, _REFUSAL, _RANGE = 2, 3, 4


class RangeState(IntEnum):
    """What the gateway did with a range of events that it stored."""

    COMMITTED = 0
    QUARANTINED = 1
    FORK = 2


class RefusalState(IntEnum):
    """What the terminal should do about a message that was not stored."""

    QUARANTINED = 1
    SPLIT = 3
    AGAIN = 4


@dataclass(frozen=True, slots=True)
class Range:
    """Events ``first``…``last``; ``head`` is h[last] as the gateway has it."""

    first: int
    last: int
    state: RangeState
    head: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that was not stored, named by the hash of its bytes."""

    digest: bytes
    state: RefusalState
    reason: str


@dataclass(frozen=True, slots=True)
class Ack:
    """What the gateway has committed; ``key`` names the start (epoch, seq of its `boot`) whose MAC key vouches."""

    device: bytes
    epoch: bytes
    key: tuple[bytes, int]
    ranges: tuple[Range, ...]
    held_seq: int
    held_head: bytes
    refusals: tuple[Refusal, ...]
    beacon: bytes
    beacon_ms: int


def encode_ack(suite: Suite, mac_key: bytes, ack: Ack) -> bytes:
    """Return the message that acknowledges to the start that holds ``mac_key``."""
    if len(ack.ranges) > MAX_RANGES or len(ack.refusals) > MAX_REFUSALS:
        raise MalformedError("length", "too many ranges or refusals for one acknowledgement")
    payload = cbor.encode(
        {
            1: WIRE_VERSION,
            2: suite.id,
            3: _ID.to_raw(ack.device),
            4: _ID.to_raw(ack.epoch),
            5: [_ID.to_raw(ack.key[0]), UINT.to_raw(ack.key[1])],
            6: [[one.first, one.last, int(one.state), _HASH.to_raw(one.head)] for one in ack.ranges],
            7: [UINT.to_raw(ack.held_seq), _HASH.to_raw(ack.held_head)],
            8: [[_HASH.to_raw(one.digest), int(one.state), _REASON.to_raw(one.reason)] for one in ack.refusals],
            9: [_ID.to_raw(ack.beacon), SINT.to_raw(ack.beacon_ms)],
        }
    )
    return cbor.encode([ACK, payload, suite.mac(mac_key, _DOMAIN + payload)])


def open_ack(suite: Suite, mac_key: bytes, found: MacedAck) -> Ack:
    """Check the MAC, then read; raises `CryptoError` if another key made it, `MalformedError` if its form is wrong."""
    if not suite.mac_valid(mac_key, _DOMAIN + found.payload, found.mac):
        raise CryptoError("mac", "an acknowledgement that the current start's key did not make")
    raw = cbor.decode(found.payload, MAX_DOWN_BYTES)
    if not isinstance(raw, dict) or raw.keys() != set(range(1, 10)):
        raise MalformedError("ack", "an acknowledgement with keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    if UINT.from_raw(raw[2]) != suite.id:
        raise MalformedError("suite", "an acknowledgement of another suite")
    key, held, beacon = _pair(raw[5]), _pair(raw[7]), _pair(raw[9])
    return Ack(
        device=_ID.from_raw(raw[3]),
        epoch=_ID.from_raw(raw[4]),
        key=(_ID.from_raw(key[0]), UINT.from_raw(key[1])),
        ranges=_each(raw[6], MAX_RANGES, _range),
        held_seq=UINT.from_raw(held[0]),
        held_head=_HASH.from_raw(held[1]),
        refusals=_each(raw[8], MAX_REFUSALS, _refusal),
        beacon=_ID.from_raw(beacon[0]),
        beacon_ms=SINT.from_raw(beacon[1]),
    )


def _pair(raw: Any) -> list[Any]:
    if not (isinstance(raw, list) and len(raw) == _PAIR):
        raise MalformedError("ack", "a pair wanted")
    return raw


def _each(raw: Any, most: int, read: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(raw, list) or len(raw) > most:
        raise MalformedError("length", f"a list of at most {most} wanted")
    return tuple(read(one) for one in raw)


def _range(raw: Any) -> Range:
    if not (isinstance(raw, list) and len(raw) == _RANGE):
        raise MalformedError("ack", "a range is [first, last, state, head]")
    first, last = UINT.from_raw(raw[0]), UINT.from_raw(raw[1])
    if not 0 < first <= last:
        raise MalformedError("ack", "a range ends before it begins")
    return Range(first, last, RangeState(OneOf(RangeState).from_raw(raw[2])), _HASH.from_raw(raw[3]))


def _refusal(raw: Any) -> Refusal:
    if not (isinstance(raw, list) and len(raw) == _REFUSAL):
        raise MalformedError("ack", "a refusal is [digest, state, reason]")
    return Refusal(_HASH.from_raw(raw[0]), RefusalState(OneOf(RefusalState).from_raw(raw[1])), _REASON.from_raw(raw[2]))
