"""The message of a dynamic token: a SUN text in the NDEF file of NTAG 424 DNA, with room for the terminal's challenge.

docs/protocol.md section 9, docs/decisions/fresh-sun.md. The text stands first in the file, so that its places are the
same on every tag. The terminal writes its challenge into the nonce window, and the tag's MAC covers it: a message
that was harvested before does not fit. `read_sun` needs the card's keys, and so runs at the gateway alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from zhendao.protocol.cards.blocks import same
from zhendao.protocol.cards.diversify import FILE_KEY, META_KEY
from zhendao.protocol.cards.file_settings import (
    FREE,
    NOBODY,
    PICC_CHARACTERS,
    TAMPER_CHARACTERS,
    AccessRights,
    CommMode,
    FileSettings,
    Sdm,
)
from zhendao.protocol.cards.sdm import open_picc_data, sdm_mac
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.token import NDEF_TYPE

if TYPE_CHECKING:
    from zhendao.protocol.cards.diversify import CardKeys

SUN_TYPE: Final = "zhendao:s"
"""NFC Forum external type of the record that holds the SUN text."""

FILE_BYTES: Final = 256
FILE_NUMBER: Final = 2
FILE_ID: Final = 0xE104
"""The NDEF file of NTAG 424 DNA: its size, its number in native commands, its identifier in ISO 7816 commands."""

NONCE_BYTES: Final = 16
_NO_NONCE: Final = b"0" * (2 * NONCE_BYTES)
_NO_LOOP: Final = b"--"

SUN_TEMPLATE: Final = b".".join((b"1", b"0" * PICC_CHARACTERS, _NO_NONCE, _NO_LOOP, b"0" * 16))
"""What the writer puts into the file: version, PICC data, nonce, TagTamper, MAC. The tag fills in all but the nonce."""

_LENGTH_BYTES: Final = 2
_EXTERNAL, _BEGIN, _END, _SHORT = 0x04, 0x80, 0x40, 0x10
SUN_AT: Final = _LENGTH_BYTES + 3 + len(SUN_TYPE)
"""Where the text begins in the file."""
SUN_END: Final = SUN_AT + len(SUN_TEMPLATE)
"""Where it ends: the first so many bytes of the file hold it."""

_PICC_AT: Final = 2
_NONCE_AT: Final = _PICC_AT + PICC_CHARACTERS + 1
_TAMPER_AT: Final = _NONCE_AT + 2 * NONCE_BYTES + 1
_MAC_AT: Final = _TAMPER_AT + TAMPER_CHARACTERS + 1
NONCE_AT: Final = SUN_AT + _NONCE_AT
"""Where the nonce window begins in the file."""

_FORM: Final = re.compile(rb"1\.([0-9A-F]{32})\.([0-9A-F]{32})\.(--|[COI]{2})\.([0-9A-F]{16})", re.DOTALL)


class Loop(Enum):
    """The state of a TagTamper loop."""

    NONE = "-"
    CLOSED = "C"
    OPEN = "O"
    INVALID = "I"


@dataclass(frozen=True, slots=True)
class Tamper:
    """``ever`` stays open once the loop was opened; ``now`` is what the tag measured at this read.

    On a tag without a loop, or whose loop is not enabled (`Loop.INVALID`), the letters say nothing: on the former
    whoever can write the file writes them too. Whether a tag has a loop is for the registry to know.
    """

    ever: Loop
    now: Loop

    @property
    def opened(self) -> bool:
        """Tell whether the loop is, or was at any time, open."""
        return Loop.OPEN in (self.ever, self.now)


@dataclass(frozen=True, slots=True)
class SunText:
    """A SUN text taken apart; nothing of it is proved."""

    picc: bytes
    nonce: bytes | None
    tamper: Tamper
    mac: bytes


@dataclass(frozen=True, slots=True)
class Sun:
    """What a SUN text proves. ``nonce`` None: the window was empty, and the counter alone tells old from new."""

    counter: int
    tamper: Tamper
    nonce: bytes | None


def parse_sun(text: bytes) -> SunText:
    """Return the parts of a text; MalformedError unless it is one to the letter."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise MalformedError("sun", "not the form of a SUN text")
    picc, nonce, loop, mac = found.groups()
    return SunText(
        picc=bytes.fromhex(picc.decode()),
        nonce=None if nonce == _NO_NONCE else bytes.fromhex(nonce.decode()),
        tamper=Tamper(Loop(chr(loop[0])), Loop(chr(loop[1]))),
        mac=bytes.fromhex(mac.decode()),
    )


