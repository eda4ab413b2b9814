"""The challenge that a terminal gives a card, and the answers of SM4 cards (docs/protocol.md section 9).

What an answer proves: the card was there after the beacon of the ground was issued and before the answer arrived at
the gateway; without a beacon, after the event of the ground. Fresh bytes make it impossible to collect in advance.
The terminal holds no card key: it makes challenges and records answers; the gateway checks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from zhendao.protocol import cbor
from zhendao.protocol.cards.blocks import encrypt_block, pad, same
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.fields import UINT, exactly

if TYPE_CHECKING:
    from zhendao.protocol.suite import Suite

CHALLENGE_BYTES: Final = 16
SHORT_BYTES: Final = 8

_DOMAIN: Final = "zd1/challenge"
_ID = exactly(16)
_HEAD = exactly(32)


class Scheme(IntEnum):
    """How a card answered."""

    SM4_16 = 1
    SM4_8 = 2
    EV2 = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """What a challenge stands on: a recent event of this terminal (its seq and h[seq]) and the gateway's beacon."""

    device: bytes
    epoch: bytes
    seq: int
    head: bytes
    beacon: bytes | None = None


def make_challenge(suite: Suite, ground: Ground, fresh: bytes) -> bytes:
    """Return the 16-byte challenge; ``fresh`` are 16 bytes that nobody knew before.

    Raises:
        MalformedError: a part has another length.
    """
    parts: list[bytes | int | str] = [
        _DOMAIN,
        _ID.to_raw(ground.device),
        _ID.to_raw(ground.epoch),
        UINT.to_raw(ground.seq),
        _HEAD.to_raw(ground.head),
    ]
    if ground.beacon is not None:
        parts.append(_ID.to_raw(ground.beacon))
    return suite.mac(_ID.to_raw(fresh), cbor.encode(parts))[:CHALLENGE_BYTES]


def challenge_of(scheme: Scheme, challenge: bytes) -> bytes:
    """Return the bytes of a challenge that are sent to a card of ``scheme``: all 16, or the first 8."""
    return challenge[:SHORT_BYTES] if scheme is Scheme.SM4_8 else challenge


def sm4_answer(key: bytes, challenge: bytes) -> bytes:
    """Return what a card with ``key`` answers to INTERNAL AUTHENTICATE.

    A challenge of 16 bytes is encrypted as it is: 16 bytes. One of 8 bytes is padded to a block and encrypted; the
    answer is the exclusive or of both halves: 8 bytes. CryptoError for any other length.
    """
    if len(challenge) == CHALLENGE_BYTES:
        return encrypt_block("sm4", key, challenge)
    if len(challenge) != SHORT_BYTES:
        raise CryptoError("challenge", "a challenge to a card is 8 or 16 bytes")
    block = encrypt_block("sm4", key, pad(challenge))
    return bytes(left ^ right for left, right in zip(block[:SHORT_BYTES], block[SHORT_BYTES:], strict=True))


def sm4_answer_holds(scheme: Scheme, key: bytes, challenge: bytes, answer: bytes) -> bool:
    """Tell, in constant time, whether ``answer`` is that of a card with ``key``; ``challenge`` is all 16 bytes of it.

    Any bytes as answer: true or false, never an error. CryptoError for a scheme that is none of SM4.
    """
    if scheme is Scheme.EV2 or len(challenge) != CHALLENGE_BYTES:
        raise CryptoError("challenge", "no scheme or no challenge of an SM4 card")
    return same(sm4_answer(key, challenge_of(scheme, challenge)), answer)
