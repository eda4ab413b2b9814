"""Cards of NXP that know wrapped native commands: what a card says it is, and the token in a DESFire's file.

Promise: a card that knows none of this answers with a refusal, and is a card of no kind known here; few commands,
whatever it answers.
"""

from typing import Final

from zhendao.protocol.cards.apdu import Ins, Status, wrap
from zhendao.protocol.cards.diversify import DESFIRE_APPLICATION
from zhendao.protocol.cards.version import read_version
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.token import MAX_RECORD_BYTES
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.iso7816 import Talk

TOKEN_FILE: Final = 1
"""Number of the file of our application that holds the token: two bytes of length, and the record."""
_SELECT_APPLICATION: Final = 0x5A
_NATIVE: Final = 0x9100
_VERSION_PARTS: Final = 3
_LENGTH_BYTES: Final = 2
_MOST_READ: Final = 0x80


def family(talk: Talk) -> Technology:
    """Return what the card says of itself, to the last part: one left in the middle would answer *aborted* next.

    Raises:
        TagMalformedError, TagGoneError, ReaderError: as `Talk.ask`.
    """
    parts: list[bytes] = []
    for number in range(_VERSION_PARTS):
        last = number == _VERSION_PARTS - 1
        answer = talk.ask(wrap(Ins.MORE if number else Ins.GET_VERSION))
        if answer.status != _NATIVE | (Status.OK if last else Status.MORE):
            return Technology.ISO_DEP
        parts.append(answer.data)
    try:
        said = read_version(*parts)
    except MalformedError:
        return Technology.ISO_DEP
    if said.is_ntag424:
        return Technology.NTAG424
    return Technology.DESFIRE if said.is_desfire else Technology.ISO_DEP


def desfire_record(talk: Talk) -> bytes | None:
    """Return the token's record in our application of a DESFire, None where there is none. Raises as `family`."""
    if talk.ask(wrap(_SELECT_APPLICATION, DESFIRE_APPLICATION)).status != _NATIVE:
        return None
    size = int.from_bytes(_read(talk, 0, _LENGTH_BYTES) or b"", "big")
    if not 0 < size <= MAX_RECORD_BYTES:
        return None
    record = b""
    for at in range(0, size, _MOST_READ):
        part = _read(talk, _LENGTH_BYTES + at, min(_MOST_READ, size - at))
        if part is None:
            return None
        record += part
    return record


def _read(talk: Talk, offset: int, size: int) -> bytes | None:
    """Return ``size`` bytes of the token file; ReadData of fewer than a frame is answered at once."""
    place = bytes((TOKEN_FILE,)) + offset.to_bytes(3, "little") + size.to_bytes(3, "little")
    answer = talk.ask(wrap(Ins.READ_DATA, place))
    return answer.data if answer.status == _NATIVE and len(answer.data) == size else None
