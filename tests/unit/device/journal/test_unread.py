"""A card that does not give back what it holds: what may pass is waited for, what stays is given up, and nothing else.

On a simulated disk: no real one has a sector that cannot be read when a test wants it.
"""

from pathlib import Path

import pytest

from samples.home import Identity as Made
from samples.journals import BODY, STAMP, enrolled
from zhendao.device.errors import JournalError, JournalWriteError
from zhendao.device.identity.values import Identity
from zhendao.device.journal import schema, unread
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.intl import INTL
from zhendao.protocol.vocabulary import BootReason
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.engine.chance import Chance

DATA = Path("/data")
DATABASE, LOG, HEAD = DATA / "journal.db", DATA / "journal.db-wal", DATA / "journal.head"


@pytest.fixture(scope="module")
def who() -> Identity:
    return enrolled(Made(INTL))


class Card:
    """A card with a journal of thirty events, of which the power has gone."""

    def __init__(self, who: Identity) -> None:
        self.who, self.disk, self.now_s = who, Disk(Chance(1, "disk")), 1_790_000_000
        journal = self.open()
        recorder = Recorder(journal, who, "test", Chance(1, "keys").bytes)
        recorder.begin(STAMP)
        for _ in range(29):
            recorder.record(BODY, STAMP)
        self.epoch = recorder.epoch
        self.disk.kill()

    def open(self) -> Journal:
        return Journal(DataFolder(DATA, files=Mount(self.disk)), self.who.suite, self.who.device, lambda: self.now_s)

    def starts(self, most: int) -> tuple[int, Journal]:
        """Start every minute; return how many starts failed, and the journal."""
        for failed in range(most):
            try:
                return failed, self.open()
            except JournalWriteError:
                self.disk.kill()
                self.now_s += 60
        return most, self.open()

    def held(self, journal: Journal) -> int:
        return sum(journal.head_of(self.epoch, seq) is not None for seq in range(1, 31))


def works(journal: Journal, who: Identity) -> None:
    recorder = Recorder(journal, who, "test", Chance(2, "keys").bytes)
    recorder.begin(STAMP)
    recorder.record(BODY, STAMP)


@pytest.mark.parametrize("at", [0, 2000, 20_000, 300_000])
def test_a_log_with_a_sector_that_stays_unreadable_is_given_up_after_some_starts(who: Identity, at: int) -> None:
    card = Card(who)
    assert card.disk.spoil(LOG, at)
    failed, journal = card.starts(9)
    assert failed == unread.TRIES
    assert journal.opening.reason is BootReason.JOURNAL_DAMAGED
    assert card.held(journal) >= (30 if at == 300_000 else 0), "what stands before it is taken over"
    works(journal, who)
    assert not unread.met(card.disk.mounts[0], DATA)
    card.disk.kill()
    journal = card.open()
    assert journal.opening.reason is BootReason.START
    card.disk.kill()


@pytest.mark.parametrize("large", [False, True])
def test_a_database_with_a_sector_that_stays_unreadable_is_given_up_after_some_starts(
    who: Identity, monkeypatch: pytest.MonkeyPatch, *, large: bool
) -> None:
    card = Card(who)
    journal = card.open()
    journal.close()
    card.disk.kill()
    if large:
        monkeypatch.setattr(schema, "CHECKED_AT_ONCE", 0)
    content = card.disk.content_of(DATABASE)
    assert content is not None
    assert card.disk.spoil(DATABASE, len(content) - 1)
    failed, journal = card.starts(9)
    assert failed == unread.TRIES
    assert journal.opening.reason is BootReason.JOURNAL_DAMAGED
    assert 15 < card.held(journal) < 30
    works(journal, who)
    card.disk.kill()


def test_errors_that_pass_cost_a_start_and_nothing_else(who: Identity) -> None:
    card = Card(who)
    card.disk.fail("read", 1 << 20)
    for _ in range(20):  # all of it within a few seconds
        with pytest.raises(JournalWriteError):
            card.open()
        card.disk.kill()
    card.disk.fail("read", 0)
    failed, journal = card.starts(1)
    assert not failed
    assert journal.opening.reason is BootReason.START
    assert card.held(journal) == 30
    card.disk.kill()


@pytest.mark.parametrize("at", [0, 4096])
def test_a_copy_of_the_head_that_cannot_be_read_costs_the_copy_only(who: Identity, at: int) -> None:
    card = Card(who)
    journal = card.open()
    journal.close()
    card.disk.kill()
    assert card.disk.spoil(HEAD, at)
    failed, journal = card.starts(1)
    assert not failed
    recorder = Recorder(journal, who, "test", Chance(3, "keys").bytes)
    for _ in range(80):
        recorder.record(BODY, STAMP)
    assert card.disk.folders[str(DATA)].names["journal.head"].bad == set(), "it is written anew"
    card.disk.kill()


def test_a_page_that_goes_bad_while_the_terminal_works_sets_the_journal_aside(who: Identity) -> None:
    card = Card(who)
    journal = card.open()
    journal.close()
    card.disk.kill()
    journal = card.open()
    recorder = Recorder(journal, who, "test", Chance(3, "keys").bytes)
    recorder.begin(STAMP)
    for sector in range(8, 40):
        card.disk.spoil(DATABASE, sector * 512)
    journal._file.db.execute("PRAGMA shrink_memory")
    for _ in range(unread.TRIES):
        card.now_s += 60
        with pytest.raises(Exception, match=r"I/O|IOError") as caught:
            journal.check(0, 1000)
        assert isinstance(journal.met(caught.value), JournalError)
    done = recorder.record(BODY, STAMP)
    assert done[0].epoch != card.epoch
    assert journal.opening.reason is BootReason.JOURNAL_DAMAGED
    card.disk.kill()
