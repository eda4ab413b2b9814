"""Recorder and journal on real files: what is recorded stays, in any weather that a file can have."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zhendao.device.clock.stamp import Stamp
from zhendao.device.errors import AlreadyRunningError, JournalForeignError, JournalFullError
from zhendao.device.identity.values import Identity
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.opening import FILE
from zhendao.device.journal.recorder import Recorder, Start
from zhendao.device.journal.store import Journal
from zhendao.protocol import ledger
from zhendao.protocol.bodies import Boot, Tamper
from zhendao.protocol.event import decode_event
from zhendao.protocol.seal import open_sealed
from zhendao.protocol.vocabulary import BootReason, ClockSource, TamperCause

STAMP = Stamp(b"b" * 16, 7, 1_790_000_000_000, ClockSource.NTP, 10)
BODY = Tamper(cause=TamperCause.CASE, active=True)


class Terminal:
    """One process's life over a data folder."""

    def __init__(self, path: Path, who: Identity) -> None:
        self.folder = DataFolder(path, ballast_bytes=65536)
        self.who = who
        try:
            self.journal = Journal(self.folder, who.suite, who.device, lambda: 1_790_000_000)
        except BaseException:
            self.folder.close()
            raise
        self.recorder = Recorder(self.journal, who, "test", os.urandom)
        self.start: Start | None = None
        self.closed = False

    def begin(self) -> "Terminal":
        self.start = self.recorder.begin(STAMP).start
        return self

    def record(self, count: int = 1) -> int:
        for _ in range(count):
            *_, done = self.recorder.record(BODY, STAMP)
        return done.seq

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.journal.close()
            self.folder.close()

    def boot(self) -> Boot:
        assert self.start is not None
        plaintext, _ = open_sealed(self.who.suite, self.start.keys, self.start.keys.start, self.start.entry.sealed)
        body = decode_event(plaintext).body
        assert isinstance(body, Boot)
        return body


Open = Callable[[], Terminal]


@pytest.fixture
def terminal(tmp_path: Path, identity: Identity) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start() -> Terminal:
        if opened:
            opened.pop().close()
        opened.append(Terminal(tmp_path / "data", identity))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_the_chain_goes_on_over_restarts_and_every_row_opens_with_its_start(terminal: Open, identity: Identity) -> None:
    first = terminal().begin()
    assert (first.boot().reason, first.boot().previous) == (BootReason.FIRST, None)
    first.record(3)
    second = terminal().begin()
    assert second.boot().reason is BootReason.START
    assert second.record() == 6
    part = second.journal.read(second.recorder.epoch, 1, 6, 1 << 20)
    assert part is not None
    head = part.prev
    assert head == ledger.genesis(identity.suite, identity.device, part.epoch)
    for entry in part.entries:
        leaf = ledger.leaf(identity.suite, identity.device, part.epoch, entry.seq, entry.sealed, entry.commitment)
        head = ledger.link(identity.suite, head, leaf)
        assert head == entry.head
    assert [entry.start for entry in part.entries] == [1, 1, 1, 1, 5, 5]


def test_the_same_data_folder_twice_is_refused(terminal: Open, tmp_path: Path, identity: Identity) -> None:
    terminal()
    with pytest.raises(AlreadyRunningError):
        Terminal(tmp_path / "data", identity)


def test_another_terminals_journal_is_not_touched(terminal: Open, tmp_path: Path, identity: Identity) -> None:
    terminal().begin().close()
    path = tmp_path / "data" / FILE
    with sqlite3.connect(path) as db:
        db.execute("UPDATE owner SET device = ?", (b"x" * 16,))
        genesis = ledger.genesis(identity.suite, b"x" * 16, b"e" * 16)
        db.execute("UPDATE epoch SET epoch = ?, genesis = ?", (b"e" * 16, genesis))
    db.close()
    with pytest.raises(JournalForeignError):
        Terminal(tmp_path / "data", identity)
    assert path.exists()


@pytest.mark.parametrize("where", ["header", "middle", "row"])
def test_a_damaged_journal_is_set_aside_and_announced(terminal: Open, tmp_path: Path, where: str) -> None:
    one = terminal().begin()
    last = one.record(20)
    epoch, head = one.recorder.epoch, one.recorder.head
    one.journal._file.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "data" / FILE
    if where == "row":
        one.journal._file.db.execute("DROP TRIGGER event_is_final")
        one.journal._file.db.execute("UPDATE event SET commitment = ? WHERE id % 1099511627776 = 15", (bytes(32),))
    else:
        data = bytearray(path.read_bytes())
        at = 0 if where == "header" else len(data) // 2
        data[at : at + 3000] = os.urandom(3000)
        path.write_bytes(data)
    boot = terminal().begin().boot()
    assert boot.reason is BootReason.JOURNAL_DAMAGED
    assert boot.previous is not None
    assert (boot.previous.epoch, boot.previous.seq, boot.previous.head) == (epoch, last, head)
    (aside,) = path.parent.glob("journal.db.corrupt.*[0-9]")
    assert boot.detail is not None
    assert aside.name in boot.detail


