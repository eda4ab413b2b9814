"""What one tag carries, whatever its kind: the NDEF message of an NTAG21x or a Type 4 card, of others nothing.

Promise: any tag gives its technology and a message or None, or a `TagError`.
"""

from zhendao.protocol.vocabulary import Technology
from zhendao.readers import type4
from zhendao.readers.errors import TagGoneError
from zhendao.readers.ntag import is_ntag21x, read_content
from zhendao.readers.reader import Reader, Target


def carried(reader: Reader, target: Target) -> tuple[Technology, bytes | None]:
    """Return what kind of tag ``target`` is, and its message; None if it has none, or no room for one.

    Raises:
        TagError: it left, refused, or holds what is not allowed.
        ReaderError: the reader failed.
    """
    if target.mute:
        raise TagGoneError
    if target.iso_dep:
        return Technology.ISO_DEP, type4.read_message(reader, target)
    if target.type2:
        content = read_content(reader, target)
        if is_ntag21x(content.capability):
            return Technology.NTAG21X, content.message
    return Technology.ISO14443A, None
