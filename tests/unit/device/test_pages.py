"""Pages read without the database: the same rows as SQLite gives, out of the log too; and any bytes end as rows."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.journal.pages import rows

VALUES = st.one_of(st.none(), st.integers(-(1 << 63), (1 << 63) - 1), st.binary(max_size=3000))
TABLES = st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=40)


def written(path: Path, content: list[tuple[object, ...]], page_bytes: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA page_size = {page_bytes}")
        db.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, a, b, c)")
        db.executemany("INSERT INTO one (a, b, c) VALUES (?, ?, ?)", content)


@given(content=TABLES, page_bytes=st.sampled_from([512, 1024, 4096]))
def test_rows_are_what_sqlite_gives(
    tmp_path_factory: pytest.TempPathFactory, content: list[tuple[object, ...]], page_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("pages") / "one.db"
    written(path, content, page_bytes)
    whole = path.read_bytes()
    expected = {(number, (None, *row)) for number, row in enumerate(content, 1)}
    found = set(rows(whole, b"", page_bytes))
    assert {one for one in found if len(one[1]) == 4} == expected
    headless = bytes(100) + whole[100:]
    assert {one for one in rows(headless, b"", page_bytes) if len(one[1]) == 4} == expected


def test_what_is_only_in_the_log_is_found(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    written(path, [(1, b"a", None)], 512)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.executemany("INSERT INTO one (a, b, c) VALUES (?, ?, ?)", [(n, bytes(900), b"x") for n in range(20)])
        database, log = path.read_bytes(), (tmp_path / "one.db-wal").read_bytes()
    found = {one for one in rows(database, log, 512) if len(one[1]) == 4}
    assert found == {(1, (None, 1, b"a", None)), *((n + 2, (None, n, bytes(900), b"x")) for n in range(20))}
    assert {one for one in rows(database, b"", 512) if len(one[1]) == 4} == {(1, (None, 1, b"a", None))}


@given(data=st.binary(max_size=4096), log=st.binary(max_size=2048), page=st.sampled_from([512, 1024]))
def test_any_bytes_end_as_rows(data: bytes, log: bytes, page: int) -> None:
    list(rows(data, log, page))


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("pages") / "one.db"
    written(path, [(n, bytes(n * 37 % 1500), b"y" * 40) for n in range(30)], 512)
    return path.read_bytes()


@given(spots=st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), max_size=30))
def test_a_database_scribbled_over_ends_as_rows(thirty: bytes, spots: list[tuple[int, bytes]]) -> None:
    whole = bytearray(thirty)
    for at, scribble in spots:
        whole[at : at + len(scribble)] = scribble
    list(rows(bytes(whole), b"", 512))
