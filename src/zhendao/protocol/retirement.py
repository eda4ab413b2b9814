"""The last word of a terminal (docs/protocol.md section 17): it signs where its journal ends, and forgets its key.

Who holds it knows that the terminal's own software began to wipe; that nothing was copied before, it cannot prove.
"""

from dataclasses import dataclass
from typing import Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import SINT, UINT, check_version, exactly
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.limits import WIRE_VERSION
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import suite_by_id

RETIREMENT_BYTES: Final = 1024
_ALWAYS, _END = {1, 2, 3, 4, 7, 8}, {5, 6}
_ID, _HASH = exactly(16), exactly(32)


@dataclass(frozen=True, slots=True)
class Retirement:
    """Where the journal ended: ``epoch`` None where there was none. ``unacknowledged``: events the gateway may lack."""

    suite_id: int
    device: bytes
    certificate_id: bytes
    epoch: bytes | None
    seq: int
    head: bytes | None
    unacknowledged: int
    wall_ms: int


def sign_retirement(retirement: Retirement, key: SigningKey) -> bytes:
    """Return the statement's bytes: CBOR ``[payload, signature]``, domain ``retirement``, by the terminal's key."""
    raw: dict[int, Any] = {
        1: WIRE_VERSION,
        2: retirement.suite_id,
        3: _ID.to_raw(retirement.device),
        4: _HASH.to_raw(retirement.certificate_id),
        7: UINT.to_raw(retirement.unacknowledged),
        8: SINT.to_raw(retirement.wall_ms),
    }
    if retirement.epoch is not None and retirement.head is not None:
        raw[5] = _ID.to_raw(retirement.epoch)
        raw[6] = [UINT.to_raw(retirement.seq), _HASH.to_raw(retirement.head)]
    payload = cbor.encode(raw)
    return cbor.encode([payload, key.sign(_to_be_signed(retirement, payload))])


def open_retirement(data: bytes, spki: bytes) -> Retirement:
    """Return a statement that the key ``spki`` signed.

    Raises:
        MalformedError: not in the form of a statement.
        CryptoError: that key did not sign it.
    """
    match cbor.decode(data, RETIREMENT_BYTES):
        case [bytes() as payload, bytes() as signature]:
            pass
        case _:
            raise MalformedError("retirement", "a statement is [payload, signature]")
    retirement = _read(payload)
    suite = suite_by_id(retirement.suite_id)
    if not suite.verifying_key(spki).verify(_to_be_signed(retirement, payload), signature):
        raise CryptoError("retirement", "not signed by that terminal")
    return retirement


def _read(payload: bytes) -> Retirement:
    raw = cbor.decode(payload, RETIREMENT_BYTES)
    if not isinstance(raw, dict) or raw.keys() - _END != _ALWAYS or raw.keys() & _END not in (set(), _END):
        raise MalformedError("retirement", "a statement with keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    match raw.get(6, [0, None]):
        case [seq, head]:
            pass
        case _:
            raise MalformedError("retirement", "an end is [seq, head]")
    return Retirement(
        suite_id=UINT.from_raw(raw[2]),
        device=_ID.from_raw(raw[3]),
        certificate_id=_HASH.from_raw(raw[4]),
        epoch=None if head is None else _ID.from_raw(raw[5]),
        seq=UINT.from_raw(seq),
        head=None if head is None else _HASH.from_raw(head),
        unacknowledged=UINT.from_raw(raw[7]),
        wall_ms=SINT.from_raw(raw[8]),
    )


def _to_be_signed(retirement: Retirement, payload: bytes) -> bytes:
    return to_be_signed("retirement", cbor.encode([retirement.suite_id, retirement.device]), payload)
