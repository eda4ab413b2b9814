"""The log in the store: complete, in order, the same roots as over all its leaves, whatever the size of the steps."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from samples.evidence import Office, office
from samples.site import NOW_MS, Authority
from samples.taps import check
from zhendao.gateway.evidence.heads import write_file
from zhendao.gateway.evidence.log import Log
from zhendao.gateway.evidence.tables import LOG_ENTRIES, LOG_STRETCHES
from zhendao.gateway.store.conclusions import visit_revisions
from zhendao.gateway.store.facts import events
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.merkle import root_of
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Direction, SensorClass


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = office(tmp_path_factory.mktemp("gateway"), Authority(INTL))
    line = made.site.authority.terminal()
    line.add(check(Direction.IN))
    for number in range(1_100):
        line.add(Sensor("door", SensorClass.DOOR_CONTACT, number % 2, 0), sign=False)
    made.site.take(line.message(1, 1_102))
    yield made
    made.site.store.close()


def test_it_holds_everything_once_and_any_root_is_that_of_its_leaves(place: Office) -> None:
    log, added = Log(INTL, place.site.key), []
    with place.site.store.writing() as connection:
        while count := log.add(connection, 300):
            added.append(count)
        leaves = connection.execute(select(LOG_ENTRIES.c.leaf).order_by(LOG_ENTRIES.c.number)).scalars().all()
        facts = connection.execute(select(func.count()).select_from(events)).scalar() or 0
        revisions = connection.execute(select(func.count()).select_from(visit_revisions)).scalar() or 0
        assert len(leaves) == len(set(leaves)) == facts + revisions == sum(added)
        assert len(added) > 3
        kept = connection.execute(select(LOG_STRETCHES.c.level, LOG_STRETCHES.c.number)).all()
        assert {tuple(one) for one in kept} == {(8, 0), (8, 1), (8, 2), (8, 3), (9, 0), (9, 1), (10, 0)}
        for size in (1, 255, 256, 257, 511, 512, 600, 1_024, len(leaves)):
            assert log.stretch(connection, 0, size) == root_of(INTL, leaves[:size]), size
        assert log.stretch(connection, 512, 768) == root_of(INTL, leaves[512:768])


def test_an_entry_stays_when_what_it_stands_for_is_erased(place: Office) -> None:
    log = Log(INTL, place.site.key)
    place.heads.make(place.site.store, NOW_MS)
    with place.site.store.writing() as connection:
        size = log.size(connection)
        root = log.stretch(connection, 0, size)
        connection.execute(delete(events).where(events.c.seq == 7))
        assert log.add(connection) == 0
        assert (log.size(connection), log.stretch(connection, 0, size)) == (size, root)


def test_what_is_committed_late_under_a_lower_number_is_not_left_out(place: Office) -> None:
    log = Log(INTL, place.site.key)
    place.heads.make(place.site.store, NOW_MS)
    with place.site.store.writing() as connection:
        size = log.size(connection)
        # As if the transaction that wrote this row had not yet been committed when those behind it were logged.
        late = connection.execute(select(LOG_ENTRIES).where(LOG_ENTRIES.c.number == 900)).one()
        connection.execute(delete(LOG_ENTRIES).where(LOG_ENTRIES.c.number == 900))
        assert log.add(connection) == 1
        added = connection.execute(select(LOG_ENTRIES).where(LOG_ENTRIES.c.number == size)).one()
        assert (added.kind, added.row, added.leaf) == (late.kind, late.row, late.leaf)


def test_two_that_write_to_the_file_of_heads_at_once_write_none_twice_and_cut_none(
    place: Office, tmp_path: Path
) -> None:
    line = place.site.authority.terminal()
    for number in range(6):
        line.add(Sensor("door", SensorClass.DOOR_CONTACT, number % 2, 0))
        place.site.take(line.message(number + 1, number + 1))
        place.heads.make(place.site.store, NOW_MS + number)
    path, both = tmp_path / "log-heads.jsonl", threading.Barrier(2)

    def write() -> int:
        both.wait(120)
        with place.site.store.reading() as connection:
            return write_file(connection, path)

    with ThreadPoolExecutor(2) as two:
        for _ in range(10):
            path.unlink(missing_ok=True)
            written = [one.result() for one in [two.submit(write), two.submit(write)]]
            sizes = [json.loads(text)["size"] for text in path.read_text().splitlines()]
            assert sizes == sorted(set(sizes))
            assert sorted(written) == [0, len(sizes)]
