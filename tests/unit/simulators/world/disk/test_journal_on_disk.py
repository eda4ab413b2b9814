"""The real journal, on the real SQLite, on a simulated disk that loses its power: what was signalled is there.

promise: a good signal means it is safe. The other half of each test shows that the disk would tell: a journal that does
not sync loses what it has signalled, and one that believes a failed sync does too.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from samples.home import Identity as Made
from samples.journals import BODY, STAMP, enrolled
from zhendao.device.errors import JournalError, JournalFullError
from zhendao.device.identity.values import Identity
from zhendao.device.journal import schema
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorded, Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.intl import INTL
from zhendao.protocol.vocabulary import BootReason
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.disk.gone import PowerGoneError
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.engine.chance import Chance

DATA = Path("/data")
DATABASE = DATA / "journal.db"
LIVES = 12
SEEDS = [seed if seed < 6 else pytest.param(seed, marks=pytest.mark.long) for seed in range(20)]


@pytest.fixture(scope="module")
def who() -> Identity:
    return enrolled(Made(INTL))


class Life:
    """A terminal's journal through many power cuts; remembers what was signalled, and what may have gone since."""

    def __init__(self, who: Identity, seed: int) -> None:
        self.who, self.chance = who, Chance(seed, "life")
        self.disk = Disk(Chance(seed, "disk"))
        self.signalled: dict[tuple[bytes, int], bytes] = {}
        self.going: dict[bytes, int] = {}
        self.openings: list[BootReason] = []
        self.lost: list[tuple[bytes, int]] = []
        self.keys: set[tuple[bytes, int]] = set()

    def live(self, pragma: str = "") -> None:
        """Open, check what there is, and work until the power goes."""
        try:
            mount = Mount(self.disk)
            self.disk.cut_after(self.chance.between(1, 700), lambda: None)
            folder = DataFolder(DATA, files=mount)
            journal = Journal(folder, self.who.suite, self.who.device, lambda: 1_790_000_000)
            if pragma:
                journal._file.db.execute(pragma)
            self.check(journal)
            recorder = Recorder(journal, self.who, "test", self.chance.bytes)
            self.say(journal, (recorder.begin(STAMP),))
            while True:
                self.step(journal, recorder)
        except PowerGoneError:
            return

    def step(self, journal: Journal, recorder: Recorder) -> None:
        kind = self.chance.below(10)
        if kind == 0 and recorder.seq > 3:
            self.going[recorder.epoch] = max(self.going.get(recorder.epoch, 0), recorder.seq - 2)
            journal.settle([(recorder.epoch, 1, recorder.seq - 2, Settled.COMMITTED)])
        elif kind == 1 and recorder.seq > 6:
            journal.prune(recorder.epoch, 4, 0)
        else:
            visit = {bytes([self.chance.below(3)]) * 16: self.chance.bytes(120) if kind < 8 else None}
            self.say(journal, recorder.record(BODY, STAMP, lambda _: visit))

    def say(self, journal: Journal, done: tuple[Recorded, ...]) -> None:
        for one in done:
            head = journal.head_of(one.epoch, one.seq)
            assert head is not None
            self.signalled[one.epoch, one.seq] = head

    def check(self, journal: Journal) -> None:
        self.openings.append(journal.opening.reason)
        for (epoch, seq), head in self.signalled.items():
            there = journal.head_of(epoch, seq)
            if there != head and not (there is None and seq <= self.going.get(epoch, 0)):
                self.lost.append((epoch, seq))
        at: int | None = 0
        while at is not None:
            at = journal.check(at, 1000)


@pytest.fixture(autouse=True)
def _many_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "CHECKPOINT_PAGES", 24)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_a_power_cut_leaves_what_was_signalled_is_there(who: Identity, seed: int) -> None:
    life = Life(who, seed)
    for _ in range(LIVES):
        life.live()
    assert not life.lost
    assert set(life.openings) <= {BootReason.FIRST, BootReason.START}
    assert len(life.signalled) > 30, "it got somewhere"


