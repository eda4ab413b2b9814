"""The journal read beside its terminal: the reader changes nothing, and sees one moment."""

import sqlite3
from pathlib import Path

import pytest

from samples.journals import BODY, STAMP, recording
from zhendao.device.errors import JournalDamagedError
from zhendao.device.identity.values import Identity
from zhendao.device.journal.beside import read_beside

COUNT = "SELECT count(*) FROM event"


def count(db: sqlite3.Connection) -> int:
    (found,) = db.execute(COUNT).fetchone()
    return int(found)


@pytest.mark.parametrize("frames", [0, 1], ids=["all in the database", "something in the log"])
def test_a_reader_takes_nothing_from_the_terminal(tmp_path: Path, identity: Identity, frames: int) -> None:
    file = tmp_path / "data" / "journal.db"
    with recording(tmp_path / "data", identity) as (journal, recorder):
        recorder.begin(STAMP)
        journal._file.shrink_log()
        for _ in range(frames):
            recorder.record(BODY, STAMP)
        before = {one.name: (one.stat().st_ino, one.read_bytes()) for one in file.parent.glob("journal*")}
        assert read_beside(file, count) == 1 + frames
        assert {one.name: (one.stat().st_ino, one.read_bytes()) for one in file.parent.glob("journal*")} == before
        recorder.record(BODY, STAMP)
        assert read_beside(file, count) == 2 + frames
        assert file.with_name("journal.db-wal").stat().st_ino == before["journal.db-wal"][0]


def test_what_is_no_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalDamagedError):
        read_beside(tmp_path / "journal.db", count)
    (tmp_path / "journal.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(JournalDamagedError):
        read_beside(tmp_path / "journal.db", count)


def test_other_programs_find_it_locked(tmp_path: Path, identity: Identity) -> None:
    with recording(tmp_path / "data", identity) as (_, recorder):
        recorder.begin(STAMP)
        db = sqlite3.connect(tmp_path / "data" / "journal.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            db.execute("DELETE FROM event")
        db.close()
