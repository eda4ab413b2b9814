"""Native commands of NXP's cards, wrapped into ISO 7816-4 APDUs: ``90 INS 00 00 [Lc data] 00``, answered by ``91 xx``.

NT4H2421Gx sections 8.4 and 10.1. Both ends. Promise: any bytes are taken apart or end in a `MalformedError`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from zhendao.protocol.errors import CardStatusError, MalformedError

MAX_DATA_BYTES: Final = 255

_CLASS: Final = 0x90
_STATUS_CLASS: Final = 0x91
_HEAD: Final = 4
_WRAP: Final = 6


class Ins(IntEnum):
    """Instruction bytes."""

    SET_CONFIGURATION = 0x5C
    GET_CARD_UID = 0x51
    CHANGE_FILE_SETTINGS = 0x5F
    GET_VERSION = 0x60
    GET_KEY_VERSION = 0x64
    AUTHENTICATE_FIRST = 0x71
    AUTHENTICATE_NON_FIRST = 0x77
    WRITE_DATA = 0x8D
    READ_DATA = 0xAD
    MORE = 0xAF
    CHANGE_KEY = 0xC4
    GET_FILE_SETTINGS = 0xF5
    GET_TT_STATUS = 0xF7


class Status(IntEnum):
    """Second status bytes, behind 0x91."""

    OK = 0x00
    ILLEGAL_COMMAND = 0x1C
    INTEGRITY = 0x1E
    NO_SUCH_KEY = 0x40
    LENGTH = 0x7E
    PERMISSION_DENIED = 0x9D
    PARAMETER = 0x9E
    AUTHENTICATION_DELAY = 0xAD
    AUTHENTICATION = 0xAE
    MORE = 0xAF
    BOUNDARY = 0xBE
    COMMAND_ABORTED = 0xCA
    MEMORY = 0xEE
    FILE_NOT_FOUND = 0xF0


def wrap(ins: int, data: bytes = b"") -> bytes:
    """Return the APDU of a native command; MalformedError for more than 255 bytes."""
    if len(data) > MAX_DATA_BYTES:
        raise MalformedError("apdu", "more than 255 bytes for one command")
    return bytes((_CLASS, ins, 0, 0)) + (bytes((len(data),)) + data if data else b"") + b"\x00"


def unwrap(response: bytes, expected: int = Status.OK) -> bytes:
    """Return the data of a response.

    Raises:
        CardStatusError: the card says something else than ``91 expected``.
        MalformedError: no response.
    """
    status = status_of(response)
    if status != _STATUS_CLASS << 8 | expected:
        raise CardStatusError(status)
    return response[:-2]


def status_of(response: bytes) -> int:
    """Return both status bytes of a response as a number, 0x9100 for instance; MalformedError without them."""
    if len(response) < 2:  # noqa: PLR2004 - two bytes of status
        raise MalformedError("apdu", "a response without status")
    return int.from_bytes(response[-2:], "big")


def respond(data: bytes = b"", status: int = Status.OK) -> bytes:
    """Return a card's response."""
    return data + bytes((_STATUS_CLASS, status))


def read_native(command: bytes) -> tuple[int, bytes]:
    """Return instruction and data of a wrapped native command, as a card takes it; MalformedError for anything else."""
    if len(command) < _HEAD + 1 or command[0] != _CLASS or command[2:_HEAD] != b"\x00\x00" or command[-1]:
        raise MalformedError("apdu", "no wrapped native command")
    if len(command) == _HEAD + 1:
        return command[1], b""
    data = command[_HEAD + 1 : -1]
    if len(command) < _WRAP or command[_HEAD] != len(data) or not data:
        raise MalformedError("apdu", "Lc is not the length of the data")
    return command[1], data
