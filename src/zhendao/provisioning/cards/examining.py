"""A card as a terminal reads it, and as the gateway will judge it: what is on it, whose it is, how strong it is.

Promise: a card is asked as at a terminal, with a challenge of our own; only a challenge is written to it. Without keys
a strength is what was read (`shown`), with them what was proved (`proved`).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.protocol.cards.challenge import Scheme, sm4_answer_holds
from zhendao.protocol.cards.diversify import CardKeys
from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.cards.sun import parse_sun, read_sun
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import VerifyingKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.token import SignedToken, open_token
from zhendao.protocol.vocabulary import Strength, Technology
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.holdings import Ended, Held, holdings
from zhendao.provisioning.cards.journal import CardJournal, Story
from zhendao.provisioning.cards.keys import KEYED, KeyService, ring
from zhendao.readers.cards import Card
from zhendao.readers.challenger import Challenge
from zhendao.readers.content import carried
from zhendao.readers.errors import TagMalformedError
from zhendao.readers.reader import Reader, Target
from zhendao.readers.token_record import token_record

STATES: Final = ("empty", "token", "foreign", "forged", "other")


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known of a card.

    Attributes:
        uid: of the card.
        technology: by what it says.
        state: one of `STATES`.
        token: that it carries, where the issuer's signature holds.
        shown: the strength of what was read.
        proved: whether that was proved with the card's keys; None where there are no keys to prove it with.
        why_not: what did not hold, "" where nothing is wrong.
        loop: letters of a TagTamper loop (`--` without one), "" where there is no SUN text.
        held: whose it is by the token log.
        ended: how it ended by the token log.
        story: its journal.
    """

    uid: bytes
    technology: Technology
    state: str
    token: SignedToken | None
    shown: Strength
    proved: bool | None
    why_not: str
    loop: str
    held: Held | None
    ended: Ended | None
    story: Story

    @property
    def good(self) -> bool:
        """Whether the card may be handed out: a token in force, proved as far as can be, nothing half done."""
        return self.state == "token" and not self.why_not and self.ended is None and not self.story.unfinished


@dataclass
class _Asker:
    """Gives one fresh challenge, on no ground: what is answered is not recorded."""

    renews: bool = False
    value: bytes = b""

    def challenge(self) -> Challenge | None:
        self.value = secrets.token_bytes(16)
        return Challenge(self.value, Grounded(0, bytes(32), self.value))

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        del uid, message
        return None


@dataclass(frozen=True)
class Examiner:
    """Examines the cards of one authority; ``issuers``: all that signed for it, by key id. ``keys`` None: none."""

    folder: Path
    suite: Suite
    issuers: Mapping[bytes, VerifyingKey]
    reader: Reader
    keys: KeyService | None = None

    def examine(self, target: Target) -> Examined:
        """Return what is known of the card in the field.

        Raises:
            ReaderError: card or reader failed.
            ProvisioningError: keys were to be had and could not be.
        """
        asker = _Asker()
        try:
            card = carried(self.reader, target, asker)
        except TagMalformedError:
            card = Card(Technology.ISO14443A)
        record = token_record(card.message)
        if card.evidence is not None and card.evidence.record is not None:
            record = card.evidence.record
        state, token = self._token(card, record, target.uid)
        shown, proved, why_not = self._strength(card, token, asker.value, target.uid)
        known = holdings(token_log.read(self.folder), ())
        ended = None if token is None else next((e for e in known.ended if _same(e.held, token)), None)
        story = CardJournal(self.folder).story(target.uid)
        why_not = why_not or {"foreign": "issuer", "forged": "record"}.get(state, "")
        loop = _loop(card)
        held = known.on(target.uid)
        return Examined(target.uid, card.technology, state, token, shown, proved, why_not, loop, held, ended, story)

    def _token(self, card: Card, record: bytes | None, uid: bytes) -> tuple[str, SignedToken | None]:
        if record is None:
            writable = card.technology in {Technology.NTAG21X, *KEYED} or bool(card.message)
            return "empty" if writable else "other", None
        try:
            return "token", open_token(self.suite, record, uid, self.issuers)
        except CryptoError as error:
            return "foreign" if error.reason == "issuer" else "forged", None
        except ProtocolError:
            return "forged", None

    def _strength(
        self, card: Card, token: SignedToken | None, asked: bytes, uid: bytes
    ) -> tuple[Strength, bool | None, str]:
        """Return what the card shows, whether it was proved, and what did not hold."""
        evidence = card.evidence
        answered = evidence is not None and (evidence.answer is not None or evidence.sun is not None)
        if evidence is None or not answered:
            return (Strength.UID if token is None else Strength.SIGNED), None, ""
        shown = Strength.CHALLENGE if evidence.answer is not None else Strength.DYNAMIC
        if self.keys is None or card.technology not in KEYED:
            return shown, None, ""
        known = ring(self.keys, uid, card.technology, CardJournal(self.folder).story(uid))
        why_not = _flaw(card, known[known.now], asked, uid)
        if why_not and any(not _flaw(card, known[version], asked, uid) for version in known.all()):
            why_not = ""
        return shown, not why_not, why_not


def _flaw(card: Card, keys: CardKeys, asked: bytes, uid: bytes) -> str:
    """Return what does not hold of a card's evidence, "" if all does."""
    evidence = card.evidence
    if evidence is None:
        return ""
    if evidence.answer is not None:
        answer = evidence.answer
        holds = answer.scheme is not Scheme.EV2 and sm4_answer_holds(
            answer.scheme, keys[answer.key_number], asked, answer.answer
        )
        return "" if holds else "answer"
    if evidence.sun is not None:
        try:
            sun = read_sun(keys, evidence.sun, uid)
        except ProtocolError:
            return "sun"
        if evidence.challenge is not None and sun.nonce != asked:
            return "nonce"
    return ""


def _loop(card: Card) -> str:
    if card.evidence is None or card.evidence.sun is None:
        return ""
    try:
        tamper = parse_sun(card.evidence.sun).tamper
    except ProtocolError:
        return ""
    return tamper.ever.value + tamper.now.value


def _same(held: Held, token: SignedToken) -> bool:
    return held.token.token_id == token.token_id
