"""Loading a registry from CSV and XLSX into a real store: whole or not at all, twice as once, errors by row."""

import re
import textwrap
import time
from collections.abc import Iterator
from datetime import timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.event import listen, remove

from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.book import Book, Outcome, version
from zhendao.gateway.registry.current import Current, snapshot
from zhendao.gateway.registry.errors import LoadError
from zhendao.gateway.registry.loading import load, load_good, read_registry, read_rows
from zhendao.gateway.registry.tables import TABLES as REGISTRY
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.vocabulary import Datum, Placement, Role

CHINA = timezone(timedelta(hours=8))
DEVICE, DOOR = "0a" * 16, "d0" * 16
NOV = 1_793_462_400_000  # 2026-11-01 00:00 in China

TABLES = {
    "地点": """\
地点编号,纬度,经度,坐标系,半径,精度,地址,有效期起,有效期止
P1,31.1885432,121.437,GCJ-02,60,5,天钥桥路 1 号,2026-11-01,
""",
    "elders": """\
elder_id,name,phone,place_id,care_level,valid_from
E1,王秀兰,13512345678,P1,红,2026-11-01
""",
    "护理员": """\
护理员编号,姓名,联系方式,有效期起,有效期止
C1,李婉,13612345678,2026-11-01,2026-11-30
C1,李婉,,2026-12-01,
""",
    "标签": f"""\
标签编号,芯片号,角色,持有者编号,有效期起
{DOOR},04a1b2c3,门牌,P1,2026-11-01
,04a1b2c4,护理员,C1,2026-11-01
""",
    "terminals": f"""\
device,placement,place_id,elder_id,door_token,valid_from
{DEVICE},居家,P1,E1,{DOOR},2026-11-01
""",
    "服务项目": "服务代码,最短时长,最长时长,有效期起\n助洁,60分钟,90分钟,2026-11-01\n",
    "服务安排": "老人编号,护理员编号,服务代码,有效期起\nE1,C1,助洁,2026-11-01\n",
}


