"""What goes to the terminal (docs/protocol.md section 8), told apart before anything of it is believed."""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import exactly
from zhendao.protocol.limits import MAX_DOWN_BYTES

ACK, COMMAND, ANSWER, LIVE = 1, 2, 3, 4

_HASH = exactly(32)
_SIGNATURE = exactly(64)


@dataclass(frozen=True, slots=True)
class MacedAck:
    """An acknowledgement as it came; nothing in ``payload`` is believed before `ack.open_ack`."""

    payload: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class SignedCommand:
    """A command as it came; nothing in ``payload`` is believed before `command.open_command`."""

    payload: bytes
    certificate_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class LaterAnswer:
    """An answer of the authority, to be checked like the first one; the gateway only hands it on."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class MacedLive:
    """A live answer for a card as it came; nothing in ``payload`` is believed before `cards.asking.open_live`."""

    payload: bytes
    mac: bytes


def carry_answer(answer: bytes) -> bytes:
    """Return the message that brings a terminal a later answer of its authority."""
    return cbor.encode([ANSWER, answer])


def split_down(message: bytes) -> MacedAck | SignedCommand | LaterAnswer | MacedLive:
    """Tell what a message to the terminal is; raises `MalformedError`."""
    match cbor.decode(message, MAX_DOWN_BYTES):
        case [bool(), *_]:
            raise MalformedError("down", "a boolean is no number")
        case [1, bytes() as payload, bytes() as mac]:
            return MacedAck(payload, _HASH.from_raw(mac))
        case [2, bytes() as payload, bytes() as certificate_id, bytes() as signature]:
            return SignedCommand(payload, _HASH.from_raw(certificate_id), _SIGNATURE.from_raw(signature))
        case [3, bytes() as answer]:
            return LaterAnswer(answer)
        case [4, bytes() as payload, bytes() as mac]:
            return MacedLive(payload, _HASH.from_raw(mac))
        case _:
            raise MalformedError("down", "neither an acknowledgement, a command nor an answer")
