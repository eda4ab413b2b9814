"""Commands (docs/protocol.md section 8): signed by the gateway, for one start of one terminal, in rising number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhendao.protocol import cbor
from zhendao.protocol.down import COMMAND, SignedCommand
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import SINT, UINT, check_version, exactly
from zhendao.protocol.limits import MAX_DOWN_BYTES, WIRE_VERSION
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import suite_by_id

if TYPE_CHECKING:
    from zhendao.protocol.keys import SigningKey, VerifyingKey

RESEND = 1
"""The command kind that asks for events again; its body is made by `resend_body`."""
BLOCKLIST = 2
"""The command kind that carries a part of the blocklist; its body is made by `blocklist.part_body`."""
ANSWER = 3
"""The command kind that says what has become of a call; its body is made by `answer.answer_body`."""
PLAN = 4
"""The command kind that names the planned visits of a home; its body is made by `plan.plan_body`."""

_ID = exactly(16)
_HASH = exactly(32)
_EXPIRES = 9


@dataclass(frozen=True, slots=True)
class Command:
    """An order of the gateway, for one start of one terminal. ``body`` is a CBOR map."""

    suite_id: int
    device: bytes
    boot_nonce: bytes
    number: int
    kind: int
    body: dict[int, Any]
    issued_ms: int
    expires_ms: int | None = None


def resend_body(epoch: bytes, first: int, last: int) -> dict[int, Any]:
    """Return the body that asks for events ``first``…``last`` of ``epoch`` again."""
    return {1: _ID.to_raw(epoch), 2: UINT.to_raw(first), 3: UINT.to_raw(last)}


def read_resend(body: dict[int, Any]) -> tuple[bytes, int, int]:
    """Return (epoch, first, last) of a resend command; raises `MalformedError`."""
    if body.keys() != {1, 2, 3}:
        raise MalformedError("command", "resend has epoch, first and last")
    epoch, first, last = _ID.from_raw(body[1]), UINT.from_raw(body[2]), UINT.from_raw(body[3])
    if not 0 < first <= last:
        raise MalformedError("command", "resend ends before it begins")
    return epoch, first, last


def _command_to_be_signed(command: Command, certificate_id: bytes, payload: bytes) -> bytes:
    protected = cbor.encode(
        [command.suite_id, command.device, command.boot_nonce, command.number, _HASH.to_raw(certificate_id)]
    )
    return to_be_signed("command", protected, payload)


def sign_command(key: SigningKey, certificate_id: bytes, command: Command) -> bytes:
    """Return the message that orders ``command``."""
    raw: dict[int, Any] = {
        1: WIRE_VERSION,
        2: UINT.to_raw(command.suite_id),
        3: _ID.to_raw(command.device),
        4: _ID.to_raw(command.boot_nonce),
        5: UINT.to_raw(command.number),
        6: UINT.to_raw(command.kind),
        7: command.body,
        8: SINT.to_raw(command.issued_ms),
    }
    if command.expires_ms is not None:
        raw[_EXPIRES] = SINT.to_raw(command.expires_ms)
    payload = cbor.encode(raw)
    signature = key.sign(_command_to_be_signed(command, certificate_id, payload))
    return cbor.encode([COMMAND, payload, certificate_id, signature])


def open_command(key: VerifyingKey, found: SignedCommand) -> Command:
    """Check the signature of the gateway's ``key``, then return the command; whether it is fresh is for the caller.

    Raises `CryptoError` if the key did not sign it, `MalformedError` if its form is wrong.
    """
    command = _read_command(found.payload)
    suite_by_id(command.suite_id)
    if not key.verify(_command_to_be_signed(command, found.certificate_id, found.payload), found.signature):
        raise CryptoError("signature", "a command that the gateway did not sign")
    return command


def _read_command(payload: bytes) -> Command:
    raw = cbor.decode(payload, MAX_DOWN_BYTES)
    if not isinstance(raw, dict) or raw.keys() - {_EXPIRES} != set(range(1, 9)):
        raise MalformedError("command", "a command with keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    if not isinstance(raw[7], dict):
        raise MalformedError("command", "a command's body is a map")
    return Command(
        suite_id=UINT.from_raw(raw[2]),
        device=_ID.from_raw(raw[3]),
        boot_nonce=_ID.from_raw(raw[4]),
        number=UINT.from_raw(raw[5]),
        kind=UINT.from_raw(raw[6]),
        body=raw[7],
        issued_ms=SINT.from_raw(raw[8]),
        expires_ms=SINT.from_raw(raw[_EXPIRES]) if _EXPIRES in raw else None,
    )
