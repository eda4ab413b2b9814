"""One round of sensing with one reader: who came, what they carry, who left. Called ten times a second.

Promise: rule TWO-TOKENS: with two tags in the field both are read and told apart. A random uid is refused; a tag that
cannot be read to the end is tried in three rounds, then reported by its uid alone, or as taken away too early.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from zhendao.protocol.vocabulary import Technology
from zhendao.readers.errors import TagError, TagMalformedError
from zhendao.readers.ntag import is_ntag21x, read_content
from zhendao.readers.reader import Reader, Target
from zhendao.readers.sense import Watch
from zhendao.readers.values import Departure, Posting, Presence, Refusal, RefusalReason

READ_ROUNDS = 3


@dataclass
class _Pending:
    """A tag that was seen and has not been read yet."""

    first_ns: int
    rounds: int = 0


@dataclass
class Taps:
    """What is known about the field from round to round.

    ``clock`` gives CLOCK_BOOTTIME in nanoseconds; ``post`` takes each value at once, so that what was seen is told even
    if the reader fails a moment later.
    """

    clock: Callable[[], int]
    post: Callable[[Posting], None]
    _watch: Watch = field(default_factory=Watch)
    _pending: dict[bytes, _Pending] = field(default_factory=dict)

    def round(self, reader: Reader) -> None:
        """Sense once, read who is new, switch the field off.

        Raises:
            ReaderError: the reader failed; tags are never the reason.
        """
        targets = reader.sense()
        now = self.clock()
        change = self._watch.round(now, targets)
        for gone in change.departed:
            self._left(gone, now)
        for target in change.arrived:
            if target.random_uid:
                self.post(Refusal(RefusalReason.RANDOM_UID, now))
            else:
                self._pending[target.uid] = _Pending(now)
        for target in targets:
            pending = self._pending.get(target.uid)
            if pending is not None:
                self._read(reader, target, pending)
        reader.rest()

    def stopped(self) -> None:
        """Give up what has not been read to the end: nobody senses any more."""
        for _ in range(len(self._pending)):
            self._pending.popitem()
            self.post(Refusal(RefusalReason.STOPPED, self.clock()))

    def _left(self, target: Target, now: int) -> None:
        if target.random_uid:
            return
        if self._pending.pop(target.uid, None) is not None:
            self.post(Refusal(RefusalReason.LEFT_EARLY, now))
        else:
            self.post(Departure(target.uid, now))

    def _read(self, reader: Reader, target: Target, pending: _Pending) -> None:
        reader.take_rtts()
        technology = Technology.ISO_DEP if target.iso_dep else Technology.ISO14443A
        message: bytes | None = None
        if target.type2:
            pending.rounds += 1
            try:
                content = read_content(reader, target)
                if is_ntag21x(content.capability):
                    technology, message = Technology.NTAG21X, content.message
            except TagMalformedError:
                pass  # a card without NDEF, or with a broken one, is known by its uid
            except TagError:
                if pending.rounds < READ_ROUNDS:
                    return
        del self._pending[target.uid]
        self.post(Presence(target.uid, technology, message, reader.take_rtts(), pending.first_ns))
