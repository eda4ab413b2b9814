"""Deletion that is proved: what is old is gone from the files, what is kept is proved as before. rule: PIPL"""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem
from sqlalchemy import delete, func, insert, select, update

from samples.evidence import HOUR_MS, Office, hard_visit, installed, office
from samples.line import SOME_DAY_MS
from samples.site import NOW_MS, Authority, Terminal
from samples.taps import HOUR_NS, check
from zhendao.command.run import run
from zhendao.gateway.accesses import book as accesses
from zhendao.gateway.accesses.verifying import verify
from zhendao.gateway.cases.tables import CASES, CORRECTION_ACTS
from zhendao.gateway.cases.values import Act
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.evidence.errors import EvidenceError
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.meals.tables import fills, meals
from zhendao.gateway.retention.book import Holds
from zhendao.gateway.retention.nightly import Nightly
from zhendao.gateway.retention.receipt import Removed, broken_at, receipt_of
from zhendao.gateway.retention.settings import RetentionTable
from zhendao.gateway.retention.sweep import DAY_MS, Run, Sweeper
from zhendao.gateway.retention.tables import DELETIONS
from zhendao.gateway.store.conclusions import checks, visit_revisions, visits
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.facts import events
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Direction
from zhendao.verifier.cli import main

LATER = NOW_MS + 20 * DAY_MS + 6 * HOUR_MS
NOW = LATER + DAY_MS
TEN_DAYS = RetentionTable(
    visits_days=10, events_days=10, fixes_days=10, findings_days=10, alerts_days=10, sends_days=10, meals_days=10,
    reminders_days=10, forwarded_days=10,
    quarantine_days=10, registry_days=10, accesses_days=183,
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(SM))
    terminal = hard_visit(made)
    later_visit(made, terminal)
    yield made
    made.site.store.close()


def later_visit(place: Office, line: Terminal) -> None:
    """Have the same terminal witness another visit, twenty days later; people correct that one too."""
    day_ms, hours = SOME_DAY_MS + 20 * DAY_MS, 24 * 20
    for direction, hour in ((Direction.IN, 1), (Direction.OUT, 2)):
        line.add(
            check(direction, None if direction is Direction.IN else 8),
            mono_ns=(hours + hour) * HOUR_NS,
            wall_ms=day_ms + hour * HOUR_MS,
        )
    place.site.take(line.message(8, len(line.items)), now_ms=LATER)
    place.site.settle(LATER + 60_000)
    clerk = place.site.pipeline.clerk
    assert clerk is not None
    newest = max(ids(place))[1]
    with place.site.store.writing() as connection:
        now = Now(LATER + 120_000, 0)
        end_ms = day_ms + 3 * HOUR_MS
        made = clerk.propose(newest, (None, end_ms), "no_check_out", "老人确认", "", "李婉")(connection, now)
        clerk.answer(made.number, Act.APPROVED, "", "王芳")(connection, now)
    place.site.settle(LATER + 180_000)
    place.heads.make(place.site.store, LATER + 200_000)


def ids(place: Office) -> list[tuple[int, bytes]]:
    with place.site.store.reading() as connection:
        query = select(visits.c.seq, visits.c.id).where(visits.c.state != "withdrawn")
        return [(row.seq, row.id) for row in connection.execute(query)]


def close_cases(place: Office) -> None:
    with place.site.store.writing() as connection:
        connection.execute(update(CASES).values(state="decided", closed_ms=NOW_MS))


def swept(place: Office, table: RetentionTable = TEN_DAYS, now_ms: int = NOW) -> Run:
    return Sweeper(place.keyring, place.heads, table, []).run(place.site.store, now_ms)


