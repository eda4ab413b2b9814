"""What is said to a CPU card of the PBOC and FMCOS kind to write it: commands as bytes. Pure.

Folder (DF) of our application with one key file and one transparent file, all written under key 0 of the master folder
with a MAC: the first 4 bytes of the SM4 CBC-MAC over head and data, begun with the card's challenge; keys travel in SM4
ECB. What is read, and how the card answers: docs/protocol.md section 9.
"""

from typing import Final

from zhendao.protocol.cards.blocks import BLOCK_BYTES, ZERO_BLOCK, encrypt_cbc, pad
from zhendao.protocol.cards.challenge import sm4_answer
from zhendao.protocol.cards.diversify import CPU_APPLICATION

CHALLENGE_BYTES: Final = 16
GET_CHALLENGE: Final = b"\x00\x84\x00\x00" + bytes((CHALLENGE_BYTES,))
SELECT_MASTER: Final = bytes.fromhex("00a40000023f00")
SELECT_OURS: Final = b"\x00\xa4\x04\x00" + bytes((len(CPU_APPLICATION),)) + CPU_APPLICATION
ERASE: Final = bytes.fromhex("800e000000")
FILE: Final = 1
"""Short identifier of the token's file: two bytes of length, and the record."""
FILE_BYTES: Final = 514
LENGTH_BYTES: Final = 2
MOST_AT_ONCE: Final = 0x80
_FOLDER_ID: Final = b"\xdf\x01"
_KEYS_ID: Final = b"\x00\x00"
_MAC_BYTES: Final = 4
_ALWAYS, _NEVER = 0xF0, 0x0F
_FOLDER_SIZE: Final = 0x0400
_KEYS_SIZE: Final = 0x0060
_OUTSIDE, _INSIDE = 0x39, 0x34
_NEW: Final = 0x01
_SM4: Final = 0x00


def create_folder() -> bytes:
    """Return CREATE FILE of our folder: anybody may make files in it until it has them, nobody may erase it alone."""
    rights = bytes((_ALWAYS, _NEVER, _NEVER))
    return _create(_FOLDER_ID, b"\x38" + _FOLDER_SIZE.to_bytes(2, "big") + rights + b"\xff\xff" + CPU_APPLICATION)


def create_key_file() -> bytes:
    """Return CREATE FILE of the folder's key file: keys are added under key 0 of the master folder alone."""
    return _create(_KEYS_ID, b"\x3f" + _KEYS_SIZE.to_bytes(2, "big") + bytes((0x95, _NEVER)) + b"\xff\xff")


def create_token_file() -> bytes:
    """Return CREATE FILE of the token's file: anybody reads it, it is written with a MAC only."""
    number = FILE.to_bytes(2, "big")
    return _create(number, b"\xa8" + FILE_BYTES.to_bytes(2, "big") + bytes((_ALWAYS, _NEVER)) + b"\xff\xff")


def external_authenticate(master: bytes, challenge: bytes) -> bytes:
    """Return EXTERNAL AUTHENTICATE with key 0 over the card's ``challenge``."""
    answer = sm4_answer(master, challenge)
    return b"\x00\x82\x00\x00" + bytes((len(answer),)) + answer


def internal_authenticate(number: int, challenge: bytes) -> bytes:
    """Return INTERNAL AUTHENTICATE with key ``number``; the challenge has 8 or 16 bytes."""
    return b"\x00\x88\x00" + bytes((number, len(challenge))) + challenge


def read_file(offset: int, size: int) -> bytes:
    """Return READ BINARY of ``size`` bytes (1 to 240) of the token's file."""
    return b"\x00\xb0" + _place(offset) + bytes((size,))


def update_file(master: bytes, challenge: bytes, offset: int, data: bytes) -> bytes:
    """Return UPDATE BINARY of the token's file, with its MAC."""
    return _secured(master, challenge, b"\x04\xd6" + _place(offset), data)


def add_answer_key(master: bytes, challenge: bytes, number: int, version: int, key: bytes) -> bytes:
    """Return WRITE KEY that adds key ``number``, which answers INTERNAL AUTHENTICATE."""
    plain = bytes((_INSIDE, _ALWAYS, _NEVER, version, _SM4)) + key
    return _key(master, challenge, _NEW, number, plain)


def change_answer_key(master: bytes, challenge: bytes, number: int, key: bytes) -> bytes:
    """Return WRITE KEY that puts another value into key ``number`` of the folder."""
    return _key(master, challenge, _INSIDE, number, key)


def change_master_key(master: bytes, challenge: bytes, key: bytes) -> bytes:
    """Return WRITE KEY that puts another value into key 0 of the master folder; made under the old one."""
    return _key(master, challenge, _OUTSIDE, 0, key)


def _create(number: bytes, body: bytes) -> bytes:
    return b"\x80\xe0" + number + bytes((len(body),)) + body


def _key(master: bytes, challenge: bytes, kind: int, number: int, plain: bytes) -> bytes:
    data = bytes((len(plain),)) + plain
    data = data if len(data) % BLOCK_BYTES == 0 else pad(data)
    blocks = (data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES))
    sealed = b"".join(encrypt_cbc("sm4", master, ZERO_BLOCK, block) for block in blocks)
    return _secured(master, challenge, bytes((0x84, 0xD4, kind, number)), sealed)


def _secured(master: bytes, challenge: bytes, head: bytes, data: bytes) -> bytes:
    head += bytes((len(data) + _MAC_BYTES,))
    first = challenge.ljust(BLOCK_BYTES, b"\x00")
    mac = encrypt_cbc("sm4", master, first, pad(head + data))[-BLOCK_BYTES:][:_MAC_BYTES]
    return head + data + mac


def _place(offset: int) -> bytes:
    """Return P1 P2: by short file id below 256, behind that in the file that the last such command left selected."""
    if offset <= 0xFF:  # noqa: PLR2004 - one byte
        return bytes((0x80 | FILE, offset))
    return offset.to_bytes(2, "big")
