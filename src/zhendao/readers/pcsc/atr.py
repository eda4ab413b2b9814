"""What the ATR of a contactless reader says about a card (PC/SC part 3, section 3.1.3.2.3). Pure.

Promise: any bytes give a `Card`. A storage card's ATR carries the standard and the card's name; every other contactless
ATR is that of a card that speaks ISO 14443-4. Whether it is type A or B, an ATR does not say.
"""

from dataclasses import dataclass

_HEAD = b"\x80\x01"
_STORAGE = b"\x80\x4f\x0c\xa0\x00\x00\x03\x06"
_ISO14443A_3 = 0x03
_TYPE_2 = frozenset({0x0003, 0x003A})
"""MIFARE Ultralight and Ultralight C: NTAG213/215/216 are announced as the first."""
_SAK = {0x0001: 0x08, 0x0002: 0x18, 0x0026: 0x09}
"""MIFARE Classic 1K, 4K, Mini."""
ISO_DEP_SAK = 0x20
_OTHER_SAK = 0x80
"""Stands for a storage card that is no Type 2 tag, and whose SAK is not known."""


@dataclass(frozen=True, slots=True)
class Card:
    """``sel_res`` as a type A card of this kind has it; ``foreign``: by its ATR no card of ISO 14443-A."""

    sel_res: int
    foreign: bool = False


def card_of(atr: bytes) -> Card:
    """Return what kind of card has this ATR."""
    if len(atr) < 4 or atr[0] != 0x3B or atr[1] & 0xF0 != 0x80 or atr[2:4] != _HEAD:  # noqa: PLR2004 - TS, T0, TD1, TD2
        return Card(_OTHER_SAK, foreign=True)  # a contact card
    historical = atr[4 : 4 + (atr[1] & 0x0F)]
    if not historical.startswith(_STORAGE) or len(historical) < len(_STORAGE) + 3:
        return Card(ISO_DEP_SAK)
    standard, name = historical[8], int.from_bytes(historical[9:11], "big")
    if standard != _ISO14443A_3:
        return Card(_OTHER_SAK, foreign=True)
    return Card(0x00 if name in _TYPE_2 else _SAK.get(name, _OTHER_SAK))
