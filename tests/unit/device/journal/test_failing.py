"""Whatever fails while an event is written: no number meets a key twice, and the journal goes on by itself."""

import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from samples.journals import BODY, STAMP, recording
from zhendao.device.errors import JournalError, JournalFullError, JournalWriteError
from zhendao.device.identity.values import Identity
from zhendao.device.journal import recorder as recording_module
from zhendao.device.journal.database import Database
from zhendao.protocol.vocabulary import BootReason


class Faults:
    """Fails some transactions, before or after they reached the disk: the caller cannot know which."""

    def __init__(self, patch: pytest.MonkeyPatch, chance: random.Random) -> None:
        self._real, self._chance = Database._attempt, chance
        self.share = 0.0

        def attempt(database: Database, write: Any) -> None:
            self._attempt(database, write)

        patch.setattr(Database, "_attempt", attempt)

    def _attempt(self, database: Database, write: Any) -> None:
        if self._chance.random() >= self.share:
            self._real(database, write)
            return
        kind = self._chance.randrange(4)
        if kind == 0:
            raise JournalFullError(database.path)
        if kind == 3:
            raise RuntimeError("anything at all")
        if kind == 1:
            self._real(database, write)  # it is on the disk, and the word never came back
        database._doubt = "a made-up error"
        raise JournalWriteError("a made-up error")


def test_a_number_and_a_key_meet_once_whatever_fails(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    faults = Faults(monkeypatch, random.Random(seed))
    sealed: list[tuple[bytes, int]] = []
    real = recording_module.seal_event

    def seal(suite: Any, keys: Any, seq: int, *rest: Any) -> Any:
        sealed.append((keys.data_key, seq))
        return real(suite, keys, seq, *rest)

    monkeypatch.setattr(recording_module, "seal_event", seal)
    signalled: dict[int, bytes | None] = {}
    with recording(tmp_path / "data", identity) as (journal, recorder):
        recorder.begin(STAMP)
        faults.share = 0.3
        for _ in range(80):
            try:
                *_, done = recorder.record(BODY, STAMP)
            except (JournalError, RuntimeError):
                continue
            assert done.seq not in signalled
            signalled[done.seq] = journal.head_of(done.epoch, done.seq)
        faults.share = 0
        recorder.record(BODY, STAMP)
        assert len(sealed) == len(set(sealed))
        assert len(signalled) > 20
        assert all(head and journal.head_of(recorder.epoch, seq) == head for seq, head in signalled.items())
        assert journal.check(0, 1000) is None


def test_the_disk_fails_again_while_the_journal_is_opened_anew(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording(tmp_path / "data", identity) as (journal, recorder):
        recorder.begin(STAMP)
        recorder.record(BODY, STAMP)
        journal._file._doubt = "a made-up error"
        with monkeypatch.context() as patch:
            patch.setattr("zhendao.device.journal.opening.connect", _broken)
            for _ in range(3):
                with pytest.raises(JournalWriteError):
                    recorder.record(BODY, STAMP)
        boot, done = recorder.record(BODY, STAMP)
        assert (boot.seq, done.seq) == (3, 4)


def _broken(*_: Any) -> sqlite3.Connection:
    raise sqlite3.OperationalError("disk I/O error")


def test_a_journal_condemned_while_it_runs_is_set_aside_and_its_undelivered_events_go_on(
    tmp_path: Path, identity: Identity
) -> None:
    with recording(tmp_path / "data", identity) as (journal, recorder):
        recorder.begin(STAMP)
        for _ in range(9):
            recorder.record(BODY, STAMP)
        epoch = recorder.epoch
        heads = {seq: journal.head_of(epoch, seq) for seq in range(1, 11)}
        journal.condemn("a patrol found it")
        boot, done = recorder.record(BODY, STAMP)
        assert (boot.epoch, boot.seq, done.seq) == (recorder.epoch, 1, 2)
        assert boot.epoch != epoch
        assert {seq: journal.head_of(epoch, seq) for seq in heads} == heads
        assert journal.opening.reason is BootReason.JOURNAL_DAMAGED
        part = journal.read(epoch, 1, 10, 1 << 20)
        assert part is not None
        assert len(part.entries) == 10
    assert len(list((tmp_path / "data").glob("journal.db.corrupt.*[0-9]"))) == 1
    with recording(tmp_path / "data", identity) as (journal, recorder):
        assert journal.opening.reason is BootReason.START
        assert [one.last for one in journal.epochs()] == [10, 2]


def test_an_interrupted_setting_aside_keeps_log_and_file_together(tmp_path: Path, identity: Identity) -> None:
    data = tmp_path / "data"
    with recording(data, identity) as (_, recorder):
        recorder.begin(STAMP)
        (data / "copy").write_bytes((data / "journal.db-wal").read_bytes())
    (data / "journal.db").rename(data / "journal.db.corrupt.7")
    (data / "copy").rename(data / "journal.db-wal")
    with recording(data, identity) as (journal, _):
        assert journal.opening.reason is BootReason.JOURNAL_MISSING
    assert (data / "journal.db.corrupt.7-wal").stat().st_size > 0
