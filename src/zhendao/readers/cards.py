"""Cards of ISO 14443-4: what kind each is, and all that it shows to somebody without its keys, asked freshly.

Promise: any answers end as a `Card` or a `TagError`, within `iso7816.BUDGET_NS`; what was read before a card began to
talk nonsense, or took too long, counts. A card that refuses to be asked is read as it is. Nothing is written to a card
but a challenge into the window made for it, and to a tag that the terminal knows as its own what belongs on it.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from zhendao.protocol.cards.evidence import Evidence, Grounded
from zhendao.protocol.cards.sun import NONCE_AT, SUN_AT, SUN_END, nonce_text, parse_sun, takes_nonce
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import Technology
from zhendao.readers import cpu_card
from zhendao.readers.challenger import Challenge, Challenger, Relay
from zhendao.readers.errors import TagMalformedError
from zhendao.readers.iso7816 import Talk, read_binary, update_binary
from zhendao.readers.live import TECHNOLOGIES, live_answer
from zhendao.readers.native import desfire_record, family
from zhendao.readers.reader import Reader, Target
from zhendao.readers.type4 import LENGTH_BYTES, NdefFile, open_file, read_file, write_file


@dataclass(frozen=True, slots=True)
class Card:
    """What was read of one card or tag; see `values.Presence`."""

    technology: Technology
    message: bytes | None = None
    evidence: Evidence | None = None
    healed: bool = False


def read_card(reader: Reader, target: Target, challenger: Challenger, clock: Callable[[], int] | None = None) -> Card:
    """Return what the ISO 14443-4 card ``target`` shows; ``clock``: monotonic nanoseconds, None: without a limit.

    Raises:
        TagGoneError: it left.
        ReaderError: the reader failed.
    """
    reading = _Reading(Talk(reader, target, clock), target.uid, challenger)
    card = Card(Technology.ISO_DEP)
    with suppress(TagMalformedError):
        for card in reading.stages():  # noqa: B007 - the last one counts
            pass
    return card


class _Reading:
    """One card being read; it is given one challenge, whatever it answers to."""

    def __init__(self, talk: Talk, uid: bytes, challenger: Challenger) -> None:
        self._talk, self._uid, self._challenger = talk, uid, challenger
        self._challenge: Challenge | None = None

    def stages(self) -> Iterator[Card]:
        """Give what is known of the card, ever more of it."""
        talk, challenger = self._talk, self._challenger
        if talk.ask(cpu_card.SELECT).ok:
            card = Card(Technology.CPU_CARD)
            yield card
            for evidence in cpu_card.evidence(talk, challenger):
                yield replace(card, evidence=evidence)
            return
        card = Card(family(talk))
        yield card
        if card.technology is Technology.DESFIRE and (record := desfire_record(talk)) is not None:
            yield (card := replace(card, evidence=Evidence(record=record)))
        elif (file := open_file(talk)) is not None:
            yield (card := self._ndef(file, card))
            remedy = challenger.remedy(self._uid, card.message)
            if remedy is not None and write_file(talk, file, remedy):
                yield (card := replace(self._ndef(file, card), healed=True))
        if card.evidence is not None and isinstance(challenger, Relay) and challenger.relays:
            yield from self._live(card, card.evidence, challenger)

    def _once(self) -> Challenge | None:
        if self._challenge is None:
            self._challenge = self._challenger.challenge()
        return self._challenge

    def _live(self, card: Card, evidence: Evidence, relay: Relay) -> Iterator[Card]:
        """Give the card with its answer to whoever has its keys: the last thing, for it ends what else may be read."""
        challenge = self._once() if card.technology in TECHNOLOGIES else None
        if challenge is None:
            return
        answer = live_answer(self._talk, card.technology, self._uid, challenge, relay)
        if answer is not None:
            yield replace(card, evidence=replace(evidence, challenge=challenge.grounded, answer=answer))

    def _ndef(self, file: NdefFile, card: Card) -> Card:
        """Return the card with its message, and with its SUN text where it has one, made over a challenge if it can."""
        asked = self._ask(file)
        card = replace(card, message=None, evidence=None)
        with suppress(TagMalformedError):  # without a message it is known by its uid, and perhaps to be healed
            message = read_file(self._talk, file)
            card = replace(card, message=message or None)
        text = (card.message or b"")[SUN_AT - LENGTH_BYTES : SUN_END - LENGTH_BYTES]
        with suppress(MalformedError):
            parse_sun(text)
            card = replace(card, evidence=Evidence(sun=text, challenge=asked))
        return card

    def _ask(self, file: NdefFile) -> Grounded | None:
        """Write a challenge where a tag of ours takes one; return what it stands on, None where it takes none."""
        talk = self._talk
        if not file.writable or file.size < SUN_END or not takes_nonce(talk.ask(read_binary(0, SUN_END)).data):
            return None
        challenge = self._once()
        if challenge is None or not talk.ask(update_binary(NONCE_AT, nonce_text(challenge.value))).ok:
            return None
        return challenge.grounded