def evidence(place: Office, visit: bytes, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    file, root = folder / "visit.zde", folder / "root.crt"
    file.write_bytes(place.maker.make(visit, NOW + 1))
    root.write_bytes(pem.armor("CERTIFICATE", place.site.authority.root.der))
    capsys.readouterr()
    code = main([str(file), "--root", str(root), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_what_is_old_is_gone_and_what_is_kept_is_proved_as_before(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    close_cases(place)
    (_, old), (_, new) = sorted(ids(place))
    before = evidence(place, new, tmp_path, capsys)
    assert before[0] == 0
    assert evidence(place, old, tmp_path, capsys)[0] == 0
    run = swept(place)
    assert run.gone
    assert run.rows["visits"] > 0
    assert [one for _, one in ids(place)] == [new]
    code, told = evidence(place, new, tmp_path, capsys)
    assert (code, told["holds"]) == (0, True)
    with pytest.raises(EvidenceError):
        place.maker.make(old, NOW + 2)
    with place.site.store.reading() as connection:
        assert connection.execute(select(func.count()).where(visit_revisions.c.visit_id == old)).scalar() == 0
        assert connection.execute(select(func.count()).where(CORRECTION_ACTS.c.visit_id == old)).scalar() == 0
        closed = connection.execute(select(events).where(events.c.commitment == b"")).all()
        assert closed
        assert all(row.kind is None and row.wall_ms is None and len(row.sealed) == 32 for row in closed)


def test_no_byte_of_it_is_left_in_the_files_of_the_store(place: Office) -> None:
    close_cases(place)
    (_, old), (_, new) = sorted(ids(place))
    with place.site.store.reading() as connection:
        checked = connection.execute(select(events.c.sealed).where(events.c.seq == 2)).scalar_one()
        said = connection.execute(select(CORRECTION_ACTS.c.document).where(CORRECTION_ACTS.c.visit_id == old))
        secrets = [bytes(checked), *(bytes(one) for one in said.scalars()), f'"{old.hex()}"'.encode()]
    kept = f'"{new.hex()}"'.encode()
    folder = Path(place.site.folder)
    place.site.store.close()

    def files() -> bytes:
        return b"".join(path.read_bytes() for path in folder.glob("gateway.db*"))

    assert all(one in files() for one in [*secrets, kept])
    assert swept(place).gone
    left = files()
    assert kept in left
    assert [one for one in secrets if one in left] == []


def test_each_step_has_a_receipt_in_one_chain_signed_and_in_the_log(
    place: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    close_cases(place)
    swept(place)
    settings = str(installed(place))
    with place.site.store.reading() as connection:
        documents = connection.execute(select(DELETIONS.c.document).order_by(DELETIONS.c.id)).scalars().all()
    first = receipt_of(documents[0])
    assert (first.kind, first.rule) == ("visits", "retention.visits_days = 10")
    assert first.rows["visits"] == 1
    assert broken_at(documents) is None
    words = ["retention", "receipts", "--verify", "--json", "--config", settings]
    assert run(PROGRAM, words) == 0
    last = len(documents)
    with place.site.store.writing() as connection:
        connection.execute(delete(DELETIONS).where(DELETIONS.c.id == last))
    capsys.readouterr()
    assert run(PROGRAM, words) == 1  # the gateway's log holds it
    assert json.loads(capsys.readouterr().out)["broken_at"] == last
    place.site.store.close()
    with place.site.store.writing() as connection:
        connection.execute(update(DELETIONS).where(DELETIONS.c.id == 1).values(signature=bytes(64)))
    capsys.readouterr()
    assert run(PROGRAM, words) == 1
    assert json.loads(capsys.readouterr().out)["broken_at"] == 1


def test_an_open_case_and_a_hold_keep_a_visit_until_they_end(place: Office, capsys: pytest.CaptureFixture[str]) -> None:
    (_, old), _ = sorted(ids(place))
    settings = str(installed(place))
    with place.site.store.writing() as connection:
        connection.execute(update(CASES).values(state="open"))
    swept(place)
    assert old in {one for _, one in ids(place)}
    close_cases(place)
    words = ["retention", "hold", "--visit", old.hex(), "--why", "民政来函", "--by", "李婉", "--config", settings]
    assert run(PROGRAM, words) == 0
    swept(place)
    assert old in {one for _, one in ids(place)}
    with place.site.store.reading() as connection:
        (hold,) = Holds(place.site.key).all(connection)
        kept = select(func.count()).where(checks.c.epoch == events.c.epoch, checks.c.seq.in_([2, 4]))
        assert connection.execute(kept).scalar()
    assert (hold.key, hold.why, hold.by) == (old.hex(), "民政来函", "李婉")
    assert run(PROGRAM, ["retention", "release", str(hold.id), "--config", settings]) == 0
    assert run(PROGRAM, ["retention", "release", str(hold.id), "--config", settings]) == 1
    swept(place)
    assert old not in {one for _, one in ids(place)}
    assert run(PROGRAM, ["retention", "holds", "--config", settings]) == 0
    assert run(PROGRAM, ["retention", "status", "--config", settings]) == 0
    assert "民政来函" in capsys.readouterr().out


def test_a_run_that_is_cut_off_goes_on_and_does_nothing_twice(place: Office) -> None:
    close_cases(place)
    sweeper = Sweeper(place.keyring, place.heads, TEN_DAYS, [])
    steps = 0
    while True:
        run_ = sweeper.run(place.site.store, NOW, lambda: True)
        steps += 1
        if not run_.rows:
            break
        assert steps < 50
    whole = swept(place)
    with place.site.store.reading() as connection:
        documents = connection.execute(select(DELETIONS.c.document).order_by(DELETIONS.c.id)).scalars().all()
    assert broken_at(documents) is None
    assert sum(receipt_of(one).rows.get("visits", 0) for one in documents) == 1
    assert swept(place).rows == {}
    assert whole.gone


def test_an_event_that_comes_again_after_it_was_closed_is_a_duplicate(place: Office) -> None:
    close_cases(place)
    swept(place)
    with place.site.store.reading() as connection:
        count = connection.execute(select(func.count()).select_from(events)).scalar()
        device = connection.execute(select(events.c.device)).scalars().first()
    place.site.settle(NOW + DAY_MS)
    with place.site.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(events)).scalar() == count
        assert connection.execute(select(visits.c.id).where(visits.c.state != "withdrawn")).scalars().all()
    assert device is not None


def test_the_log_of_accesses_is_cut_at_a_head_and_verified_from_there(place: Office) -> None:
    for day in range(350, 0, -35):
        for number in range(3):
            with place.site.store.writing() as connection:
                at_ms = NOW - day * DAY_MS + number
                accesses.enter(connection, at_ms, ("a", "viewer"), "visits", "", items=1, names=False)
        place.heads.make(place.site.store, NOW - day * DAY_MS)
    swept(place)
    with place.site.store.reading() as connection:
        checked = verify(connection, place.keyring, Path(place.site.folder), place.heads.log)
    assert checked.problems == ()
    assert (checked.first, checked.last) == (16, 30)  # 350, 315, 280, 245 and 210 days old are gone


def test_nothing_is_deleted_where_it_is_switched_off_or_kept_for_ever(place: Office) -> None:
    close_cases(place)
    assert swept(place, RetentionTable(on=False, visits_days=1)).rows == {}
    forever = RetentionTable(visits_days=0, events_days=0, fixes_days=0, findings_days=0, alerts_days=0, sends_days=0,
                             meals_days=0, reminders_days=0,
                             forwarded_days=0, quarantine_days=0, registry_days=0)  # fmt: skip
    assert swept(place, forever).rows == {}
    assert Removed().rows == {}


@pytest.mark.parametrize("before", [True, False], ids=["missed-since", "never-done-yet"])
def test_a_running_gateway_does_it_in_the_night_or_when_it_was_missed(place: Office, before: bool) -> None:  # noqa: FBT001
    close_cases(place)
    if before:
        swept(place, now_ms=NOW - 5 * DAY_MS)  # so long ago was the last one
    ran = threading.Event()

    class Telling(Sweeper):
        def run(
            self, store: Store, now_ms: int, pause: Callable[[], bool] = lambda: False, as_of_ms: int | None = None
        ) -> Run:
            done = super().run(store, now_ms, pause, as_of_ms)
            ran.set()
            return done

    sweeper = Telling(place.keyring, place.heads, TEN_DAYS, [])
    thread = Nightly(place.site.store, sweeper, TEN_DAYS, 0).errand(lambda: NOW)
    thread.start()
    assert ran.wait(120)
    assert thread.stop(120)
    assert len(ids(place)) == 1


def test_a_clock_that_is_years_ahead_deletes_nothing(place: Office, caplog: pytest.LogCaptureFixture) -> None:
    close_cases(place)
    before, years = ids(place), NOW + 6 * 366 * DAY_MS
    sweeper = Sweeper(place.keyring, place.heads, RetentionTable(), [])
    run = Nightly(place.site.store, sweeper, RetentionTable(), 0).run(years, lambda _: False)
    assert (run.rows, ids(place)) == ({}, before)
    assert "2196 days ahead of all terminals" in caplog.text or "2197 days ahead" in caplog.text
    assert sweeper.run(place.site.store, years).rows["visits"]  # somebody looked at the clock


def test_meals_go_in_their_time(place: Office) -> None:
    old, new = NOW - 11 * DAY_MS, NOW - 9 * DAY_MS
    with place.site.store.writing() as connection:
        for name, at_ms, waits in ((b"a" * 16, old, False), (b"b" * 16, new, False), (b"c" * 16, old, True)):
            meal = {"number": 1, "line": 1, "received_ms": at_ms, "waits": waits, "doubtful": False, "revision": 1}
            connection.execute(insert(meals).values(id=name, at_ms=at_ms, changed_ms=at_ms, elder_id="E7", **meal))
            fill = {"number": 1, "line": 1, "point": "P", "day": "2026-09-01", "meal": 1, "elder_id": "E7"}
            connection.execute(insert(fills).values(id=name, **fill))
    swept(place)
    with place.site.store.reading() as connection:
        assert connection.execute(select(meals.c.id).order_by(meals.c.id)).scalars().all() == [b"b" * 16, b"c" * 16]
        assert connection.execute(select(func.count()).select_from(fills)).scalar() == 2
