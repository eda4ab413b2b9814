"""NDEF messages on ISO 14443-4 cards (NFC Forum Type 4 Tag 2.0, mapping versions 2 and 3) through any `Reader`.

Promise: any answers of a card give a message, None or a `TagError`; at most `MOST_BYTES` are read, in a bounded number
of exchanges. A card without the NDEF application is no error: it is known by its uid. A message that is written anew
is torn anywhere as empty or as meant: its length goes to zero first and gets its value last.
"""

from dataclasses import dataclass

from zhendao.readers.errors import TagMalformedError
from zhendao.readers.iso7816 import Talk, read_binary, select, update_binary
from zhendao.readers.reader import Reader, Target

MOST_BYTES = 1024
"""A longer message is none that a terminal understands (a token record has at most 512 bytes)."""
MOST_READ = 0xF0
APPLICATION = bytes.fromhex("d2760000850101")
LENGTH_BYTES = 2
"""The message begins behind its length."""
_SELECT_FILE = bytes.fromhex("00a4000c02")
_CAPABILITY_FILE = b"\xe1\x03"
_CAPABILITY_BYTES = 15
_NDEF_FILE_CONTROL = b"\x04\x06"
_LEAST_READ = 15


@dataclass(frozen=True, slots=True)
class NdefFile:
    """The NDEF file, selected: what one command may read and write of it, its size, and whether anybody may write."""

    most_read: int
    most_write: int
    size: int
    writable: bool


def open_file(talk: Talk) -> NdefFile | None:
    """Select the NDEF application and its file; None where there is no such application.

    Raises:
        TagMalformedError: its files are not as the specification asks.
        TagGoneError: it left.
        ReaderError: the reader failed.
    """
    if not talk.ask(select(APPLICATION)).ok:
        return None
    talk.want(_SELECT_FILE + _CAPABILITY_FILE)
    identifier, file = _parse_capability(read_part(talk, 0, _CAPABILITY_BYTES))
    talk.want(_SELECT_FILE + identifier)
    return file


def read_file(talk: Talk, file: NdefFile) -> bytes:
    """Return the message in the selected file, empty where there is none. Raises as `open_file`."""
    size = int.from_bytes(read_part(talk, 0, LENGTH_BYTES), "big")
    if size > MOST_BYTES:
        raise TagMalformedError("length", f"a message of {size} bytes")
    message = b""
    while len(message) < size:
        message += read_part(talk, LENGTH_BYTES + len(message), min(file.most_read, size - len(message)))
    return message


def read_part(talk: Talk, offset: int, size: int) -> bytes:
    """Return ``size`` bytes (1…256) of the selected file. Raises as `open_file`."""
    data = talk.want(read_binary(offset, size))
    if len(data) != size:
        raise TagMalformedError("length", f"{len(data)} of {size} bytes")
    return data


def write_file(talk: Talk, file: NdefFile, message: bytes) -> bool:
    """Write ``message`` into the selected file; False if the card refuses, or has no room. Raises as `open_file`."""
    if not file.writable or LENGTH_BYTES + len(message) > file.size:
        return False
    step = file.most_write
    parts = [(LENGTH_BYTES + at, message[at : at + step]) for at in range(0, len(message), step)]
    parts = [(0, bytes(LENGTH_BYTES)), *parts, (0, len(message).to_bytes(LENGTH_BYTES, "big"))]
    return all(talk.ask(update_binary(offset, data)).ok for offset, data in parts)


def read_message(reader: Reader, target: Target) -> bytes | None:
    """Return the NDEF message of a Type 4 card; None if it has no NDEF application, or an empty message.

    Raises:
        TagMalformedError: its files are not as the specification asks.
        TagGoneError: it left.
        ReaderError: the reader failed.
    """
    talk = Talk(reader, target)
    file = open_file(talk)
    return None if file is None else read_file(talk, file) or None


def _parse_capability(data: bytes) -> tuple[bytes, NdefFile]:
    """Return the id of the NDEF file, and what the capability container says of it."""
    if data[2] >> 4 not in {1, 2, 3}:
        raise TagMalformedError("version", f"mapping version {data[2] >> 4}")
    if data[7:9] != _NDEF_FILE_CONTROL or data[13]:
        raise TagMalformedError("access", "no NDEF file that may be read")
    return data[9:11], NdefFile(
        most_read=min(MOST_READ, max(_LEAST_READ, int.from_bytes(data[3:5], "big"))),
        most_write=min(MOST_READ, max(1, int.from_bytes(data[5:7], "big"))),
        size=int.from_bytes(data[11:13], "big"),
        writable=data[14] == 0,
    )
