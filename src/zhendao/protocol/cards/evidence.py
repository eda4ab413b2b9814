"""What a terminal read from a token to prove it later: field `proof` of the token (docs/protocol.md section 9).

The terminal collects, the gateway verifies. A proof that is no map is a signed record alone, as NTAG21x has it.
Promise: `read_proof` of any bytes is a value that encodes to the same bytes, or a `MalformedError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.cards.challenge import Ground, Scheme
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import UINT, Bytes, Int, OneOf, check_version, exactly
from zhendao.protocol.token import MAX_RECORD_BYTES

MAX_PROOF_BYTES: Final = 1024
MAX_SUN_BYTES: Final = 200
MAX_ANSWER_BYTES: Final = 96

_VERSION: Final = 1
_RECORD = Bytes(1, MAX_RECORD_BYTES)
_SUN = Bytes(1, MAX_SUN_BYTES)
_ANSWER = Bytes(1, MAX_ANSWER_BYTES)
_KEY_NUMBER = Int(0, 255)
_ID = exactly(16)
_HEAD = exactly(32)
_MAP_TYPE: Final = 5


@dataclass(frozen=True, slots=True)
class Grounded:
    """How the challenge was made, without what the event says itself (device and epoch)."""

    seq: int
    head: bytes
    fresh: bytes
    beacon: bytes | None = None

    def ground(self, device: bytes, epoch: bytes) -> Ground:
        """Return what the challenge stands on, in an event of ``device`` and ``epoch``."""
        return Ground(device, epoch, self.seq, self.head, self.beacon)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a card answered, with which of its keys."""

    scheme: Scheme
    key_number: int
    answer: bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was read from one token; what was not there is None."""

    record: bytes | None = None
    sun: bytes | None = None
    challenge: Grounded | None = None
    answer: Answer | None = None


def encode_evidence(evidence: Evidence) -> bytes:
    """Return the proof of a token of strength dynamic or challenge; MalformedError for what is out of bounds."""
    raw: dict[int, Any] = {1: _VERSION}
    if evidence.record is not None:
        raw[2] = _RECORD.to_raw(evidence.record)
    if evidence.sun is not None:
        raw[3] = _SUN.to_raw(evidence.sun)
    if evidence.challenge is not None:
        raw[4] = _grounded_to_raw(evidence.challenge)
    if evidence.answer is not None:
        raw[5] = {
            1: OneOf(Scheme).to_raw(evidence.answer.scheme),
            2: _KEY_NUMBER.to_raw(evidence.answer.key_number),
            3: _ANSWER.to_raw(evidence.answer.answer),
        }
    return cbor.encode(raw)


def decode_evidence(proof: bytes) -> Evidence:
    """Return what the map of a proof holds; MalformedError for anything else."""
    raw = _keys(cbor.decode(proof, MAX_PROOF_BYTES), {1}, {2, 3, 4, 5})
    check_version(raw[1], _VERSION)
    return Evidence(
        record=_RECORD.from_raw(raw[2]) if 2 in raw else None,  # noqa: PLR2004 - keys of the wire
        sun=_SUN.from_raw(raw[3]) if 3 in raw else None,  # noqa: PLR2004
        challenge=_grounded_from_raw(raw[4]) if 4 in raw else None,  # noqa: PLR2004
        answer=_answer_from_raw(raw[5]) if 5 in raw else None,  # noqa: PLR2004
    )


def read_proof(proof: bytes) -> Evidence:
    """Return the evidence of a proof of any strength; one that is no CBOR map is a signed record as it was read."""
    if proof and proof[0] >> 5 == _MAP_TYPE:
        return decode_evidence(proof)
    return Evidence(record=_RECORD.from_raw(proof))


def _grounded_to_raw(grounded: Grounded) -> dict[int, Any]:
    raw: dict[int, Any] = {
        1: UINT.to_raw(grounded.seq),
        2: _HEAD.to_raw(grounded.head),
        3: _ID.to_raw(grounded.fresh),
    }
    if grounded.beacon is not None:
        raw[4] = _ID.to_raw(grounded.beacon)
    return raw


def _grounded_from_raw(value: Any) -> Grounded:
    raw = _keys(value, {1, 2, 3}, {4})
    return Grounded(
        seq=UINT.from_raw(raw[1]),
        head=_HEAD.from_raw(raw[2]),
        fresh=_ID.from_raw(raw[3]),
        beacon=_ID.from_raw(raw[4]) if 4 in raw else None,  # noqa: PLR2004
    )


def _answer_from_raw(value: Any) -> Answer:
    raw = _keys(value, {1, 2, 3}, set())
    return Answer(Scheme(OneOf(Scheme).from_raw(raw[1])), _KEY_NUMBER.from_raw(raw[2]), _ANSWER.from_raw(raw[3]))


def _keys(value: Any, needed: set[int], allowed: set[int]) -> dict[int, Any]:
    if not isinstance(value, dict) or not needed <= value.keys() <= needed | allowed:
        raise MalformedError("evidence", "keys missing or too many")
    return value
