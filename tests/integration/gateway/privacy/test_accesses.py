"""The log of accesses in the store: one chain whoever writes, heads in the gateway's log, edits found. rule: PIPL"""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, update

from samples.evidence import Office, installed, office
from samples.site import NOW_MS, Authority
from zhendao.command.run import run
from zhendao.gateway.accesses import book
from zhendao.gateway.accesses.chain import AccessHead, check
from zhendao.gateway.accesses.tables import ACCESS_HEADS
from zhendao.gateway.accesses.verifying import verify
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.evidence.anchored import heads_in_hand
from zhendao.gateway.evidence.heads import write_file
from zhendao.gateway.evidence.log import ACCESS
from zhendao.gateway.evidence.tables import LOG_ENTRIES
from zhendao.gateway.store import migrate
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.protocol.suite import SM


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(SM))
    yield made
    made.site.store.close()


def enter(place: Office, count: int, who: str = "a") -> None:
    for number in range(count):
        with place.site.store.writing() as connection:
            book.enter(connection, NOW_MS + number, (who, "viewer"), "visits", "", items=1, names=False)


def checked(place: Office) -> list[tuple[int, str]]:
    with place.site.store.reading() as connection:
        kept = heads_in_hand(connection, place.keyring, Path(place.site.folder), None)
        told = verify(connection, place.keyring, place.site.folder, place.heads.log, kept)
    return [(one.row, one.fault) for one in told.problems]


def edit(place: Office, statement: str) -> None:
    with sqlite3.connect(Path(place.site.folder) / "gateway.db") as raw:
        raw.execute(statement)
    raw.close()


def test_writers_side_by_side_make_one_chain(place: Office) -> None:
    writers = [threading.Thread(target=enter, args=(place, 25, f"writer {number}")) for number in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(120)
    with place.site.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ACCESSES)).scalar() == 100
    assert checked(place) == []


def test_heads_stand_in_the_gateways_log_and_hold_what_came_before(place: Office) -> None:
    enter(place, 5)
    place.heads.make(place.site.store, NOW_MS)
    place.heads.make(place.site.store, NOW_MS + 1)  # nothing was read: no head
    enter(place, 2)
    place.heads.make(place.site.store, NOW_MS + 2)
    with place.site.store.reading() as connection:
        assert connection.execute(select(ACCESS_HEADS.c.row)).scalars().all() == [5, 7]
        entries = connection.execute(select(LOG_ENTRIES.c.row).where(LOG_ENTRIES.c.kind == ACCESS)).scalars().all()
        told = verify(connection, place.keyring, place.site.folder, place.heads.log)
    assert entries == [1, 2]
    assert (told.rows, told.last, told.held, told.problems) == (7, 7, 7, ())


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE api_accesses SET filters = 'x' WHERE id = 3", (3, "altered")),
        ("UPDATE api_accesses SET names = 1 WHERE id = 4", (4, "altered")),
        ("DELETE FROM api_accesses WHERE id = 2", (2, "missing")),
        ("DELETE FROM api_accesses WHERE id > 3", (6, "cut-off")),
        ("DELETE FROM api_accesses WHERE id < 3", (2, "missing")),
        ("UPDATE access_heads SET document = zeroblob(60)", (0, "signature")),
        ("UPDATE access_heads SET signature = zeroblob(64)", (6, "signature")),
    ],
)
def test_an_edit_is_found_with_its_row(place: Office, statement: str, found: tuple[int, str]) -> None:
    enter(place, 6)
    place.heads.make(place.site.store, NOW_MS)
    assert checked(place) == []
    edit(place, statement)
    assert checked(place)[0] == found


CUT = ["DELETE FROM api_accesses WHERE id > 3", "DELETE FROM access_heads WHERE id > 1"]
ENTRY = "DELETE FROM log_entries WHERE number = (SELECT max(number) FROM log_entries)"
HEAD = "DELETE FROM log_heads WHERE size = (SELECT max(size) FROM log_heads)"


@pytest.mark.parametrize(
    ("edits", "found"),
    [(CUT, [(3, "log")]), ([*CUT, ENTRY], [(0, "log")]), ([*CUT, ENTRY, HEAD], [])],
    ids=["head", "entry", "all"],
)
def test_an_end_that_is_cut_off_with_its_head_is_found_by_the_gateways_log(
    place: Office, edits: list[str], found: list[tuple[int, str]], tmp_path: Path
) -> None:
    settings, elsewhere = str(installed(place)), tmp_path / "kept.jsonl"
    for _ in range(2):
        enter(place, 3)
        place.heads.make(place.site.store, NOW_MS)
    with place.site.store.reading() as connection:
        write_file(connection, elsewhere)
    words = ["access", "verify", "--config", settings]
    assert run(PROGRAM, [*words, "--heads", str(elsewhere)]) == 0
    for statement in edits:
        edit(place, statement)
    assert checked(place) == found
    assert run(PROGRAM, words) == bool(found)
    assert run(PROGRAM, [*words, "--heads", str(elsewhere)]) == 1  # what somebody else kept finds all of them


def test_a_row_that_was_rewritten_with_its_head_is_found(place: Office) -> None:
    enter(place, 3)
    place.heads.make(place.site.store, NOW_MS)
    before = checked(place)
    forged = AccessHead(place.keyring.tenant, 3, bytes(32), NOW_MS).document()
    with place.site.store.writing() as connection:
        connection.execute(update(ACCESS_HEADS).values(document=forged))
    assert before == []
    assert checked(place)[-1] == (0, "log")


def test_a_file_that_is_no_file_of_heads_is_told(place: Office, tmp_path: Path) -> None:
    settings, other = str(installed(place)), tmp_path / "other.jsonl"
    other.write_text("{}\n")
    assert run(PROGRAM, ["access", "verify", "--heads", str(other), "--config", settings]) == 1
    assert run(PROGRAM, ["access", "verify", "--heads", str(tmp_path / "none"), "--config", settings]) == 1


def test_rows_of_before_are_linked_by_the_migration(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/z.db")
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent.parent / "migrations"))
    before = ScriptDirectory.from_config(config).get_revision("0029").down_revision
    rows = [(number, number == 5) for number in (1, 2, 5, 9)]
    with store.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, str(before))
        for row in rows:
            connection.exec_driver_sql(
                "INSERT INTO api_accesses VALUES (?, 7, 'a', 'viewer', 'visits', 'q', 1, ?)", row
            )
    upgrade(store)
    with store.reading() as connection:
        told = check(book.entered(connection), [], lambda _: True)
    store.close()
    assert (told.rows, told.last, told.problems) == (4, 4, ())


def test_the_command_names_the_row_and_ends_with_one(place: Office, capsys: pytest.CaptureFixture[str]) -> None:
    settings = str(installed(place))
    enter(place, 3)
    place.heads.make(place.site.store, NOW_MS)
    enter(place, 1)
    assert run(PROGRAM, ["access", "verify", "--config", settings, "--lang", "en"]) == 0
    assert "4 rows (1 to 4)" in (said := capsys.readouterr().out)
    assert "up to row 3 signed heads hold them; 1 after it are not signed yet" in said
    edit(place, "UPDATE api_accesses SET token_id = 'nobody' WHERE id = 2")
    assert run(PROGRAM, ["access", "verify", "--config", settings, "--lang", "zh"]) == 1
    assert "第 2 行被改动" in capsys.readouterr().out


def test_nothing_else_enters_an_access() -> None:
    sources = Path(book.__file__).parents[2].rglob("*.py")
    assert [path.name for path in sources if "insert(ACCESSES" in path.read_text(encoding="utf-8")] == ["book.py"]