def test_a_journal_that_does_not_sync_is_seen_to_lose() -> None:
    who = enrolled(Made(INTL))
    caught = []
    for seed in range(10):
        life = Life(who, seed)
        for _ in range(LIVES):
            with suppress(JournalError, sqlite3.Error):
                life.live("PRAGMA synchronous = OFF")
        caught.append(bool(life.lost) or not set(life.openings) <= {BootReason.FIRST, BootReason.START})
    assert sum(caught) > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_syncs_and_writes_that_fail_are_refused_or_done_anew_never_taken_for_done(who: Identity, seed: int) -> None:
    life = Life(who, seed)
    for _ in range(LIVES):
        try:
            mount = Mount(life.disk)
            folder = DataFolder(DATA, files=mount)
            journal = Journal(folder, who.suite, who.device, lambda: 1_790_000_000)
            life.check(journal)
            recorder = Recorder(journal, who, "test", life.chance.bytes)
            life.say(journal, (recorder.begin(STAMP),))
            for _ in range(4):
                life.disk.fail(life.chance.pick(("sync", "write", "sync")), life.chance.between(1, 3))
                for _ in range(life.chance.below(8)):
                    with suppress(JournalError):
                        life.step(journal, recorder)
            life.disk.fail("sync", 0)
            life.disk.fail("write", 0)
            life.disk.cut_after(life.chance.between(1, 60), lambda: None)
            while True:
                life.step(journal, recorder)
        except PowerGoneError:
            continue
    assert not life.lost
    assert set(life.openings) <= {BootReason.FIRST, BootReason.START}


def test_a_full_disk_refuses_and_is_healed_by_what_the_gateway_has(who: Identity) -> None:
    disk = Disk(Chance(1, "disk"))
    folder = DataFolder(DATA, files=Mount(disk))
    journal = Journal(folder, who.suite, who.device, lambda: 1)
    recorder = Recorder(journal, who, "test", Chance(1, "keys").bytes)
    recorder.begin(STAMP)
    disk.full(200_000)

    def until_full() -> None:
        while recorder.seq < 5000:
            recorder.record(BODY, STAMP)

    with pytest.raises(JournalFullError):
        until_full()
    journal.settle([(recorder.epoch, 1, recorder.seq, Settled.COMMITTED)])
    assert journal.make_room(0)
    recorder.record(BODY, STAMP)
    disk.kill()


def test_a_flipped_bit_sets_the_journal_aside_and_begins_a_new_epoch(who: Identity) -> None:
    disk = Disk(Chance(1, "disk"))
    folder = DataFolder(DATA, files=Mount(disk))
    journal = Journal(folder, who.suite, who.device, lambda: 7)
    recorder = Recorder(journal, who, "test", Chance(1, "keys").bytes)
    for _ in range(30):
        recorder.record(BODY, STAMP)
    epoch, seq = recorder.epoch, recorder.seq
    head = journal.head_of(epoch, seq)
    journal.close()
    disk.kill()
    content = disk.content_of(DATABASE)
    assert content is not None
    assert head is not None
    disk.flip(DATABASE, content.rindex(head), 3)
    journal = Journal(DataFolder(DATA, files=Mount(disk)), who.suite, who.device, lambda: 8)
    assert journal.opening.reason is BootReason.JOURNAL_DAMAGED
    assert journal.opening.previous is not None
    assert journal.opening.previous.seq == seq
    assert "journal.db.corrupt.8" in Mount(disk).names(DATA)
    assert journal.head_of(epoch, seq - 1), "what holds was taken over"
    disk.kill()


def test_a_journal_put_back_is_noticed_by_the_copy_of_its_head_or_not_at_all(who: Identity) -> None:
    disk = Disk(Chance(1, "disk"))
    journal = Journal(DataFolder(DATA, files=Mount(disk)), who.suite, who.device, lambda: 7)
    recorder = Recorder(journal, who, "test", Chance(1, "keys").bytes)
    recorder.begin(STAMP)
    journal.close()
    old = disk.content_of(DATABASE)
    disk.kill()
    journal = Journal(DataFolder(DATA, files=Mount(disk)), who.suite, who.device, lambda: 7)
    recorder = Recorder(journal, who, "test", Chance(2, "keys").bytes)
    for _ in range(40):
        recorder.record(BODY, STAMP)
    journal.close()
    disk.kill()
    assert old is not None
    disk.folders[str(DATA)].names["journal.db"].data[:] = old
    journal = Journal(DataFolder(DATA, files=Mount(disk)), who.suite, who.device, lambda: 7)
    assert journal.opening.reason is BootReason.HEAD_MISMATCH
    disk.kill()


def test_one_seed_leaves_one_disk() -> None:
    def left(seed: int) -> list[bytes | None]:
        disk = Disk(Chance(seed, "disk"))
        found = []
        for _ in range(4):
            mount = Mount(disk)
            mount.make_folder(DATA)
            disk.cut_after(60, lambda: None)
            with suppress(PowerGoneError):
                db = schema.connect(DATABASE, b"d" * 16, mount)
                for number in range(100):
                    db.execute("INSERT INTO visit (key, content) VALUES (?, ?)", (bytes(16), bytes([number])))
            found += [disk.content_of(DATABASE), disk.content_of(DATA / "journal.db-wal")]
        return found

    assert left(1) == left(1)
    assert left(1) != left(2)
