"""What kind of card is in the field, for whoever wants to write it.

Promise: asking changes nothing and costs no try of a key. A CPU card that does not have our application yet looks like
any other bank or transport card: it is taken for one that we may write only when a person says so.
"""

from zhendao.protocol.cards.apdu import Ins, Status, unwrap, wrap
from zhendao.protocol.cards.version import read_version
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.vocabulary import Technology
from zhendao.provisioning.cards.cpu_commands import SELECT_OURS
from zhendao.provisioning.cards.errors import CardKindError
from zhendao.readers.ndef import parse_capability
from zhendao.readers.ntag import is_ntag21x
from zhendao.readers.reader import Reader, Target

_OK = b"\x90\x00"
_CAPABILITY = slice(12, 16)


def recognise(reader: Reader, target: Target, said: Technology | None = None) -> Technology:
    """Return the technology of the card in the field; ``said``: what a person knows it to be.

    Raises:
        CardKindError: it is another than was said.
        TagGoneError, TagMalformedError: it left, or is no NDEF tag.
        ReaderError: the reader failed.
    """
    found = _found(reader, target)
    if said is Technology.CPU_CARD and found is Technology.ISO_DEP:
        return said
    if said is not None and found is not said:
        raise CardKindError(found)
    return found


def _found(reader: Reader, target: Target) -> Technology:
    if target.type2:
        capability = parse_capability(reader.read_pages(target, 0)[_CAPABILITY])
        return Technology.NTAG21X if is_ntag21x(capability) else Technology.ISO14443A
    if not target.iso_dep:
        return Technology.ISO14443A
    if reader.transceive(target, SELECT_OURS).endswith(_OK):
        return Technology.CPU_CARD
    return _stated(reader, target)


def _stated(reader: Reader, target: Target) -> Technology:
    """Return what the card says of itself by GetVersion."""
    parts = []
    try:
        answer = reader.transceive(target, wrap(Ins.GET_VERSION))
        for _ in range(2):
            parts.append(unwrap(answer, Status.MORE))
            answer = reader.transceive(target, wrap(Ins.MORE))
        version = read_version(parts[0], parts[1], unwrap(answer))
    except ProtocolError:
        return Technology.ISO_DEP
    if version.is_ntag424:
        return Technology.NTAG424
    return Technology.DESFIRE if version.is_desfire else Technology.ISO_DEP
