"""What becomes of a card after it was written: given to somebody, lost, replaced by another, revoked. No reader needed.

Promise: each is a line of the token log, forced to the disk, before the registry's table is written anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.protocol.vocabulary import Role
from zhendao.protocol.wording import Text
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.errors import CardTakenError, TokenUnknownError
from zhendao.provisioning.cards.holdings import Held, Holdings, holdings
from zhendao.provisioning.cards.journal import GIVEN_UP, CardJournal
from zhendao.provisioning.cards.register import write_registry
from zhendao.provisioning.errors import ProvisioningError

REASONS: Final = ("lost", "broken", "left", "revoked")


class AmbiguousError(ProvisioningError):
    """The holder has several cards, and it was not said which."""

    code = "card-ambiguous"

    def __init__(self, holder: str, found: list[Held]) -> None:
        cards = ", ".join(f"{one.token.token_id.hex()} ({one.token.uid.hex()})" for one in found)
        super().__init__(
            Text(f"{holder} 有多张卡：{cards}", f"{holder} holds several cards: {cards}"),
            Text("请用 --token 或 --uid 指明", "say which by --token or --uid"),
        )


@dataclass(frozen=True, slots=True)
class Which:
    """Which card is meant: one of the three is given."""

    token_id: bytes | None = None
    uid: bytes | None = None
    holder: str = ""

    def __str__(self) -> str:
        given = (self.token_id.hex() if self.token_id else "", self.uid.hex() if self.uid else "", self.holder)
        return next((one for one in given if one), "-")


@dataclass(frozen=True)
class Lives:
    """The cards of one authority. ``now`` gives seconds since 1970 UTC."""

    folder: Path
    now: Callable[[], int]

    def holdings(self) -> Holdings:
        """Return who holds what. Raises FolderUnusableError."""
        return holdings(token_log.read(self.folder), CardJournal(self.folder).stories())

    def find(self, which: Which) -> Held:
        """Return the token in force that is meant, or the one that was begun on the card with that uid.

        Raises:
            TokenUnknownError: there is none.
            AmbiguousError: the holder has several.
        """
        found = self.holdings()
        held = [one for one in found.by_token.values() if _is(one, which)]
        if not held:
            begun = [goal for goal in found.begun.values() if _is(Held(goal.issued, goal.holder, 0), which)]
            held = [Held(goal.issued, goal.holder, goal.not_before_s) for goal in begun]
        if not held:
            raise TokenUnknownError(str(which))
        if len(held) > 1:
            raise AmbiguousError(str(which), held)
        return held[0]

    def revoke(self, which: Which, reason: str) -> Held:
        """Let a token open nothing any more; what was begun on its card is given up. Raises as `find`."""
        held = self.find(which)
        token_log.append(self.folder, "revoked", held.token, self.now(), holder=held.holder, reason=reason)
        journal = CardJournal(self.folder)
        if journal.story(held.token.uid).unfinished:
            journal.close(held.token.uid, GIVEN_UP, self.now())
        write_registry(self.folder)
        return held

    def give(self, uid: bytes, holder: str, role: Role) -> Held:
        """Make the spare card with ``uid`` that of ``holder``.

        Raises:
            TokenUnknownError: no such card of this role was written here.
            CardTakenError: it is somebody's.
        """
        held = self.holdings().on(uid)
        if held is None or held.token.role is not role:
            raise TokenUnknownError(uid.hex())
        if held.holder:
            raise CardTakenError(uid, held.holder, held.token.token_id.hex())
        token_log.append(self.folder, "given", held.token, self.now(), holder=holder)
        write_registry(self.folder)
        return Held(held.token, holder, self.now(), held.strength)


def _is(held: Held, which: Which) -> bool:
    if which.token_id is not None:
        return held.token.token_id == which.token_id
    if which.uid is not None:
        return held.token.uid == which.uid
    return bool(which.holder) and held.holder == which.holder