def read_sun(keys: CardKeys, text: bytes, uid: bytes) -> Sun:
    """Return what a text proves of the tag with ``uid``, whose keys are ``keys``.

    Raises:
        MalformedError: no SUN text.
        CryptoError: forged, of another tag, of other keys, or changed since: it does not say which.
    """
    parts = parse_sun(text)
    data = open_picc_data(keys[META_KEY], parts.picc)
    mac = sdm_mac(keys[FILE_KEY], data, text[:_MAC_AT])
    if not same(mac, parts.mac) & same(data.uid, uid):
        raise CryptoError("sun", "not made by this tag")
    return Sun(data.counter, parts.tamper, parts.nonce)


def ndef_file(record: bytes) -> bytes:
    """Return the content of the NDEF file for a signed record: length, SUN record, token record.

    Raises:
        MalformedError: it does not fit the 256 bytes of the file.
    """
    message = _record(_BEGIN, SUN_TYPE, SUN_TEMPLATE) + _record(_END, NDEF_TYPE, record)
    if _LENGTH_BYTES + len(message) > FILE_BYTES:
        raise MalformedError("too-long", f"{_LENGTH_BYTES + len(message)} bytes, the NDEF file has {FILE_BYTES}")
    return len(message).to_bytes(_LENGTH_BYTES, "big") + message


def takes_nonce(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` has our nonce window where it belongs, whatever stands in it.

    `SUN_END` bytes are needed. No tag that is not ours is ever written to.
    """
    fixed = ndef_file(b"")
    frame = (*range(_LENGTH_BYTES, SUN_AT + _PICC_AT), NONCE_AT - 1, SUN_AT + _TAMPER_AT - 1, SUN_AT + _MAC_AT - 1)
    return len(head) >= SUN_END and all(head[place] == fixed[place] for place in frame)


def nonce_text(challenge: bytes) -> bytes:
    """Return what is written at `NONCE_AT`: a 16-byte challenge in capital hex, 32 characters."""
    if len(challenge) != NONCE_BYTES:
        raise MalformedError("length", "a nonce is 16 bytes")
    return challenge.hex().upper().encode()


def sun_settings(*, tamper: bool) -> FileSettings:
    """Return the settings of the NDEF file: read and written by anybody, changed by key 0; SDM as the text has it.

    ``tamper``: the tag has a loop (`version.Version.tag_tamper`), and mirrors its state; other tags refuse that option.
    """
    sdm = Sdm(
        uid_mirrored=True,
        counter_mirrored=True,
        meta_read=META_KEY,
        file_read=FILE_KEY,
        counter_read=NOBODY,
        picc=SUN_AT + _PICC_AT,
        tamper=SUN_AT + _TAMPER_AT if tamper else None,
        mac_input=SUN_AT,
        mac=SUN_AT + _MAC_AT,
    )
    return FileSettings(CommMode.PLAIN, AccessRights(read=FREE, write=FREE, read_write=0, change=0), sdm)


def _record(place: int, kind: str, payload: bytes) -> bytes:
    if len(payload) > 0xFF:  # noqa: PLR2004 - one byte of length in a short record
        raise MalformedError("too-long", "a record of more than 255 bytes")
    return bytes((place | _SHORT | _EXTERNAL, len(kind), len(payload))) + kind.encode() + payload
