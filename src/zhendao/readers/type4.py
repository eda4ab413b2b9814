"""NDEF messages on ISO 14443-4 cards (NFC Forum Type 4 Tag 2.0, mapping versions 2 and 3) through any `Reader`.

Promise: any answers of a card give a message, None or a `TagError`; at most `MOST_BYTES` are read, in a bounded number
of exchanges. A card without the NDEF application is no error: it is known by its uid.
"""

from zhendao.readers.errors import TagMalformedError
from zhendao.readers.reader import Reader, Target

MOST_BYTES = 1024
"""A longer message is none that a terminal understands (a token record has at most 512 bytes)."""
MOST_READ = 0xF0
_OK = b"\x90\x00"
_SELECT_APPLICATION = bytes.fromhex("00a4040007d276000085010100")
_SELECT_FILE = bytes.fromhex("00a4000c02")
_CAPABILITY_FILE = b"\xe1\x03"
_CAPABILITY_BYTES = 15
_NDEF_FILE_CONTROL = b"\x04\x06"
_LEAST_READ = 15


def read_message(reader: Reader, target: Target) -> bytes | None:
    """Return the NDEF message of a Type 4 card; None if it has no NDEF application, or an empty message.

    Raises:
        TagMalformedError: its files are not as the specification asks.
        TagGoneError: it left.
        ReaderError: the reader failed.
    """
    if not reader.transceive(target, _SELECT_APPLICATION).endswith(_OK):
        return None
    _ask(reader, target, _SELECT_FILE + _CAPABILITY_FILE)
    file, most = _parse_capability(_read(reader, target, 0, _CAPABILITY_BYTES))
    _ask(reader, target, _SELECT_FILE + file)
    size = int.from_bytes(_read(reader, target, 0, 2), "big")
    if size > MOST_BYTES:
        raise TagMalformedError("length", f"a message of {size} bytes")
    message = b""
    while len(message) < size:
        message += _read(reader, target, 2 + len(message), min(most, size - len(message)))
    return message or None


def _parse_capability(data: bytes) -> tuple[bytes, int]:
    """Return the id of the NDEF file, and how many bytes may be read at once."""
    if data[2] >> 4 not in {1, 2, 3}:
        raise TagMalformedError("version", f"mapping version {data[2] >> 4}")
    if data[7:9] != _NDEF_FILE_CONTROL or data[13]:
        raise TagMalformedError("access", "no NDEF file that may be read")
    return data[9:11], min(MOST_READ, max(_LEAST_READ, int.from_bytes(data[3:5], "big")))


def _read(reader: Reader, target: Target, offset: int, size: int) -> bytes:
    data = _ask(reader, target, b"\x00\xb0" + offset.to_bytes(2, "big") + bytes((size,)))
    if len(data) != size:
        raise TagMalformedError("length", f"{len(data)} of {size} bytes")
    return data


def _ask(reader: Reader, target: Target, apdu: bytes) -> bytes:
    answer = reader.transceive(target, apdu)
    if not answer.endswith(_OK):
        raise TagMalformedError("status", answer[-2:].hex())
    return answer[:-2]
