"""Keys of one card from the master keys of a tenant: NXP AN10922 for AES-128, and the same construction on SM4.

Nobody needs to store card keys: they follow from master, uid, application and number. A card that is broken open
gives its own keys away, and no other's. Whatever holds a key here shows none in its `repr`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from zhendao.protocol.cards.blocks import KEY_BYTES, ZERO_BLOCK, CipherName, cmac
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Technology

if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM: Final = b"ZHENDAO1"
"""The system identifier of AN10922; the number of the key follows it as one byte."""

NTAG424_APPLICATION: Final = bytes.fromhex("d2760000850101")
"""DF name of the NDEF application (NFC Forum Type 4 Tag), which NTAG 424 DNA has for all of its files."""

CPU_APPLICATION: Final = b"\xf0ZHENDAO"
"""AID of our application on a CPU card: 0xF… is the range of ISO/IEC 7816-5 that needs no registration."""

DESFIRE_APPLICATION: Final = bytes.fromhex("f55a48")
"""AID of our application on a DESFire card, as the card sends it (3 bytes)."""

NTAG424_KEYS: Final = 5
META_KEY, FILE_KEY, LIVE_KEY = 1, 2, 3
"""Numbers on NTAG 424 DNA: encrypts PICC data; makes the SUN's MAC; authenticates live. 0 changes keys, 4 is spare."""

CPU_MASTER_KEY, CPU_ANSWER_KEY = 0, 1
"""Numbers on a CPU card: writes it; answers INTERNAL AUTHENTICATE."""

FACTORY_KEY: Final = ZERO_BLOCK
MAX_VERSION: Final = 255

_CONSTANT: Final = b"\x01"
_LEAST, _MOST = 16, 31
_CHECK_BYTES: Final = 3
_UID_LENGTHS: Final = (4, 7, 10)


def diversify_aes(master: bytes, uid: bytes, aid: bytes, system: bytes) -> bytes:
    """Return the AES-128 key of AN10922 section 2.2: CMAC(master, 0x01 ‖ uid ‖ aid ‖ system).

    Raises:
        CryptoError: uid, aid and system are not 16 to 31 bytes together. (Below 16 the note pads unlike CMAC.)
    """
    return _diversify("aes", master, uid + aid + system)


def diversify_sm4(master: bytes, uid: bytes, aid: bytes, system: bytes) -> bytes:
    """Return the SM4 key of the same construction, with SM4 in the place of AES."""
    return _diversify("sm4", master, uid + aid + system)


@dataclass(frozen=True, slots=True)
class Masters:
    """The master keys of one version (1 to 255, which cards carry as the version of their keys)."""

    version: int
    aes: bytes = field(repr=False)
    sm4: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.version <= MAX_VERSION:
            raise CryptoError("key", "a version of master keys is 1 to 255")
        if len(self.aes) != KEY_BYTES or len(self.sm4) != KEY_BYTES:
            raise CryptoError("key", "a master key is 16 bytes")


@dataclass(frozen=True, slots=True)
class CardKeys:
    """The keys of one card by number, and the version of the masters that they follow from (0: none, as delivered)."""

    technology: Technology
    uid: bytes
    version: int
    keys: Mapping[int, bytes] = field(repr=False)

    def __getitem__(self, number: int) -> bytes:
        try:
            return self.keys[number]
        except KeyError:
            raise CryptoError("key", f"a card of this kind has no key {number}") from None

    @property
    def cipher(self) -> CipherName:
        """The block cipher that these keys are for."""
        return "sm4" if self.technology is Technology.CPU_CARD else "aes"

    def check_value(self, number: int) -> bytes:
        """Return 3 bytes by which two people can compare a key without showing it."""
        return check_value(self.cipher, self[number])


def card_keys(masters: Masters, technology: Technology, uid: bytes) -> CardKeys:
    """Return the keys of the card with ``uid`` (4, 7 or 10 bytes).

    Raises:
        CryptoError: a technology without keys of ours, or a uid of another length.
    """
    if len(uid) not in _UID_LENGTHS:
        raise CryptoError("uid", "a uid is 4, 7 or 10 bytes")
    cipher, application, count = _kind(technology)
    master = masters.sm4 if cipher == "sm4" else masters.aes
    keys = {
        number: _diversify(cipher, master, uid + application + SYSTEM + bytes((number,))) for number in range(count)
    }
    return CardKeys(technology, uid, masters.version, MappingProxyType(keys))


def factory_keys(technology: Technology, uid: bytes) -> CardKeys:
    """Return the keys that a card of this kind is delivered with: zeros, version 0."""
    _, _, count = _kind(technology)
    return CardKeys(technology, uid, 0, MappingProxyType(dict.fromkeys(range(count), FACTORY_KEY)))


def check_value(cipher: CipherName, key: bytes) -> bytes:
    """Return the first 3 bytes of the CMAC of a zero block (the CMAC method of ANSI X9.24-1, annex A)."""
    return cmac(cipher, key, ZERO_BLOCK)[:_CHECK_BYTES]


def _kind(technology: Technology) -> tuple[CipherName, bytes, int]:
    match technology:
        case Technology.NTAG424:
            return "aes", NTAG424_APPLICATION, NTAG424_KEYS
        case Technology.DESFIRE:
            return "aes", DESFIRE_APPLICATION, NTAG424_KEYS
        case Technology.CPU_CARD:
            return "sm4", CPU_APPLICATION, CPU_ANSWER_KEY + 1
        case _:
            raise CryptoError("key", "tokens of this kind have no keys of ours")


def _diversify(cipher: CipherName, master: bytes, diversification: bytes) -> bytes:
    if not _LEAST <= len(diversification) <= _MOST:
        raise CryptoError("key", "a diversification input is 16 to 31 bytes")
    return cmac(cipher, master, _CONSTANT + diversification)
