"""Settings of a file on NTAG 424 DNA: what ChangeFileSettings sets and GetFileSettings answers, in both directions.

NT4H2421Gx section 10.7 and NT4H2421Tx section 11.7 (TagTamper), tables 69 and 71. Offsets count bytes from the begin of
the file and travel in 3 bytes, least significant first. Promise: any bytes are settings that encode to the same bytes,
or a `MalformedError`; what a tag would refuse as contradictory cannot be made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final

from zhendao.protocol.errors import MalformedError

FREE: Final = 0xE
NOBODY: Final = 0xF
_KEYS: Final = range(5)

UID_CHARACTERS, COUNTER_CHARACTERS, PICC_CHARACTERS, TAMPER_CHARACTERS, MAC_CHARACTERS = 14, 6, 32, 2, 16

_SDM_ON: Final = 0x40
_UID, _COUNTER, _LIMIT, _ENCRYPTED, _TAMPER, _ASCII = 0x80, 0x40, 0x20, 0x10, 0x08, 0x01
_OFFSET_BYTES: Final = 3
_ENC_STEP: Final = 32
_STANDARD_FILE: Final = 0


class CommMode(IntEnum):
    """How commands to a file are protected within an authenticated session."""

    PLAIN = 0
    MAC = 1
    FULL = 3


@dataclass(frozen=True, slots=True)
class AccessRights:
    """Who may do what: the number of a key (0 to 4), `FREE` or `NOBODY`."""

    read: int
    write: int
    read_write: int
    change: int

    def __post_init__(self) -> None:
        for right in (self.read, self.write, self.read_write, self.change):
            _require(right in _KEYS or right in (FREE, NOBODY), "an access right is a key 0 to 4, free or nobody")


@dataclass(frozen=True, slots=True)
class Sdm:
    """Secure Dynamic Messaging: what is mirrored where. ``meta_read`` and ``file_read`` are keys, or `NOBODY`.

    ``meta_read`` `FREE` mirrors uid and counter in plain; a key mirrors them encrypted at ``picc``. ``file_read`` makes
    the MAC over ``mac_input`` up to ``mac``. ``tamper`` is there on TagTamper tags alone.
    """

    uid_mirrored: bool
    counter_mirrored: bool
    meta_read: int
    file_read: int
    counter_read: int = NOBODY
    uid: int | None = None
    counter: int | None = None
    picc: int | None = None
    tamper: int | None = None
    mac_input: int | None = None
    enc: int | None = None
    enc_length: int | None = None
    mac: int | None = None
    counter_limit: int | None = None

    def __post_init__(self) -> None:
        _require(self.meta_read in _KEYS or self.meta_read in (FREE, NOBODY), "SDMMetaRead")
        _require(self.file_read in _KEYS or self.file_read == NOBODY, "SDMFileRead")
        _require(self.counter_read in _KEYS or self.counter_read in (FREE, NOBODY), "SDMCtrRet")
        mirrored = self.uid_mirrored or self.counter_mirrored
        _require((self.meta_read == NOBODY) is not mirrored, "SDMMetaRead without anything mirrored, or the reverse")
        _require(self.counter_mirrored or self.counter_read == NOBODY, "SDMCtrRet without a counter")
        _require(self.counter_mirrored or self.counter_limit is None, "SDMReadCtrLimit without a counter")
        plain = self.meta_read == FREE
        _same_presence(self.uid, plain and self.uid_mirrored, "UIDOffset")
        _same_presence(self.counter, plain and self.counter_mirrored, "SDMReadCtrOffset")
        _same_presence(self.picc, self.meta_read in _KEYS, "PICCDataOffset")
        _same_presence(self.mac_input, self.file_read != NOBODY, "SDMMACInputOffset")
        _same_presence(self.mac, self.file_read != NOBODY, "SDMMACOffset")
        _same_presence(self.enc_length, self.enc is not None, "SDMENCLength")
        for name in _OFFSETS:
            value = getattr(self, name)
            _require(value is None or 0 <= value < 1 << 8 * _OFFSET_BYTES, f"{name} is not within 3 bytes")
        self._check_places()

    def _check_places(self) -> None:
        if self.mac_input is not None and self.mac is not None:
            _require(self.mac_input <= self.mac, "the MAC begins behind its own place")
            if self.enc is not None and self.enc_length is not None:
                _require(self.uid_mirrored and self.counter_mirrored, "encrypted file data needs uid and counter")
                _require(self.enc_length >= _ENC_STEP and self.enc_length % _ENC_STEP == 0, "SDMENCLength")
                _require(self.mac_input <= self.enc <= self.mac - self.enc_length, "SDMENCFileData outside the MAC")
        else:
            _require(self.enc is None, "encrypted file data without SDMFileRead")
        spans = sorted((start, start + length) for start, length in self.mirrors())
        _require(all(left[1] <= right[0] for left, right in pairwise(spans)), "mirrors overlap")

    def mirrors(self) -> list[tuple[int, int]]:
        """Return start and length of each place that the tag fills in (a loop within encrypted data is part of it)."""
        found = [
            (start, length)
            for start, length in (
                (self.uid, UID_CHARACTERS),
                (self.counter, COUNTER_CHARACTERS),
                (self.picc, PICC_CHARACTERS),
                (self.enc, self.enc_length or 0),
                (self.mac, MAC_CHARACTERS),
            )
            if start is not None
        ]
        if self.tamper is not None and not self._tamper_encrypted():
            found.append((self.tamper, TAMPER_CHARACTERS))
        return found

    def _tamper_encrypted(self) -> bool:
        if self.tamper is None or self.enc is None or self.enc_length is None:
            return False
        return self.enc <= self.tamper <= self.enc + self.enc_length // 2 - TAMPER_CHARACTERS


_OFFSETS: Final = ("uid", "counter", "picc", "tamper", "mac_input", "enc", "enc_length", "mac", "counter_limit")
"""In the order of the wire."""


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What ChangeFileSettings sets."""

    mode: CommMode
    rights: AccessRights
    sdm: Sdm | None = None


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What GetFileSettings answers: ``size`` in bytes, and the settings."""

    size: int
    settings: FileSettings

    def __post_init__(self) -> None:
        _require(0 <= self.size < 1 << 8 * _OFFSET_BYTES, "FileSize")
        if self.settings.sdm is not None:
            ends = [start + length for start, length in self.settings.sdm.mirrors()]
            _require(all(end <= self.size for end in ends), "a mirror runs out of the file")


def encode_settings(settings: FileSettings) -> bytes:
    """Return the data of ChangeFileSettings, without the number of the file."""
    return _option(settings) + _rights(settings.rights) + _sdm(settings.sdm)


def decode_settings(data: bytes) -> FileSettings:
    """Return the settings in the data of ChangeFileSettings; MalformedError for what a tag answers by 917E or 919E."""
    _require(len(data) >= _LEAST, "settings are 3 bytes at least")
    return _settings(data[0], data[1:3], data[3:])


def encode_info(info: FileInfo) -> bytes:
    """Return the answer of GetFileSettings, without status and MAC."""
    settings = info.settings
    head = bytes((_STANDARD_FILE,)) + _option(settings) + _rights(settings.rights)
    return head + info.size.to_bytes(_OFFSET_BYTES, "little") + _sdm(settings.sdm)


def decode_info(data: bytes) -> FileInfo:
    """Return what GetFileSettings answered; MalformedError for anything but a standard data file."""
    _require(len(data) >= _LEAST_INFO and data[0] == _STANDARD_FILE, "no standard data file")
    return FileInfo(int.from_bytes(data[4:7], "little"), _settings(data[1], data[2:4], data[7:]))


_LEAST: Final = 3
_LEAST_INFO: Final = 7


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise MalformedError("settings", what)


def _same_presence(value: int | None, wanted: bool, name: str) -> None:  # noqa: FBT001
    _require((value is not None) is wanted, f"{name} missing or too much")


def _option(settings: FileSettings) -> bytes:
    return bytes((int(settings.mode) | (_SDM_ON if settings.sdm is not None else 0),))


def _rights(rights: AccessRights) -> bytes:
    return bytes((rights.read_write << 4 | rights.change, rights.read << 4 | rights.write))


def _sdm(sdm: Sdm | None) -> bytes:
    if sdm is None:
        return b""
    options = _ASCII
    for bit, on in (
        (_UID, sdm.uid_mirrored),
        (_COUNTER, sdm.counter_mirrored),
        (_LIMIT, sdm.counter_limit is not None),
        (_ENCRYPTED, sdm.enc is not None),
        (_TAMPER, sdm.tamper is not None),
    ):
        options |= bit if on else 0
    head = bytes((options, NOBODY << 4 | sdm.counter_read, sdm.meta_read << 4 | sdm.file_read))
    values = [getattr(sdm, name) for name in _OFFSETS]
    return head + b"".join(value.to_bytes(_OFFSET_BYTES, "little") for value in values if value is not None)


def _settings(option: int, rights: bytes, rest: bytes) -> FileSettings:
    _require(option & ~(_SDM_ON | 0x3) == 0 and option & 0x3 in set(CommMode), "FileOption")
    low, high = rights
    found = AccessRights(read=high >> 4, write=high & 0xF, read_write=low >> 4, change=low & 0xF)
    if not option & _SDM_ON:
        _require(not rest, "SDM is off, and something follows")
    return FileSettings(CommMode(option & 0x3), found, _read_sdm(rest) if option & _SDM_ON else None)


def _read_sdm(data: bytes) -> Sdm:
    _require(len(data) >= _LEAST and not (len(data) - _LEAST) % _OFFSET_BYTES, "SDM settings of another length")
    options, low, high = data[:3]
    _require(options & 0x7 == _ASCII and low >> 4 == NOBODY, "SDMOptions or SDMAccessRights")
    meta, file = high >> 4, high & 0xF
    present = {
        "uid": bool(options & _UID) and meta == FREE,
        "counter": bool(options & _COUNTER) and meta == FREE,
        "picc": meta in _KEYS,
        "tamper": bool(options & _TAMPER),
        "mac_input": file != NOBODY,
        "enc": file != NOBODY and bool(options & _ENCRYPTED),
        "enc_length": file != NOBODY and bool(options & _ENCRYPTED),
        "mac": file != NOBODY,
        "counter_limit": bool(options & _LIMIT),
    }
    _require(file != NOBODY or not options & _ENCRYPTED, "encrypted file data without SDMFileRead")
    names = [name for name in _OFFSETS if present[name]]
    values = [int.from_bytes(data[at : at + _OFFSET_BYTES], "little") for at in range(_LEAST, len(data), _OFFSET_BYTES)]
    _require(len(values) == len(names), "offsets missing or too many")
    return Sdm(
        uid_mirrored=bool(options & _UID),
        counter_mirrored=bool(options & _COUNTER),
        meta_read=meta,
        file_read=file,
        counter_read=low & 0xF,
        **dict(zip(names, values, strict=True)),
    )
