"""A desk at which cards are written, for tests: the emulator's chip under the real driver, and a card that is pulled.

A card is described by what it keeps (`Tag.kept`), so that each try begins with the same one; a laptop by its folder.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samples.pn532 import reader_on
from zhendao.protocol.cards.diversify import CardKeys, Masters, card_keys
from zhendao.protocol.errors import ProtocolError, ZhendaoError
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.suite import INTL
from zhendao.protocol.token import open_token
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.errors import KeysUnreachableError, NothingBegunError
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.holdings import holdings
from zhendao.provisioning.cards.journal import CardJournal
from zhendao.provisioning.cards.writer import CardWriter, Done, Wish
from zhendao.readers.ndef import Span, find_message
from zhendao.readers.reader import Reader, Target
from zhendao.readers.token_record import token_record
from zhendao.simulators.pn532.air import Antenna, Tag
from zhendao.simulators.pn532.chip import Chip
from zhendao.simulators.pn532.pulling import Outcome, Pull
from zhendao.simulators.pn532.tags.kinds import KINDS

UID = bytes.fromhex("04a1b2c3d4e5f6")
NOW_S = 1_795_000_000
KIND = {"cpucard": Technology.CPU_CARD}
"""What a person must say of a card that does not say it itself."""
CAREGIVER = Wish(Role.CAREGIVER, "C001")
DOOR = Wish(Role.DOOR, "P001")
OTHER = Wish(Role.CAREGIVER, "C002", replace=True)


@dataclass
class Vault:
    """Stands for the gateway: it has the masters, and may be out of reach."""

    masters: dict[int, Masters] = field(default_factory=lambda: {1: Masters(1, bytes(range(16)), bytes(range(16, 32)))})
    reachable: bool = True
    asked: int = 0

    def keys(self, uid: bytes, technology: Technology, version: int | None = None) -> CardKeys:
        self.asked += 1
        if not self.reachable:
            raise KeysUnreachableError("https://gateway.test", "no route")
        return card_keys(self.masters[version or max(self.masters)], technology, uid)


@dataclass
class Desk:
    """One laptop with one reader; `fresh` is the same laptop after it was started anew."""

    folder: Path
    vault: Vault = field(default_factory=Vault)
    issuer: SigningKey = field(default_factory=INTL.new_signing_key)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def card(self, kind: str, kept: Mapping[str, Any] | None = None, uid: bytes = UID) -> Tag:
        """Return a card of ``kind``, new or as it was."""
        return KINDS[kind][1](uid, kept)

    def writer(self, tag: Tag, pull: Pull | None = None) -> tuple[CardWriter, Target]:
        """Hold ``tag`` to the reader."""
        chip = Chip(Antenna())
        chip.antenna.present("card", tag)
        reader: Reader = reader_on(chip)
        target = reader.sense()[0]
        chip.antenna.pull = pull
        key = self.issuer.suite.verifying_key(self.issuer.spki)
        suite = self.issuer.suite
        return CardWriter(self.folder, suite, self.issuer, {key.key_id: key}, reader, self.vault, lambda: NOW_S), target

    @property
    def journal(self) -> CardJournal:
        return CardJournal(self.folder)


Act = Callable[[CardWriter, Target], Done]


def frames(desk: Desk, tag: Tag, act: Act) -> int:
    """Return how many frames go to the card in ``act``, which is done here."""
    most = 1_000_000
    pull = Pull(frames=most)
    act(*desk.writer(tag, pull))
    assert pull.frames is not None
    return most - pull.frames


def copied(folder: Path, to: Path) -> Path:
    """Return a copy of a laptop's folder."""
    shutil.copytree(folder, to)
    return to


@dataclass(frozen=True)
class Trial:
    """One interruption: at this frame the card left, and this became of what the frame was to write."""

    frame: int
    outcome: Outcome


def trials(total: int, every: int = 1) -> Iterator[Trial]:
    """Return all interruptions of an act of ``total`` frames."""
    for frame in range(0, total, every):
        for outcome in Outcome:
            yield Trial(frame, outcome)


def interrupted(desk: Desk, tag: Tag, act: Act, trial: Trial) -> bool:
    """Let ``act`` be interrupted; return whether it noticed."""
    with suppress(ZhendaoError):
        act(*desk.writer(tag, Pull(trial.outcome, frames=trial.frame)))
        return False
    return True


def keys_on(tag: Any) -> list[bytes]:
    """Return the keys that lie in a card, looked at from outside; none in a tag without keys."""
    if hasattr(tag, "folders"):
        ours = [folder.keys[1].value for folder in tag.folders[1:] if 1 in folder.keys]
        return [tag.folders[0].keys[0].value, *ours]
    return [key.value for key in getattr(tag, "keys", ())]


def record_on(tag: Any) -> bytes | None:
    """Return the signed token that lies on a card, looked at from outside."""
    memory = tag.memory()
    if hasattr(tag, "folders"):
        size = int.from_bytes(memory[:2], "big")
        return bytes(memory[2 : 2 + size]) or None
    if hasattr(tag, "files"):
        size = int.from_bytes(memory[:2], "big")
        return token_record(bytes(memory[2 : 2 + size]))
    span = find_message(memory[16:], memory[14] * 8)
    return token_record(span.message) if isinstance(span, Span) else None


def is_token(desk: Desk, tag: Any, goal: TokenGoal) -> bool:
    """Tell whether a card is ``goal`` and nothing else: each key, the record, and the laptop's books."""
    wanted = [] if goal.key_version is None else desk.vault.keys(goal.uid, goal.technology, goal.key_version).keys
    held = [wanted[number] for number in range(len(wanted))]
    story = desk.journal.story(goal.uid)
    books = holdings(token_log.read(desk.folder), [story])
    mine = books.by_token.get(goal.token_id)
    good = mine is not None and mine.holder == goal.holder and not books.begun and story.closed == "done"
    return good and keys_on(tag) == held and record_on(tag) == goal.record


def reads_well(desk: Desk, tag: Any) -> bool:
    """Tell whether a terminal finds a good token on a card, or none: never half of one."""
    record = record_on(tag)
    if record is None:
        return True
    suite = desk.issuer.suite
    key = suite.verifying_key(desk.issuer.spki)
    try:
        open_token(suite, record, tag.uid, {key.key_id: key})
    except ProtocolError:
        return False
    return True


def is_blank(desk: Desk, tag: Any, kind: str) -> bool:
    """Tell whether a card is as its maker delivers it."""
    books = holdings(token_log.read(desk.folder), desk.journal.stories())
    return (
        keys_on(tag) == keys_on(desk.card(kind)) and record_on(tag) is None and not books.by_token and not books.begun
    )


def finished(desk: Desk, tag: Tag, again: Act) -> Done:
    """Do as a person does after an interruption: `card finish`, or the same command where nothing was begun."""
    try:
        writer, target = desk.writer(tag)
        return writer.finish(target)
    except NothingBegunError:
        return again(*desk.writer(tag))
