"""One round of sensing with one reader: who came, what they carry, who left. Called ten times a second.

Promise: rule TWO-TOKENS: with two tags in the field both are read and told apart. Whatever is held to the reader ends
in a posting: as present, or refused by its reason (a random uid, a foreign kind, not to be read, gone too early). What
could not be read is read on while it stays there. What a tag that stays there proves is read anew when another comes,
and at no other time: no proof serves two checks, and its counter does not run.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from zhendao.protocol.vocabulary import Technology
from zhendao.readers.cards import Card
from zhendao.readers.challenger import NO_CHALLENGES, Challenger
from zhendao.readers.content import carried
from zhendao.readers.errors import TagError, TagMalformedError, TagProtectedError
from zhendao.readers.reader import Reader, Target
from zhendao.readers.sense import Watch
from zhendao.readers.values import Departure, Posting, Presence, Refusal, RefusalReason

READ_ROUNDS = 3
RENEW_TRIES = 2


@dataclass
class _Pending:
    """A tag that was seen and has not been read yet. ``refused``: that has been told."""

    first_ns: int
    rounds: int = 0
    refused: bool = False


@dataclass
class Taps:
    """What is known about the field from round to round.

    ``clock`` gives CLOCK_BOOTTIME in nanoseconds; ``post`` takes each value in its round, so that what was seen is told
    even if the reader fails a moment later. ``challenger`` is asked for what a card is asked.
    """

    clock: Callable[[], int]
    post: Callable[[Posting], None]
    challenger: Challenger = NO_CHALLENGES
    changed_ns: int | None = None
    """When somebody last came or left; None: never."""
    sensing_ns: int = 0
    """How long the last sensing took."""
    _watch: Watch = field(default_factory=Watch)
    _pending: dict[bytes, _Pending] = field(default_factory=dict)
    _proving: set[bytes] = field(default_factory=set)
    """Tags in the field that showed more than a record."""

    def round(self, reader: Reader) -> None:
        """Sense once, read who is new, switch the field off.

        Raises:
            ReaderError: the reader failed; tags are never the reason.
        """
        begin = self.clock()
        targets = reader.sense()
        now = self.clock()
        self.sensing_ns = now - begin
        change = self._watch.round(now, targets)
        if change.arrived or change.departed or self._pending:
            self.changed_ns = now
        for gone in change.departed:
            self._left(gone, now)
        for target in change.arrived:
            self._came(target, now)
        if any(not target.mute for target in targets):
            self._pending.pop(b"", None)  # what was mute has said its uid
        # Activating an ISO 14443-4 card takes the other tags' handles away: those come first.
        targets = tuple(sorted(targets, key=lambda one: one.iso_dep))
        read: list[Presence] = []
        try:
            for target in targets:
                pending = self._pending.get(target.uid)
                if pending is not None and (presence := self._read(reader, target, pending)) is not None:
                    read.append(presence)
            if read and self.challenger.renews:
                self._renew(reader, targets, {one.uid for one in read}, now)
        finally:
            for presence in read:
                self._proving |= {presence.uid} if presence.evidence is not None else set()
                self.post(presence)
        reader.rest()

    @property
    def settled(self) -> bool:
        """Whether another round would bring nothing as long as the field stays as it is."""
        return not self._pending and self._watch.settled

    def give_up(self, reason: RefusalReason) -> None:
        """Refuse what has not been read to the end: nobody senses any more, or not for long."""
        for _ in range(len(self._pending)):
            _, pending = self._pending.popitem()
            if not pending.refused:
                self.post(Refusal(reason, self.clock()))

    def _came(self, target: Target, now: int) -> None:
        if target.random_uid:
            self.post(Refusal(RefusalReason.RANDOM_UID, now))
        elif target.mute or target.supported:
            self._pending[target.uid] = _Pending(now)
        else:
            self.post(Refusal(RefusalReason.UNSUPPORTED, now))

    def _left(self, target: Target, now: int) -> None:
        pending = self._pending.pop(target.uid, None)
        self._proving.discard(target.uid)
        if pending is not None:
            if not pending.refused:
                self.post(Refusal(RefusalReason.LEFT_EARLY, now))
        elif target.supported and not target.random_uid:
            self.post(Departure(target.uid, now))

    def _read(self, reader: Reader, target: Target, pending: _Pending) -> Presence | None:
        pending.rounds += 1
        reader.take_rtts()
        card = Card(Technology.ISO_DEP if target.iso_dep else Technology.ISO14443A)
        try:
            card = carried(reader, target, self.challenger, self.clock)
        except TagMalformedError:
            pass  # a card without NDEF, or with a broken one, is known by its uid
        except TagProtectedError:
            if pending.rounds < READ_ROUNDS:
                return None
        except TagError:
            if pending.rounds >= READ_ROUNDS and not pending.refused:
                pending.refused = True
                self.post(Refusal(RefusalReason.UNREADABLE, self.clock()))
            return None
        del self._pending[target.uid]
        return _presence(target, card, reader.take_rtts(), pending.first_ns)

    def _renew(self, reader: Reader, targets: tuple[Target, ...], read: set[bytes], now: int) -> None:
        """Read anew what stands in the field and proves something; who comes with ``read`` shall meet no old proof.

        What is hidden for the moment is tried once more; then what it said before stands, and is known to be old.
        """
        for target in targets:
            if target.uid in self._proving and target.uid not in read:
                for _ in range(RENEW_TRIES):
                    reader.take_rtts()
                    with suppress(TagError):
                        card = carried(reader, target, self.challenger, self.clock)
                        self.post(replace(_presence(target, card, reader.take_rtts(), now), again=True))
                        break


def _presence(target: Target, card: Card, rtts_us: tuple[int, ...], mono_ns: int) -> Presence:
    return Presence(target.uid, card.technology, card.message, rtts_us, mono_ns, card.evidence, healed=card.healed)
