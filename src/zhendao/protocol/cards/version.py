"""What a card says it is: the answer of GetVersion (NT4H2421Gx section 10.5.2, NT4H2421Tx section 11.5.2). Both ends.

Three frames of plain native commands, so any reader can ask before it knows what it has. It is a claim: whoever makes
a card can make it say anything. What proves a card is its answer under a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from zhendao.protocol.errors import MalformedError

HARDWARE_BYTES, SOFTWARE_BYTES = 7, 7
PRODUCTION_BYTES: Final = (14, 15)
_UID_BYTES: Final = 7
_NXP: Final = 0x04
_TAGTAMPER: Final = 0x08


class HardwareType(IntEnum):
    """Families of NXP cards that matter here; others are numbers."""

    DESFIRE = 0x01
    NTAG = 0x04


@dataclass(frozen=True, slots=True)
class Version:
    """Hardware type and subtype, major and minor version, and the uid of 7 bytes (zeros where it is random)."""

    vendor: int
    hardware: int
    subtype: int
    major: int
    minor: int
    uid: bytes

    @property
    def is_ntag424(self) -> bool:
        """Tell whether it says to be an NTAG 424 DNA, with or without TagTamper."""
        return self.vendor == _NXP and self.hardware == HardwareType.NTAG and self.major == _NTAG424_MAJOR

    @property
    def is_desfire(self) -> bool:
        """Tell whether it says to be a DESFire."""
        return self.vendor == _NXP and self.hardware == HardwareType.DESFIRE

    @property
    def tag_tamper(self) -> bool:
        """Tell whether there is a TagTamper loop; it may still have to be enabled."""
        return self.subtype & 0x0F == _TAGTAMPER


_NTAG424_MAJOR: Final = 0x30


def read_version(hardware: bytes, software: bytes, production: bytes) -> Version:
    """Return what the three frames of GetVersion (their data without status) say; MalformedError for other lengths."""
    lengths = (len(hardware), len(software))
    if lengths != (HARDWARE_BYTES, SOFTWARE_BYTES) or len(production) not in PRODUCTION_BYTES:
        raise MalformedError("version", "an answer of GetVersion has another length")
    return Version(hardware[0], hardware[1], hardware[2], hardware[3], hardware[4], production[:_UID_BYTES])
