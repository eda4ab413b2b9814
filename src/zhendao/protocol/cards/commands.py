"""What EV2 commands carry: keys, file settings, uid, versions, the TagTamper loop; the reader's end and the card's.

NT4H2421Gx section 10 and NT4H2421Tx section 11. The functions of the reader take its session and return an APDU; what
the card answers goes to ``session.response``. Order matters on a real card: see `change_key`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from zhendao.protocol.cards.apdu import Ins, wrap
from zhendao.protocol.cards.blocks import KEY_BYTES, same
from zhendao.protocol.cards.file_settings import CommMode, FileSettings, encode_settings
from zhendao.protocol.errors import CryptoError

if TYPE_CHECKING:
    from zhendao.protocol.cards.ev2 import PcdSession

KEY_DATA_BYTES, OTHER_KEY_DATA_BYTES = 17, 21

_TAMPER_OPTION: Final = 0x07
_ENABLE_FREE: Final = bytes((0x01, 0x0E))
_PLACE_BYTES: Final = 3


def change_key(session: PcdSession, number: int, new: bytes, version: int, old: bytes | None = None) -> bytes:
    """Return the APDU that gives key ``number`` the value ``new`` and the version (0 to 255).

    For the key of the session itself ``old`` is not needed, and the session is over with the card's answer: so it
    comes last. For any other the key that the card has must be given as ``old``, and the session must be one of key 0.
    """
    if number == session.key_number:
        return session.command(Ins.CHANGE_KEY, bytes((number,)), _key_data(new, version), ends=True)
    if old is None or len(old) != KEY_BYTES:
        raise CryptoError("key", "the old key is needed to change another key than that of the session")
    mixed = bytes(a ^ b for a, b in zip(_key_data(new, version), old + b"\x00", strict=True))
    return session.command(Ins.CHANGE_KEY, bytes((number,)), mixed + key_checksum(new))


def read_key_change(data: bytes, old: bytes | None = None) -> tuple[bytes, int]:
    """Return the new key and its version from the data of ChangeKey, as a card reads it.

    ``old`` is the card's key if another than that of the session is changed, else None. CryptoError (the card answers
    INTEGRITY) if the checksum is wrong, which means that the reader believed another old key.
    """
    if old is None:
        if len(data) != KEY_DATA_BYTES:
            raise CryptoError("key", "the data of a new key has another length")
        return data[:KEY_BYTES], data[KEY_BYTES]
    if len(data) != OTHER_KEY_DATA_BYTES:
        raise CryptoError("key", "the data of a new key has another length")
    new = bytes(a ^ b for a, b in zip(data[:KEY_BYTES], old, strict=True))
    if not same(key_checksum(new), data[KEY_DATA_BYTES:]):
        raise CryptoError("key", "the checksum of a new key is wrong")
    return new, data[KEY_BYTES]


def key_checksum(key: bytes) -> bytes:
    """Return CRC32NK: the CRC-32 of IEEE 802.3 without its last inversion, least significant byte first."""
    return (zlib.crc32(key) ^ 0xFFFFFFFF).to_bytes(4, "little")


def change_file_settings(session: PcdSession, file: int, settings: FileSettings) -> bytes:
    """Return the APDU that sets access rights and SDM of a file; needs the key that may change it."""
    return session.command(Ins.CHANGE_FILE_SETTINGS, bytes((file,)), encode_settings(settings))


def get_file_settings(session: PcdSession, file: int) -> bytes:
    """Return the APDU that asks for them; the answer goes to `file_settings.decode_info`."""
    return session.command(Ins.GET_FILE_SETTINGS, bytes((file,)), mode=CommMode.MAC)


def get_card_uid(session: PcdSession) -> bytes:
    """Return the APDU that asks for the real uid (7 bytes), also where the card shows a random one."""
    return session.command(Ins.GET_CARD_UID)


def get_key_version(session: PcdSession, number: int) -> bytes:
    """Return the APDU that asks for the version of a key: 1 byte, 0 as delivered."""
    return session.command(Ins.GET_KEY_VERSION, bytes((number,)), mode=CommMode.MAC)


def ask_key_version(number: int) -> bytes:
    """Return the same without a session: how a writer finds out which keys a half-written tag has."""
    return wrap(Ins.GET_KEY_VERSION, bytes((number,)))


def enable_tamper(session: PcdSession) -> bytes:
    """Return the APDU that enables the TagTamper loop, for ever; its state may then be asked for by anybody."""
    return session.command(Ins.SET_CONFIGURATION, bytes((_TAMPER_OPTION,)), _ENABLE_FREE)


def get_tamper_status(session: PcdSession) -> bytes:
    """Return the APDU that asks for the loop: two letters, ever and now (`sun.Loop`)."""
    return session.command(Ins.GET_TT_STATUS)


def write_data(session: PcdSession, file: int, offset: int, data: bytes, mode: CommMode) -> bytes:
    """Return the APDU that writes within a session; ``mode`` is that of the file's settings."""
    return session.command(Ins.WRITE_DATA, _place(file, offset, len(data)), data, mode)


def read_data(session: PcdSession, file: int, offset: int, length: int, mode: CommMode) -> bytes:
    """Return the APDU that reads what is really written: within a session nothing is mirrored and nothing counted."""
    return session.command(Ins.READ_DATA, _place(file, offset, length), mode=mode)


def _key_data(new: bytes, version: int) -> bytes:
    if len(new) != KEY_BYTES or not 0 <= version <= 0xFF:  # noqa: PLR2004 - one byte
        raise CryptoError("key", "a key is 16 bytes and its version one")
    return new + bytes((version,))


def _place(file: int, offset: int, length: int) -> bytes:
    return bytes((file,)) + offset.to_bytes(_PLACE_BYTES, "little") + length.to_bytes(_PLACE_BYTES, "little")
