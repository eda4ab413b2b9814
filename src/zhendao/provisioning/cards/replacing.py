"""Another card for somebody: a spare one that is given, or a new one that is written; then the old ones end.

Promise: the new card is there before the old one ends; cut off in between, the same command goes on and ends it.
"""

from dataclasses import dataclass
from pathlib import Path

from zhendao.protocol.vocabulary import Technology
from zhendao.provisioning.cards.errors import CardTakenError
from zhendao.provisioning.cards.holdings import Held
from zhendao.provisioning.cards.lives import Lives, Which
from zhendao.provisioning.cards.register import write_registry
from zhendao.provisioning.cards.writer import CardWriter, Wish
from zhendao.readers.reader import Target


@dataclass(frozen=True, slots=True)
class Replaced:
    """What the holder has now, what ended, and where the registry's table lies."""

    new: Held
    old: tuple[Held, ...]
    registry: Path


def replace(
    writer: CardWriter, lives: Lives, target: Target, wish: Wish, reason: str, kind: Technology | None = None
) -> Replaced:
    """Make the card in the field that of ``wish.holder``, and end all others of that role.

    Raises:
        CardTakenError: it is somebody else's.
        CardError, ReaderError, ProvisioningError: as `CardWriter.write`.
    """
    held = lives.holdings().on(target.uid)
    if held is not None and held.holder not in {"", wish.holder}:
        raise CardTakenError(target.uid, held.holder, held.token.token_id.hex())
    if held is not None and held.holder == "":
        held = lives.give(target.uid, wish.holder, wish.role)
    elif held is None:
        goal = writer.write(target, wish, kind).goal
        held = Held(goal.issued, goal.holder, lives.now())
    others = [
        one
        for one in lives.holdings().by_token.values()
        if one.holder == wish.holder and one.token.role is wish.role and one.token.uid != target.uid
    ]
    old = tuple(lives.revoke(Which(token_id=one.token.token_id), reason) for one in others)
    return Replaced(held, old, write_registry(writer.folder))
