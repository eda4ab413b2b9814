"""What one tag carries, whatever its kind: a message, the evidence of a card with keys, or nothing but its uid.

Promise: any tag gives its technology and what it carries, or a `TagError`.
"""

from collections.abc import Callable

from zhendao.protocol.vocabulary import Technology
from zhendao.readers.cards import Card, read_card
from zhendao.readers.challenger import NO_CHALLENGES, Challenger
from zhendao.readers.errors import TagGoneError
from zhendao.readers.ntag import is_ntag21x, read_content
from zhendao.readers.reader import Reader, Target


def carried(
    reader: Reader, target: Target, challenger: Challenger = NO_CHALLENGES, clock: Callable[[], int] | None = None
) -> Card:
    """Return what kind of tag ``target`` is, and what it carries; ``challenger`` is asked for what a card is asked.

    ``clock``: monotonic nanoseconds, by which a card of many words is cut short; None: it may take its time.

    Raises:
        TagError: it left, refused, or holds what is not allowed.
        ReaderError: the reader failed.
    """
    if target.mute:
        raise TagGoneError
    if target.iso_dep:
        return read_card(reader, target, challenger, clock)
    if target.type2:
        content = read_content(reader, target)
        if is_ntag21x(content.capability):
            return Card(Technology.NTAG21X, content.message)
    return Card(Technology.ISO14443A)
