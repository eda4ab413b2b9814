"""Cards pulled away from a real reader driver while they are written: PN532 over its line, PC/SC over pcscd and vpcd.

The readers are processes of their own; the card leaves in the frame that was ordered. Used by tests and by
`bench/cards_pulled.py`.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from samples.cardwork import CAREGIVER, DOOR, KIND, NOW_S, Desk
from samples.pcsc import CardHolder, service
from samples.pn532 import Emulator
from zhendao.protocol.errors import ZhendaoError
from zhendao.provisioning.cards.errors import CardAgainError
from zhendao.provisioning.cards.examining import Examined, Examiner
from zhendao.provisioning.cards.writer import CardWriter, Wish
from zhendao.readers.errors import TagGoneError
from zhendao.readers.pcsc.port import open_pcsc
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.reader import Reader, Target

ROUNDS = 600
OUTCOMES = ("old", "new", "torn")


@dataclass
class Tally:
    """What a row of interruptions came to."""

    interrupted: int = 0
    finished: int = 0
    blank: int = 0
    lost: list[str] = field(default_factory=list)


@dataclass
class Hands:
    """A reader, and whoever holds cards to it."""

    reader: Reader
    hand: Emulator | CardHolder
    folder: Path
    made: int = 0

    def card(self, kind: str) -> tuple[str, bytes]:
        """Make a new card of ``kind``; return its name and uid."""
        self.made += 1
        uid = b"\x04" + self.made.to_bytes(6, "big")
        name = f"card{self.made}"
        self.hand.do(f"tag {name} {kind} uid={uid.hex()}")
        return name, uid

    def held(self, name: str, uid: bytes) -> Target:
        """Hold a card there; return it once the reader has seen it. TagGoneError: it was pulled away before that."""
        self.hand.do(f"present {name}")
        pause = threading.Event()
        for _ in range(ROUNDS):
            found = [target for target in self.reader.sense() if target.uid == uid]
            if found:
                return found[0]
            pause.wait(0.02)
        raise TagGoneError

    def take(self, name: str) -> None:
        """Take a card away; return once the reader has seen that."""
        self.hand.do(f"remove {name}")
        pause = threading.Event()
        for _ in range(ROUNDS):
            if not self.reader.sense():
                return
            pause.wait(0.02)
        raise AssertionError("the card is still there")

    def desk(self) -> Desk:
        """Return a laptop that knows nothing yet."""
        return Desk(Path(tempfile.mkdtemp(dir=self.folder)))

    def writer(self, desk: Desk) -> CardWriter:
        """Return the laptop's writer, as after a start."""
        suite = desk.issuer.suite
        key = suite.verifying_key(desk.issuer.spki)
        return CardWriter(desk.folder, suite, desk.issuer, {key.key_id: key}, self.reader, desk.vault, lambda: NOW_S)

    def examined(self, desk: Desk, target: Target) -> Examined:
        """Return what a terminal and a gateway make of the card."""
        writer = self.writer(desk)
        return Examiner(desk.folder, writer.suite, writer.issuers, self.reader, desk.vault).examine(target)

    def pulled(self, kind: str, frame: int, outcome: str, tally: Tally, *, back: bool = False) -> bool:
        """Write a new card, pull it away at ``frame``, then finish it or (``back``) make it blank again.

        Return whether it was interrupted at all: False says that ``frame`` is behind the last one.
        """
        name, uid = self.card(kind)
        desk, wish = self.desk(), DOOR if kind == "ntag424tt" else CAREGIVER
        target = self.held(name, uid)
        self.hand.do(f"pull {frame} {outcome}")
        try:
            self._write(desk, target, wish, kind, lambda: self._anew(name, uid))
        except ZhendaoError:
            tally.interrupted += 1
        else:
            self.hand.do("pull none")
            self.take(name)
            return False
        self.hand.do("pull none")
        self.take(name)
        if back:
            self.writer(desk).rollback(self.held(name, uid), KIND.get(kind))
            found = self.examined(desk, self._anew(name, uid))
            tally.blank += found.state in {"empty", "other"}
            good = found.token is None and not found.story.unfinished and found.held is None
        else:
            self._write(desk, self.held(name, uid), wish, kind, lambda: self._anew(name, uid))
            found = self.examined(desk, self._anew(name, uid))
            good = found.good and found.proved is not False
            tally.finished += good
        if not good:
            tally.lost.append(f"{kind} frame {frame} {outcome}: {found}")
        self.take(name)
        return True

    def _anew(self, name: str, uid: bytes) -> Target:
        self.take(name)
        return self.held(name, uid)

    def _write(self, desk: Desk, target: Target, wish: Wish, kind: str, anew: Callable[[], Target]) -> None:
        """Do what a person does: go on with what was begun, or begin; take the card away once where that is asked."""
        for _ in range(3):
            try:
                if desk.journal.story(target.uid).unfinished:
                    self.writer(desk).finish(target)
                else:
                    self.writer(desk).write(target, wish, KIND.get(kind))
            except CardAgainError:
                target = anew()
            else:
                return
        raise AssertionError("the card is never done")


@contextmanager
def hands(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    """Give hands at a reader of ``kind``: pn532 or pcsc."""
    if kind == "pn532":
        with Emulator(folder / "reader") as emulator:
            reader = open_pn532(str(folder / "reader"))
            yield Hands(reader, emulator, folder)
            reader.close()
        return
    with service(folder, monkeypatch) as running, CardHolder(running) as holder:
        card_reader = open_pcsc("")
        yield Hands(card_reader, holder, folder)
        card_reader.close()
