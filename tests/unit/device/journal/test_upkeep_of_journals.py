"""Retention, patrol, large journals, journals of the release before."""

from dataclasses import replace
from pathlib import Path

import pytest

from samples.journals import BODY, STAMP, aged, recording
from zhendao.device.errors import JournalDamagedError
from zhendao.device.identity.values import Identity
from zhendao.device.journal import schema, upkeep
from zhendao.device.journal.entries import Entry, Grade, Settled
from zhendao.device.journal.recorder import Recorder, _End
from zhendao.device.journal.upkeep import Upkeep
from zhendao.protocol.bodies import Sos
from zhendao.protocol.vocabulary import BootReason

HOUR_NS = 3600 * 1_000_000_000


@pytest.mark.parametrize("wall_ms", [0, 3_786_912_000_000], ids=["1970", "2090"])
def test_what_is_kept_goes_by_number_whatever_the_clock_says(tmp_path: Path, identity: Identity, wall_ms: int) -> None:
    stamp = replace(STAMP, wall_ms=wall_ms)
    with recording(tmp_path / "data", identity) as (journal, recorder):
        recorder.begin(STAMP)
        looking = Upkeep(journal, recorder, keep_events=50, keep_bytes=64 << 20)
        for _ in range(150):
            recorder.record(BODY, stamp)
        assert looking.retain(1) == 0, "the gateway has nothing of it"
        journal.settle([(recorder.epoch, 1, 140, Settled.COMMITTED)])
        assert looking.retain(1) == 100, "the boot event and the newest fifty stay"
        assert looking.retain(1) == 0
        assert journal.epochs()[0].first == 1
        assert journal.head_of(recorder.epoch, 101) is None
        assert journal.head_of(recorder.epoch, 102) is not None


def test_beyond_its_bytes_less_is_kept_and_nothing_undelivered_goes(tmp_path: Path, identity: Identity) -> None:
    with recording(tmp_path / "data", identity) as (journal, recorder):
        recorder.begin(STAMP)
        for _ in range(300):
            recorder.record(BODY, STAMP)
        looking = Upkeep(journal, recorder, keep_events=1000, keep_bytes=60_000)
        journal.settle([(recorder.epoch, 1, 250, Settled.COMMITTED)])
        assert looking.retain(1) > 0
        assert all(journal.head_of(recorder.epoch, seq) for seq in range(251, 302))


def test_the_patrol_comes_to_every_event_rests_and_begins_again(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "CHECKED_AT_ONCE", 16)
    aged(tmp_path / "data", identity, 300)
    with recording(tmp_path / "data", identity) as (journal, recorder):
        looking = Upkeep(journal, recorder, 1000, 1 << 30)
        for _ in range(300 // 16 + 1):
            looking.patrol(HOUR_NS)
        journal._file.db.execute("DROP TRIGGER event_is_final")
        journal._file.db.execute("UPDATE event SET commitment = ? WHERE id % 1099511627776 = 20", (bytes(32),))
        looking.patrol(2 * HOUR_NS)
        looking.patrol(2 * HOUR_NS)
        looking.patrol(26 * HOUR_NS)
        with pytest.raises(JournalDamagedError, match="event 20 "):
            looking.patrol(26 * HOUR_NS)
        looking.patrol(27 * HOUR_NS)


def test_a_large_journal_is_neither_read_through_nor_loaded(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "CHECKED_AT_ONCE", 1 << 20)
    many(tmp_path / "data", identity, 4000)
    size = (tmp_path / "data" / "journal.db").stat().st_size
    assert size > 1 << 20
    before = read_so_far()
    with recording(tmp_path / "data", identity) as (journal, recorder):
        assert journal.opening.reason is BootReason.START
        (held,) = journal.epochs()
        assert (held.last, held.urgent) == (4002, [4002])
        recorder.begin(STAMP)
        Upkeep(journal, recorder, 1000, 1 << 30).retain(1)
        assert read_so_far() - before < size // 3


def many(path: Path, who: Identity, count: int) -> None:
    """Record ``count`` events, and a call for help, in few transactions."""
    with recording(path, who) as (journal, recorder):
        start = recorder.begin(STAMP).start
        assert start is not None
        for at in range(0, count, 500):
            journal.append(recorder.epoch, [entry(recorder) for _ in range(min(500, count - at))])
        recorder.record(Sos(1, drill=True), STAMP)


def entry(recorder: Recorder) -> Entry:
    """Return the next event, chained and not yet written."""
    assert recorder._start is not None
    made = recorder._entry(BODY, STAMP, recorder._start.keys, recorder.seq + 1, Grade.ORDINARY)
    recorder._end = _End(recorder.epoch, made.seq, made.head)
    return made


def read_so_far() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("rchar")).split()[1])


def test_a_journal_of_the_release_before_is_taken_over(tmp_path: Path, identity: Identity) -> None:
    key, content = b"k" * 16, b"an open visit"
    with recording(tmp_path / "data", identity) as (journal, recorder):
        recorder.begin(STAMP)
        recorder.record(BODY, STAMP, lambda _seq: {key: content})
        journal._file.db.executescript(
            "BEGIN; DROP INDEX urgent; CREATE TABLE old (key BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;"
            "INSERT INTO old SELECT key, content FROM visit; DROP TABLE visit; ALTER TABLE old RENAME TO visit;"
            "PRAGMA user_version = 1; COMMIT;"
        )
    with recording(tmp_path / "data", identity) as (journal, recorder):
        assert journal.opening.reason is BootReason.START
        assert list(journal.visits()) == [(key, content)]
        recorder.record(BODY, STAMP, lambda _seq: {key: b"changed", b"l" * 16: b"another"})
        recorder.record(BODY, STAMP, lambda _seq: {key: None})
        assert list(journal.visits()) == [(b"l" * 16, b"another")]
    with recording(tmp_path / "data", identity) as (journal, _):
        assert list(journal.visits()) == [(b"l" * 16, b"another")]
