"""One card from what it is to what it shall be: told apart, keys fetched, token signed and logged, written, proved.

Promise: nothing is changed on a card before its token is in the token log and its goal in its journal; never over a
card that is somebody's unless told to; what was begun is gone on with by `finish`, or taken back by `rollback`.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from zhendao.protocol.cards.diversify import CPU_MASTER_KEY
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import SigningKey, VerifyingKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.token import open_token, sign_token
from zhendao.protocol.vocabulary import Role, Strength, Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.cpu_card import CpuCraft
from zhendao.provisioning.cards.errors import (
    CardForeignError,
    CardKindError,
    CardLockedError,
    CardTakenError,
    CardUnfinishedError,
    NothingBegunError,
)
from zhendao.provisioning.cards.goals import BlankGoal, TokenGoal
from zhendao.provisioning.cards.holdings import holdings
from zhendao.provisioning.cards.journal import CardJournal, Story
from zhendao.provisioning.cards.keys import FACTORY, KEYED, KeyService, Ring, checks_of, ring
from zhendao.provisioning.cards.ntag21x import Ntag21xCraft
from zhendao.provisioning.cards.ntag424 import Ntag424Craft
from zhendao.provisioning.cards.pursuing import Craft, Guarded, pursue
from zhendao.provisioning.cards.recognising import recognise
from zhendao.provisioning.errors import PassphraseError, ProvisioningError
from zhendao.readers.errors import ReaderError
from zhendao.readers.reader import Reader, Target

STRENGTHS: Final = {
    Technology.NTAG21X: Strength.SIGNED,
    Technology.NTAG424: Strength.DYNAMIC,
    Technology.CPU_CARD: Strength.CHALLENGE,
}
"""What a card proves once it is written."""
OTHER_AUTHORITY: Final = "of another authority"
DAY_S: Final = 86_400
_NOT_OURS: Final = frozenset({CardForeignError.code, CardLockedError.code})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a card is to be written as. ``holder``: a number of the registry, empty for a spare card."""

    role: Role
    holder: str = ""
    token_id: bytes | None = None
    valid_days: int = 1826
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A card that is a token now; ``strength``: what it proves. ``resumed``: it had been begun before."""

    goal: TokenGoal
    strength: Strength
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Blanked:
    """A card that is as its maker delivered it."""

    goal: BlankGoal


Done = Written | Blanked


@dataclass(frozen=True)
class CardWriter:
    """Writes the cards of one authority through one reader.

    ``issuer`` signs tokens; without it what was begun can be finished, and nothing begun. ``issuers``: all that signed
    for this authority, by key id. ``now`` gives seconds since 1970 UTC.
    """

    folder: Path
    suite: Suite
    issuer: SigningKey | None
    issuers: Mapping[bytes, VerifyingKey]
    reader: Reader
    keys: KeyService
    now: Callable[[], int] = lambda: int(time.time())
    randomness: Callable[[int], bytes] = field(default=secrets.token_bytes, repr=False)

    @property
    def journal(self) -> CardJournal:
        """The journals of this authority's cards."""
        return CardJournal(self.folder)

    def write(self, target: Target, wish: Wish, kind: Technology | None = None) -> Written:
        """Make the card a token; one that was begun for the same holder is gone on with. ``kind``: see `recognise`.

        Raises:
            CardTakenError: it is somebody's, and ``wish.replace`` was not said.
            CardUnfinishedError: something else was begun on it.
            CardError, ReaderError: the card; the same call goes on from where it stopped.
            ProvisioningError: no keys, or the disk; the card is as it was.
        """
        story = self.journal.story(target.uid)
        if story.unfinished and not wish.replace:
            begun = story.token
            if begun is not None and (begun.holder, begun.role) == (wish.holder, wish.role):
                return self._resume(target, story, begun)
            raise CardUnfinishedError(target.uid, begun.holder if begun is not None else "")
        technology = recognise(self.reader, target, kind)
        keyring = self._ring(target.uid, technology, story)
        craft = self._craft(target, technology, keyring, story)
        state = self._first_look(craft, technology, story, again=wish.replace)
        replaced = self._taken(target.uid, craft.record(state), replace=wish.replace)
        goal = self._goal(target.uid, technology, wish, keyring)
        facts = {"replaces": replaced} if replaced else {}
        return self._pursue(craft, goal, state, facts)

    def finish(self, target: Target) -> Done:
        """Go on with what was begun on the card: to make it a token, or blank.

        Raises:
            NothingBegunError: nothing was.
            CardError, ReaderError, ProvisioningError: as `write`.
        """
        story = self.journal.story(target.uid)
        goal = story.goal
        if goal is None or not story.unfinished:
            raise NothingBegunError(target.uid)
        if isinstance(goal, TokenGoal):
            return self._resume(target, story, goal)
        craft = self._craft(target, goal.technology, self._ring(target.uid, goal.technology, story), story)
        return self._blank(craft, goal, craft.look(), story)

    def rollback(self, target: Target, kind: Technology | None = None) -> Blanked:
        """Make the card as it came from its maker, from whatever state it is in.

        Raises:
            CardError, ReaderError, ProvisioningError: as `write`.
        """
        story = self.journal.story(target.uid)
        technology = story.goal.technology if story.goal is not None else recognise(self.reader, target, kind)
        keyring = self._ring(target.uid, technology, story)
        craft = self._craft(target, technology, keyring, story)
        goal = BlankGoal(target.uid, technology)
        if keyring is not None:
            goal = BlankGoal(target.uid, technology, keyring.now, checks_of(keyring[keyring.now]))
        return self._blank(craft, goal, self._first_look(craft, technology, story, again=False), story)

    def _resume(self, target: Target, story: Story, goal: TokenGoal) -> Written:
        keyring = self._ring(target.uid, goal.technology, story)
        if keyring is not None and goal.key_version is not None:
            keyring = replace(keyring, now=goal.key_version)
        craft = self._craft(target, goal.technology, keyring, story)
        return self._pursue(craft, goal, craft.look(), {"resumed": "yes"}, resumed=True)

    def _first_look(self, craft: Craft[Any], technology: Technology, story: Story, *, again: bool) -> object:
        """Look at a card; a CPU card that none of our keys opens is remembered, and tried ``again`` only when told."""
        if technology is Technology.CPU_CARD and story.goal is None and story.closed in _NOT_OURS and not again:
            raise CardForeignError(story.uid, CPU_MASTER_KEY)
        try:
            return craft.look()
        except (CardForeignError, CardLockedError) as error:
            if technology is Technology.CPU_CARD and story.goal is None:
                self.journal.close(story.uid, error.code, self.now())
            raise

    def _pursue(
        self, craft: Craft[Any], goal: TokenGoal, state: object, facts: dict[str, str], *, resumed: bool = False
    ) -> Written:
        strength = STRENGTHS[goal.technology]
        told = {"holder": goal.holder, "strength": strength.name.lower(), **facts}

        def log(how: token_log.State, **more: str) -> None:
            token_log.append(self.folder, how, goal.issued, self.now(), **told, **more)

        log("writing")
        try:
            pursue(craft, goal, self.journal, self.now, state, lambda: log("written"))
        except (ReaderError, ProvisioningError) as error:
            log("failed", reason=error.code)
            raise
        return Written(goal, strength, resumed)

    def _blank(self, craft: Craft[Any], goal: BlankGoal, state: object, story: Story) -> Blanked:
        tokens = [one.issued for one in story.goals if isinstance(one, TokenGoal)]
        held = holdings(token_log.read(self.folder), ()).on(goal.uid)
        if held is not None and held.token not in tokens:
            tokens.append(held.token)

        def log() -> None:
            for token in tokens:
                token_log.append(self.folder, "blank", token, self.now())

        pursue(craft, goal, self.journal, self.now, state, log)
        return Blanked(goal)

    def _goal(self, uid: bytes, technology: Technology, wish: Wish, keyring: Ring | None) -> TokenGoal:
        if self.issuer is None:
            raise PassphraseError(Text("签发令牌需要口令", "to sign a token the passphrase is needed"))
        begin = self.now() // DAY_S * DAY_S
        end = begin + wish.valid_days * DAY_S
        token_id = wish.token_id or self.randomness(16)
        record = sign_token(self.issuer, wish.role, token_id, uid, begin, end)
        open_token(self.suite, record, uid, self.issuers)  # what would not be believed is never written
        version = checks = None
        if keyring is not None:
            version, checks = keyring.now, checks_of(keyring[keyring.now])
        return TokenGoal(uid, technology, token_id, wish.role, wish.holder, begin, end, record, version, checks)

    def _taken(self, uid: bytes, record: bytes | None, *, replace: bool) -> str:
        """Return the token that the card has now, if it may be replaced, "" without one; else `CardTakenError`."""
        held = holdings(token_log.read(self.folder), ()).on(uid)
        token, holder = (held.token.token_id.hex(), held.holder) if held is not None else ("", "")
        if held is None and record is not None:
            try:
                token = open_token(self.suite, record, uid, self.issuers).token_id.hex()
            except CryptoError as error:  # what is forged, or copied from another card, is nobody's
                token = OTHER_AUTHORITY if error.reason == "issuer" else ""
            except ProtocolError:
                token = ""
        if token and not replace:
            raise CardTakenError(uid, holder, token)
        return token

    def _ring(self, uid: bytes, technology: Technology, story: Story) -> Ring | None:
        if technology not in STRENGTHS:
            raise CardKindError(technology)
        return ring(self.keys, uid, technology, story) if technology in KEYED else None

    def _craft(self, target: Target, technology: Technology, keyring: Ring | None, story: Story) -> Craft[Any]:
        craft: Craft[Any]
        if keyring is None:
            craft = Ntag21xCraft(self.reader, target)
        elif technology is Technology.NTAG424:
            craft = Ntag424Craft(self.reader, target, keyring, self.randomness)
        else:
            craft = CpuCraft(self.reader, target, keyring, likely(story), self.randomness)
        return Guarded(craft, target.uid)


def likely(story: Story) -> tuple[int, ...]:
    """Return the versions that key 0 of a card may have by its journal, the likeliest first."""
    kept = story.kept.key_version if isinstance(story.kept, TokenGoal) else FACTORY
    before = FACTORY if kept is None else kept
    if not story.unfinished or story.goal is None:
        return (before,)
    meant = story.goal.key_version if isinstance(story.goal, TokenGoal) else FACTORY
    after = FACTORY if meant is None else meant
    return (after, before) if "key-0" in story.tried else (before, after)