def write(folder: Path, **changed: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (TABLES | changed).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8-sig" if name == "地点" else "utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    upgrade(store)
    yield store
    store.close()


@pytest.fixture
def book() -> Book:
    return Book(StoreKey(bytes(32)))


def bring(store: Store, book: Book, source: Path, *, replace: bool = False) -> Outcome:
    return load(store, book, source, zone=CHINA, tenant="xuhui", replace=replace)


def test_a_folder_becomes_a_snapshot_and_a_second_load_changes_nothing(
    store: Store, book: Book, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in")
    assert bring(store, book, folder) == Outcome(added=9, changed=0, removed=0, unchanged=0)
    assert bring(store, book, folder) == Outcome(added=0, changed=0, removed=0, unchanged=9)
    current = Current(StoreKey(bytes(32)))
    with store.reading() as connection:
        assert version(connection) == 1
        registry = current.at(connection)
        assert current.at(connection) is registry
    terminal = registry.terminal(bytes.fromhex(DEVICE), NOV)
    assert terminal is not None
    assert (terminal.elder_id, terminal.placement) == ("E1", Placement.HOME)
    assert registry.terminal(bytes.fromhex(DEVICE), NOV - 1) is None
    place = registry.place("P1", NOV)
    assert place is not None
    assert (place.lat_e7, place.datum, place.radius_m) == (311_885_432, Datum.GCJ02, 60)
    card = registry.token(None, bytes.fromhex("04a1b2c4"), NOV)
    assert card is not None
    assert (card.role, card.holder_id) == (Role.CAREGIVER, "C1")
    service = registry.service("助洁", NOV)
    assert service is not None
    assert (service.min_s, service.max_s) == (3_600, 5_400)
    assert registry.service_of("E1", "C1", NOV) == "助洁"
    caregiver = registry.caregiver("C1", NOV)
    assert caregiver is not None
    assert caregiver.tenant == "xuhui"


def test_personal_columns_rest_sealed_and_open_with_the_key_alone(store: Store, book: Book, tmp_path: Path) -> None:
    bring(store, book, write(tmp_path / "in"))
    with store.reading() as connection:
        ((_, personal),) = book.rows(connection, BY_NAME["elders"], NOV)
        assert personal == {"name": "王秀兰", "phone": "13512345678"}
        assert book.names(connection, "caregivers", {"C1", "C9"}) == {"C1": "李婉"}
    store.close()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    for secret in ("王秀兰", "13512345678", "天钥桥路", "\\u738b"):
        assert secret.encode() not in on_disk


def test_a_changed_row_is_changed_and_replace_removes_what_is_no_longer_there(
    store: Store, book: Book, tmp_path: Path
) -> None:
    bring(store, book, write(tmp_path / "in"))
    shorter = TABLES["服务项目"].replace("60分钟", "45分钟")
    assert bring(store, book, write(tmp_path / "in", 服务项目=shorter)).changed == 1
    one = TABLES["护理员"].rsplit("\n", 2)[0] + "\n"
    assert bring(store, book, write(tmp_path / "in", 服务项目=shorter, 护理员=one), replace=True).removed == 1
    with store.reading() as connection:
        service = snapshot(connection, book).service("助洁", NOV)
    assert service is not None
    assert service.min_s == 2_700


def test_many_changed_and_removed_rows_are_one_statement_a_table(store: Store, book: Book, tmp_path: Path) -> None:
    head = "护理员编号,姓名,联系方式,有效期起\n"

    def people(count: int, phone: int) -> Path:
        path = tmp_path / "护理员.csv"
        path.write_text(head + "".join(f"H{n},李{n},{phone + n},2026-11-01\n" for n in range(count)), "utf-8")
        return path

    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement.split(maxsplit=1)[0])

    bring(store, book, people(40, 1_000))
    listen(store.engine, "before_cursor_execute", note)
    outcome = bring(store, book, people(30, 2_000), replace=True)
    remove(store.engine, "before_cursor_execute", note)
    assert (outcome.changed, outcome.removed) == (30, 10)
    assert (asked.count("UPDATE"), asked.count("DELETE")) == (1, 1)
    with store.reading() as connection:
        held = book.whole(connection, BY_NAME["caregivers"], NOV)
    assert [(row.values["caregiver_id"], row.values["phone"]) for row in held] == [
        (f"H{n}", str(2_000 + n)) for n in range(30)
    ]


def test_every_problem_is_told_with_file_line_column_and_cure_and_nothing_is_loaded(
    store: Store, book: Book, tmp_path: Path
) -> None:
    folder = write(
        tmp_path / "in",
        地点="地点编号,纬度,经度,坐标系,半径,精度,有效期起\nP1,131,121.4,火星,60,5,2026-11-01\n",
        护理员="护理员编号,姓名,有效期起,有效期止\nC1,,2026-11-02,2026-11-01\nC2,王,2026-11-02,2026-11-01\n",
    )
    with pytest.raises(LoadError) as caught:
        bring(store, book, folder)
    places = [(problem.file, problem.line, problem.column) for problem in caught.value.problems]
    assert places == [
        ("地点.csv", 2, "纬度"),
        ("地点.csv", 2, "坐标系"),
        ("护理员.csv", 2, "姓名"),
        ("护理员.csv", 3, "有效期止"),
    ]
    told = caught.value.explain("zh").splitlines()
    assert told[0] == "地点.csv，第 2 行，纬度 列：'131' 不是度数 → 请填十进制度数，±90 以内"
    assert told[-1] == "共 4 处错误，登记未作任何更改"
    with store.reading() as connection:
        assert version(connection) == 0


@pytest.mark.parametrize(
    ("table", "text", "words"),
    [
        ("护理员", "护理员编号,姓名,有效期起\nC1,李,2026-11-01\nC1,李,2026-12-01\n", "line 2"),
        ("护理员", "护理员编号,姓名,有效期起\nC1,李,2026-11-01\nC1,李,2026-11-01\n", "says again"),
        ("服务安排", "老人编号,护理员编号,服务代码,有效期起\nE9,C1,助洁,2026-11-01\n", "E9 is not in"),
        ("标签", TABLES["标签"].replace("护理员,C1", "护理员,C7"), "C7 is not in"),
        ("标签", f"{TABLES['标签']}{DOOR},04ffffff,门牌,P1,2026-11-15\n", "holds at the same time"),
        ("租户", "租户,名称,有效期起\nbaoshan,宝山区,2026-11-01\n", "xuhui is not in"),
        ("标签", f"{TABLES['标签']},,门牌,P1,2026-11-15\n", "both empty"),
        ("服务项目", "服务代码,最短时长,最长时长,有效期起\n助洁,90分钟,60分钟,2026-11-01\n", "shorter than"),
        ("护理员", "护理员编号,姓各,有效期起\nC1,李,2026-11-01\n", "did you mean 姓名"),
        ("护理员", "护理员编号,姓名,name,有效期起\nC1,李,李,2026-11-01\n", "there twice"),
        ("护理员", "护理员编号,姓名\nC1,李\n", "needed column is missing"),
        ("护理员", '护理员编号,姓名,有效期起\nC1,"李"婉,2026-11-01\n', "no valid CSV"),
        ("护理员", "护理员编号,姓名,\x1b[2J,有效期起\nC1,李,x,2026-11-01\n", "column ?[2J"),
        ("护理员", "", "no header"),
        ("花名册", "x\n", "not the name of"),
        ("caregivers", TABLES["护理员"], "same table"),
    ],
)
def test_each_fault_has_its_words(store: Store, book: Book, tmp_path: Path, table: str, text: str, words: str) -> None:
    with pytest.raises(LoadError) as caught:
        bring(store, book, write(tmp_path / "in", **{table: text}))
    assert words in caught.value.explain("en")
    with store.reading() as connection:
        assert version(connection) == 0


def test_the_example_of_the_documentation_loads(store: Store, book: Book, tmp_path: Path) -> None:
    page = (Path(__file__).parents[4] / "docs" / "registry.md").read_text()
    blocks = re.findall(r"`(\w+)\.csv`[^\n]*\n\n((?:    .+\n)+)", page)
    assert {name for name, _ in blocks} == {sheet.zh for sheet in BY_NAME.values()} - {"租户"}
    for name, block in blocks:
        (tmp_path / f"{name}.csv").write_text(textwrap.dedent(block))
    assert bring(store, book, tmp_path).added == 29
    with store.reading() as connection:
        held = snapshot(connection, book)
    files = read_registry(tmp_path, CHINA, "xuhui")
    for moment in (NOV - 1, NOV, NOV + 20 * 86_400_000):
        assert files.caregivers_at(moment) == held.caregivers_at(moment)
        assert files.elders_at(moment) == held.elders_at(moment)
        assert files.terminals_at(moment) == held.terminals_at(moment)
        assert files.seats_at(moment) == held.seats_at(moment)
        assert files.places_of("E001", moment) == held.places_of("E001", moment)
        assert files.service("助洁", moment) == held.service("助洁", moment)
        assert files.standing.meal_points_at(moment) == held.standing.meal_points_at(moment)
        assert files.standing.organisations_at(moment) == held.standing.organisations_at(moment)
        assert files.standing.block("C900", moment) == held.standing.block("C900", moment)
        assert files.standing.follow_ups("E001", moment) == held.standing.follow_ups("E001", moment)
    assert files.schedules == held.schedules


def test_columns_that_came_later_change_nothing_of_what_was_loaded_before(
    store: Store, book: Book, tmp_path: Path
) -> None:
    bring(store, book, write(tmp_path / "in"))
    digests = []
    with store.reading() as connection:
        for name in ("places", "elders", "caregivers", "services", "schedules"):
            digests += connection.execute(select(REGISTRY[name].c.digest)).scalars().all()
    # As they were written when these tables had no late columns.
    assert sha256(b"".join(sorted(digests))).hexdigest()[:16] == "4d971f22a02c420f"


def test_tenants_are_listed_where_there_are_several(store: Store, book: Book, tmp_path: Path) -> None:
    tenants = "租户,名称,有效期起\nxuhui,徐汇区,2026-11-01\nbaoshan,宝山区,2026-11-01\n"
    elders = "elder_id,name,tenant,valid_from\nE1,王秀兰,baoshan,2026-11-01\n"
    bring(store, book, write(tmp_path / "in", 租户=tenants, elders=elders))
    with store.reading() as connection:
        elder = snapshot(connection, book).elder("E1", NOV)
    assert elder is not None
    assert elder.tenant == "baoshan"


def test_a_new_row_may_not_overlap_with_what_is_registered(store: Store, book: Book, tmp_path: Path) -> None:
    bring(store, book, write(tmp_path / "in"))
    later = tmp_path / "later"
    later.mkdir()
    (later / "elders.csv").write_text("elder_id,name,valid_from\nE1,王秀兰,2027-01-01\n")
    with pytest.raises(LoadError, match="registered already"):
        bring(store, book, later)


def test_a_spreadsheet_says_the_same_as_csv(store: Store, book: Book, tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, text in TABLES.items():
        tab = workbook.create_sheet(name)
        for line in text.splitlines():
            tab.append(line.split(","))
    path = tmp_path / "登记.xlsx"
    workbook.save(path)
    bring(store, book, write(tmp_path / "in"))
    assert bring(store, book, path).unchanged == 9


def test_a_chip_number_that_became_a_number_is_told_of(tmp_path: Path) -> None:
    workbook = Workbook()
    tab = workbook.worksheets[0]
    tab.title = "tokens"
    tab.append(["uid", "role", "holder_id", "valid_from"])
    tab.append([4112233, "工程", "X1", "2026-11-01"])
    workbook.save(tmp_path / "t.xlsx")
    with pytest.raises(LoadError, match="format the cell as text"):
        read_rows(tmp_path / "t.xlsx", CHINA, "t")


def test_csv_as_saved_by_a_chinese_spreadsheet_program(store: Store, book: Book, tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    (folder / "护理员.csv").write_bytes(TABLES["护理员"].replace("\n", "\r\n").encode("gb18030"))
    assert bring(store, book, folder).added == 9


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_bytes_that_are_no_table_are_problems_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "bytes"
    folder.mkdir(exist_ok=True)
    (folder / "elders.csv").write_bytes(content)
    with pytest.raises(LoadError):
        read_rows(folder, CHINA, "t")
    (tmp_path / "bytes.xlsx").write_bytes(b"PK\x03\x04" + content)
    with pytest.raises(LoadError):
        read_rows(tmp_path / "bytes.xlsx", CHINA, "t")
    with pytest.raises(LoadError):
        read_rows(tmp_path / "missing", CHINA, "t")


def test_good_rows_are_kept_where_that_is_wanted_and_the_others_told(store: Store, book: Book, tmp_path: Path) -> None:
    source = write(
        tmp_path / "r",
        地点=(
            "地点编号,纬度,经度,坐标系,半径,精度,有效期起\nP1,31.1,121.4,GCJ-02,60,5,2026-11-01\n"
            "P2,91,121.4,GCJ-02,60,5,2026-11-01\n"
        ),
        elders=(
            "elder_id,name,place_id,valid_from\nE1,王秀兰,P1,2026-11-01\nE2,赵桂英,P2,2026-11-01\n"
            "E1,王秀兰,P1,2026-11-01\nE3,,P1,2026-11-01\n"
        ),
    )
    with pytest.raises(LoadError) as refused:
        load(store, book, source, zone=CHINA, tenant="t")
    assert len(refused.value.problems) == 2, "what is wrong in itself is told first"
    outcome, problems = load_good(store, book, source, zone=CHINA, tenant="t")
    assert {(one.file, one.line) for one in problems} == {
        ("地点.csv", 3), ("elders.csv", 3), ("elders.csv", 4), ("elders.csv", 5),
    }  # fmt: skip
    with store.reading() as connection:
        assert [row.values["elder_id"] for row, _ in book.rows(connection, BY_NAME["elders"], None)] == ["E1"]
    assert outcome.added == sum(1 for _ in _all_rows(store, book))
    again, problems = load_good(store, book, source, zone=CHINA, tenant="t")
    assert (again.added, again.changed, len(problems)) == (0, 0, 4)


def test_a_table_with_a_column_missing_is_refused_whole(store: Store, book: Book, tmp_path: Path) -> None:
    source = write(tmp_path / "r", elders="elder_id,name\nE1,王秀兰\n")
    with pytest.raises(LoadError, match="needed column"):
        load_good(store, book, source, zone=CHINA, tenant="t")
    assert list(_all_rows(store, book)) == []


def _all_rows(store: Store, book: Book) -> Iterator[object]:
    with store.reading() as connection:
        for sheet in BY_NAME.values():
            yield from book.rows(connection, sheet, None)


def test_an_entry_of_the_blocklist_accuses_nobody_of_what_was_before_it_was_made(
    store: Store, book: Book, tmp_path: Path
) -> None:
    write(tmp_path / "in")
    header = "number,reason,valid_from,valid_to\n"
    (tmp_path / "in/blocklist.csv").write_text(
        f"{header}04aabbcc,lost,2020-01-01,\n04aabbdd,lost,2020-01-01,2020-12-31\n"
    )
    before_ms = time.time_ns() // 1_000_000
    bring(store, book, tmp_path / "in")
    card, other = bytes.fromhex("04aabbcc"), bytes.fromhex("04aabbdd")

    def blocked(number: bytes, at_ms: int) -> bool:
        with store.reading() as connection:
            return snapshot(connection, book).standing.block_of(number, at_ms) is not None

    later_ms = time.time_ns() // 1_000_000
    assert not blocked(card, before_ms - 1)
    assert blocked(card, later_ms)
    assert not any(blocked(other, at_ms) for at_ms in (NOV, before_ms, later_ms))  # over before anybody wrote it down
    assert bring(store, book, tmp_path / "in").changed == 0
    assert bring(store, book, tmp_path / "in", replace=True).changed == 0
    assert not blocked(card, before_ms - 1)
    # Whoever says when it was made is believed, and a list that is exported says it.
    (tmp_path / "in/blocklist.csv").write_text(
        "number,reason,entered_at,valid_from\n04aabbcc,lost,2021-01-01,2020-01-01\n"
    )
    bring(store, book, tmp_path / "in")
    assert [blocked(card, NOV - years * 365 * 86_400_000) for years in (0, 5, 6)] == [True, True, False]