def test_a_missing_journal_is_announced(terminal: Open, tmp_path: Path) -> None:
    one = terminal().begin()
    last = one.record(5)
    one.close()
    for file in (tmp_path / "data").glob("journal.db*"):
        file.unlink()
    boot = terminal().begin().boot()
    assert boot.reason is BootReason.JOURNAL_MISSING
    assert boot.previous is not None
    assert boot.previous.seq == last


def test_a_journal_put_back_begins_a_new_epoch_and_still_holds_the_old_one(terminal: Open, tmp_path: Path) -> None:
    one = terminal().begin()
    one.record(3)
    epoch = one.recorder.epoch
    one.journal._file.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    old = (tmp_path / "data" / FILE).read_bytes()
    one.record(5)
    one.close()
    for file in (tmp_path / "data").glob("journal.db*"):
        file.unlink()
    (tmp_path / "data" / FILE).write_bytes(old)
    two = terminal().begin()
    assert two.boot().reason is BootReason.HEAD_MISMATCH
    assert two.boot().previous is not None
    assert two.recorder.epoch != epoch
    assert [state.last for state in two.journal.epochs()] == [4, 1]
    three = terminal().begin()
    assert three.boot().reason is BootReason.START
    assert three.recorder.epoch == two.recorder.epoch


def test_after_a_failed_write_no_key_and_number_meet_twice(terminal: Open) -> None:
    one = terminal().begin()
    one.record()
    pages = one.journal._file.db.execute("PRAGMA page_count").fetchone()[0]
    one.journal._file.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalFullError):
        one.record(100)
    end = one.recorder.seq
    one.journal._file.db.execute("PRAGMA max_page_count = 100000")
    done = one.recorder.record(BODY, STAMP)
    assert [one.seq for one in done] == [end + 1, end + 2]
    assert done[0].start is not None, "new keys, in a new boot event"
    part = one.journal.read(one.recorder.epoch, 1, end + 2, 1 << 20)
    assert part is not None
    seen = {(entry.start.to_bytes(8, "big"), entry.seq) for entry in part.entries}
    assert len(seen) == end + 2


def test_acknowledged_ranges_are_kept_and_pruning_takes_nothing_undelivered(terminal: Open) -> None:
    one = terminal().begin()
    one.record(30)
    epoch = one.recorder.epoch
    one.journal.settle([(epoch, 1, 10, Settled.COMMITTED), (epoch, 12, 20, Settled.COMMITTED)])
    one.journal.settle([(epoch, 11, 11, Settled.QUARANTINED), (epoch, 25, 26, Settled.FORK)])
    two = terminal().begin()
    (state,) = two.journal.epochs()
    assert list(state.settled) == [(1, 20), (25, 26)]
    two.journal.prune(epoch, 3, 32)
    kept = [seq for seq in range(1, 33) if two.journal.head_of(epoch, seq)]
    assert kept == [1, 11, 21, 22, 23, 24, *range(27, 33)], "boot 1 has the keys of 11 and 21…"
    for seq in (11, 21, 27):
        part = two.journal.read(epoch, seq, seq, 1 << 20)
        assert part is not None
        assert len(part.prev) == 32
    two.journal.unsettle(epoch, 20, 30)
    assert list(two.journal.epochs()[0].settled) == [(1, 19)]


def test_an_event_is_final(terminal: Open) -> None:
    one = terminal().begin()
    one.record()
    with pytest.raises(sqlite3.IntegrityError, match="final"):
        one.journal._file.db.execute("UPDATE event SET sealed = x'00'")


def test_the_newest_event_is_never_pruned_for_the_next_one_links_to_it(terminal: Open) -> None:
    one = terminal().begin()
    epoch = one.recorder.epoch
    one.journal.settle([(epoch, 1, 1, Settled.COMMITTED)])
    assert one.journal.prune(epoch, 0, 0) == 0
    one.record()
    one.journal.settle([(epoch, 2, 2, Settled.COMMITTED)])
    assert one.journal.prune(epoch, 0, 0) == 1
    part = one.journal.read(epoch, 2, 2, 1 << 20)
    assert part is not None
    assert len(part.prev) == 32
