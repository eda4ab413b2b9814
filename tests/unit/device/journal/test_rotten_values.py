"""Values that nobody wrote, each where it would end a terminal: the journal is set aside, or goes on."""

import random
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samples.home import Identity as Made
from samples.journals import BODY, STAMP, aged, enrolled, recording
from zhendao.device.errors import JournalDamagedError, JournalWriteError
from zhendao.device.identity.values import Identity
from zhendao.device.journal import checking, schema
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.device.journal.store import Journal
from zhendao.protocol.intl import INTL
from zhendao.protocol.vocabulary import BootReason

EVENTS = 20
PATIENCE_S = 180
BLOCKS = 60
HASH, SIGNATURE, NULL, ZERO = b"\x4c", b"\x81\x0c", b"\x00", b"\x08"
"""Types of columns in a record (SQLite's file format, section 2.1)."""


@pytest.fixture(scope="module")
def who() -> Identity:
    return enrolled(Made(INTL))


@pytest.fixture
def file(tmp_path: Path, who: Identity, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A closed journal, of which SQLite does not look at every page at the start."""
    monkeypatch.setattr(schema, "CHECKED_AT_ONCE", 0)
    aged(tmp_path / "data", who, EVENTS)
    return tmp_path / "data" / "journal.db"


@contextmanager
def in_time() -> Iterator[None]:
    """Fail where the work does not come to an end."""

    def late(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def record(journal: Journal, recorder: Recorder) -> None:
    """Record as the terminal does, a second time where the file turned out to be damaged; it is there then."""
    try:
        *_, done = recorder.record(BODY, STAMP)
    except (JournalDamagedError, JournalWriteError):
        *_, done = recorder.record(BODY, STAMP)
    assert journal.read(done.epoch, done.seq, done.seq, 0), "what was recorded is there"


def is_set_aside(file: Path, who: Identity) -> bool:
    with in_time(), recording(file.parent, who) as (journal, recorder):
        reason = journal.opening.reason
        record(journal, recorder)
    assert reason in {BootReason.START, BootReason.JOURNAL_DAMAGED}
    return reason is BootReason.JOURNAL_DAMAGED


def sql(file: Path, statement: str, *values: int) -> None:
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute(statement, values)
    db.close()


def change(file: Path, statement: str, *values: int) -> None:
    """Change an event, which is final."""
    sql(file, "DROP TRIGGER event_is_final")
    sql(file, statement, *values)
    sql(file, next(text for _, name, text in schema._made() if name == "event_is_final"))


def test_the_name_of_a_table_that_is_no_text(file: Path, who: Identity) -> None:
    data = file.read_bytes()
    file.write_bytes(
        data.replace(b"visitvisit", b"vis\xe9tvisit").replace(b"CREATE TABLE visit", b"CREATE TABLE vis\xe9t")
    )
    assert is_set_aside(file, who)


def test_a_link_that_is_a_number(file: Path, who: Identity) -> None:
    data = file.read_bytes()
    form = HASH + SIGNATURE + HASH
    assert data.count(form + NULL) >= EVENTS
    file.write_bytes(data.replace(form + NULL, form + ZERO))
    assert is_set_aside(file, who)


def test_an_epoch_with_a_number_beyond_all(file: Path, who: Identity) -> None:
    sql(file, "UPDATE epoch SET number = 1 << 50")
    assert is_set_aside(file, who)


def test_an_owner_that_is_nobody(file: Path, who: Identity) -> None:
    sql(file, "UPDATE owner SET device = randomblob(16)")
    assert is_set_aside(file, who), "its epochs say whose it is"


@pytest.mark.parametrize("first", [-3, 9])
def test_a_range_that_is_none(file: Path, who: Identity, first: int) -> None:
    sql(file, "INSERT INTO settled VALUES (1, 0, ?, 5)", first)
    assert is_set_aside(file, who)


def test_the_number_of_the_last_event_is_far_off(file: Path, who: Identity) -> None:
    last, far = EPOCH_SHIFT + EVENTS, EPOCH_SHIFT + EVENTS + (1 << 39)
    data = file.read_bytes()
    assert varint(last) in data
    file.write_bytes(data.replace(varint(last), varint(far)))
    assert is_set_aside(file, who), "not by looking for what may be between"


def test_an_earlier_epoch_that_ends_in_nothing(file: Path, who: Identity) -> None:
    with recording(file.parent, who) as (_, recorder):
        recorder.new_epoch(BootReason.HEAD_MISMATCH, None, "for the test", STAMP)
    sql(file, "DELETE FROM event WHERE id = ?", EPOCH_SHIFT + EVENTS - 1)
    assert is_set_aside(file, who)


def test_an_earlier_epoch_found_so_after_an_error_of_the_disk(file: Path, who: Identity) -> None:
    with recording(file.parent, who) as (journal, recorder):
        recorder.new_epoch(BootReason.HEAD_MISMATCH, None, "for the test", STAMP)
        journal._file.db.execute("DELETE FROM event WHERE id = ?", (EPOCH_SHIFT + EVENTS - 1,))
        journal._file._doubt = "an error of the disk"
        record(journal, recorder)
        assert journal.opening.reason is BootReason.JOURNAL_DAMAGED
        assert recorder.seq == 2, "a boot event, and what was recorded"


def test_a_batch_ends_before_an_event_that_is_not_what_was_written(
    file: Path, who: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CHECKED_TAIL", 4)
    change(file, "UPDATE event SET sealed = zeroblob(99) WHERE id = ?", EPOCH_SHIFT + 6)
    with recording(file.parent, who) as (journal, recorder):
        assert journal.opening.reason is BootReason.START
        part = journal.read(recorder.epoch, 2, EVENTS, 1 << 20)
        assert part is not None
        assert [one.seq for one in part.entries] == [2, 3, 4, 5]
        with pytest.raises(JournalDamagedError):
            journal.read(recorder.epoch, 6, EVENTS, 1 << 20)


@pytest.mark.parametrize("start", [-1, 0, 7])
def test_an_event_under_the_keys_of_no_start(
    file: Path, who: Identity, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    monkeypatch.setattr(checking, "CHECKED_TAIL", 4)
    change(file, "UPDATE event SET start = ? WHERE id = ?", start, EPOCH_SHIFT + 6)
    with recording(file.parent, who) as (journal, recorder), pytest.raises(JournalDamagedError):
        journal.read(recorder.epoch, 6, 6, 1 << 20)


def test_what_is_recorded_is_there_whichever_way_an_inner_page_leads(file: Path, who: Identity) -> None:
    data = file.read_bytes()
    db = sqlite3.connect(file)
    (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'").fetchone()
    db.close()
    at = (page - 1) * schema.PAGE_BYTES
    assert data[at] == 5, "an inner page"
    count = int.from_bytes(data[at + 3 : at + 5], "big")
    for number in range(count):
        cell = at + int.from_bytes(data[at + 12 + 2 * number : at + 14 + 2 * number], "big")
        rotten = bytearray(data)
        rotten[cell + 4 + len(varint(EPOCH_SHIFT)) - 1] ^= 0x20
        for one in file.parent.iterdir():
            one.unlink()
        file.write_bytes(rotten)
        with recording(file.parent, who) as (journal, recorder):
            for _ in range(EVENTS):
                record(journal, recorder)
            held = journal.epochs()[-1]
            assert held.last == recorder.seq
            try:
                journal.check(0, 1000)
            except JournalDamagedError:
                continue  # seen by the patrol; the next record sets it aside
            found = [journal.read(held.epoch, seq, seq, 0) for seq in range(held.first, held.last + 1)]
            assert all(found), "and stays there"


def test_whatever_becomes_of_a_block_the_terminal_goes_on(
    tmp_path: Path, who: Identity, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    with recording(tmp_path / "data", who) as (journal, recorder):  # killed: most is in the log
        recorder.begin(STAMP)
        for number in range(EVENTS - 1):
            if number == EVENTS // 2:
                journal._file.shrink_log()
            recorder.record(BODY, STAMP)
        epoch, heads = recorder.epoch, [journal.head_of(recorder.epoch, seq) for seq in range(EVENTS + 1)]
        shutil.copytree(tmp_path / "data", tmp_path / "killed", ignore=shutil.ignore_patterns("*ballast"))
    chance = random.Random(seed)
    for number in range(BLOCKS):
        monkeypatch.setattr(schema, "CHECKED_AT_ONCE", chance.choice([0, 4 << 20]))
        data = tmp_path / "data"
        shutil.rmtree(data)
        shutil.copytree(tmp_path / "killed", data)
        file = data / ("journal.db", "journal.db-wal", "journal.head")[number % 3]
        rotten = bytearray(file.read_bytes())
        at, size = chance.randrange(len(rotten.rstrip(b"\0"))), chance.choice([2, 16, schema.PAGE_BYTES])
        rotten[at : at + size] = chance.choice([bytes, chance.randbytes])(len(rotten[at : at + size]))
        file.write_bytes(rotten)
        with in_time(), recording(data, who) as (journal, recorder):
            assert journal.opening.reason is not BootReason.FIRST
            for _ in range(3):
                record(journal, recorder)
            at_most = EVENTS if recorder.epoch != epoch else recorder.seq - 4  # a log cut short: told by the copy of h
            for seq in range(1, at_most + 1):
                assert journal.head_of(epoch, seq) in {None, heads[seq]}, "nothing false"


def varint(value: int) -> bytes:
    """Return a number as SQLite writes the number of a row."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return bytes(reversed(parts))
