"""The list of caregivers (护理员信息清单): taken in with its own columns, history kept, written again as it came.

rule: ROSTER
"""

from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from zhendao.command.roster.caregiver_list import CAREGIVER_LIST
from zhendao.gateway.registry.book import Book, Outcome
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.errors import LoadError
from zhendao.gateway.registry.exporting import export_caregiver_list
from zhendao.gateway.registry.loading import load, load_caregiver_list
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey

CHINA = timezone(timedelta(hours=8))
NOV = 1_793_462_400_000  # 2026-11-01 00:00 in China
DAY = 86_400_000
HEADER = (
    "行政区划,姓名,联系方式,用户类型,职业类型,法定数据源比对结果,"
    "上月有效打卡天数,上月打卡是否有效,上周有效打卡天数,上周打卡是否有效,昨日打卡情况,"
    "工作为老服务机构,机构对外名称,为老服务机构地址,为老服务机构类型,护理员入职时间,就业类型"
)
LI = (
    "徐家汇,李婉,13612345678,护理员,养老护理员,一致,22,是,5,是,已打卡,"
    "安康,安康养老,肇嘉浜路 1 号,居家服务商,2024-03-01,全职"
)
WANG = "天平,王芳,13712345678,护理员,护士,一致,20,是,5,是,未打卡,仁济,,,护理院,2023-01-10,兼职"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    upgrade(store)
    yield store
    store.close()


@pytest.fixture
def book() -> Book:
    return Book(StoreKey(bytes(32)))


class Desk:
    def __init__(self, store: Store, book: Book, folder: Path) -> None:
        self.store, self.book, self.folder = store, book, folder

    def take(self, *lines: str, after_days: int = 0) -> Outcome:
        path = self.folder / "清单.csv"
        path.write_text("\n".join([HEADER, *lines]) + "\n")
        return self.take_file(path, after_days)

    def take_file(self, path: Path, after_days: int = 0) -> Outcome:
        from_ms = NOV + after_days * DAY
        return load_caregiver_list(self.store, self.book, path, zone=CHINA, tenant="xuhui", from_ms=from_ms)

    def refused(self, *lines: str, after_days: int = 0) -> str:
        before = self.registry().schedules, self.digests()
        with pytest.raises(LoadError) as caught:
            self.take(*lines, after_days=after_days)
        assert (self.registry().schedules, self.digests()) == before
        return caught.value.explain("en")

    def digests(self) -> list[object]:
        return [self.registry().caregivers_at(NOV + n * DAY) for n in range(40)]

    def registry(self) -> Registry:
        with self.store.reading() as connection:
            return snapshot(connection, self.book)


@pytest.fixture
def desk(store: Store, book: Book, tmp_path: Path) -> Desk:
    return Desk(store, book, tmp_path)


def test_a_list_is_taken_twice_as_once_and_a_change_holds_from_its_day(desk: Desk) -> None:
    assert desk.take(LI, WANG) == Outcome(added=4, changed=0, removed=0, unchanged=0)
    assert desk.take(LI, WANG, after_days=3) == Outcome(added=0, changed=0, removed=0, unchanged=0)
    moved = LI.replace("安康,安康养老,肇嘉浜路 1 号,居家服务商", "仁济,,,护理院").replace("已打卡", "未打卡")
    assert desk.take(moved, after_days=10) == Outcome(added=1, changed=1, removed=0, unchanged=0)
    registry = desk.registry()
    (li,) = [one for one in registry.caregivers_at(NOV) if one.region == "徐家汇"]
    assert (li.occupation, li.employed_on, li.user_type) == ("carer", "2024-03-01", "护理员")
    at = [registry.caregiver(li.caregiver_id, NOV + 10 * DAY + ms) for ms in (-1, 0)]
    assert [one.organisation if one else None for one in at] == ["安康", "仁济"]
    assert {one.type for one in registry.standing.organisations_at(NOV)} == {"home-care", "nursing-home"}
    # The list of before, from a day on which it was already changed, is a change like any other.
    assert desk.take(LI, after_days=10).changed == 1
    assert desk.registry().caregiver(li.caregiver_id, NOV + 20 * DAY) == at[0]


def test_what_is_empty_and_whom_it_leaves_out_stays_as_it_was(desk: Desk) -> None:
    desk.take(LI, WANG)
    assert desk.take(",李婉,13612345678,,,,,,,,,,,,,,", after_days=1) == Outcome(0, 0, 0, 0)
    assert len(desk.registry().caregivers_at(NOV + 2 * DAY)) == 2


def test_who_is_registered_with_a_number_keeps_it(desk: Desk, tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "护理员.csv").write_text(
        "护理员编号,姓名,联系方式,机构编号,有效期起,有效期止\nC1,李婉,13612345678,ORG1,2026-01-01,2026-12-31\n"
    )
    (lists / "机构.csv").write_text("机构编号,机构名称,机构类型,容量,有效期起\nORG1,安康,居家服务商,120,2026-01-01\n")
    load(desk.store, desk.book, lists, zone=CHINA, tenant="xuhui")
    assert desk.take(LI) == Outcome(added=2, changed=2, removed=0, unchanged=0)
    registry = desk.registry()
    firm = registry.standing.organisation("ORG1", NOV)
    assert firm is not None
    assert firm.capacity == 120
    found = [registry.caregiver("C1", ms) for ms in (NOV - 1, NOV, NOV + 61 * DAY)]
    assert [(one.occupation, one.organisation) if one else None for one in found] == [
        (None, "ORG1"), ("carer", "ORG1"), None
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([LI, LI], "line 3, column 姓名: is the person of line 2"),
        ([LI.replace("居家服务商", "")], "line 2, column 为老服务机构类型: 安康 is not registered: its type is needed"),
        (
            [LI, WANG.replace("仁济,,,护理院", "安康,,,护理院")],
            "line 3, column 为老服务机构类型: is not what",
        ),
        ([LI.replace("养老护理员", "厨师")], "line 2, column 职业类型: '厨师' is not one of the words"),
        ([LI.replace("李婉", "")], "line 2, column 姓名: must not be empty"),
        ([LI.replace("2024-03-01", "三月")], "is no date"),
        ([LI + ",多"], "more cells than the header"),
    ],
)
def test_what_cannot_be_taken_is_told_row_by_row_and_nothing_is_changed(
    desk: Desk, lines: list[str], words: str
) -> None:
    assert words in desk.refused(*lines)


def test_two_who_cannot_be_told_apart_are_told_of(desk: Desk, tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "护理员.csv").write_text("护理员编号,姓名,有效期起\nC1,李婉,2026-01-01\nC2,李婉,2026-01-01\n")
    load(desk.store, desk.book, lists, zone=CHINA, tenant="xuhui")
    assert "several who are registered" in desk.refused(",李婉,,,,,,,,,,,,,,,")


@pytest.mark.parametrize("name", ["清单导出.csv", "清单导出.xlsx"])
def test_the_list_is_written_in_its_own_columns_and_taken_again_as_it_is(desk: Desk, tmp_path: Path, name: str) -> None:
    desk.take(WANG, LI)
    target = tmp_path / name
    done = export_caregiver_list(desk.store, desk.book, target, at_ms=NOV, by="me", figures={})
    assert done.rows == {"caregiver_list": 2}
    if name.endswith(".xlsx"):
        rows = [["" if cell is None else cell for cell in row] for row in load_workbook(target).active.values]
    else:
        rows = [line.split(",") for line in target.read_text("utf-8-sig").splitlines()]
    figures = HEADER.split(",").index("上月有效打卡天数")
    expected = [one.split(",") for one in (WANG, LI)]
    for one in expected:
        one[figures : figures + 5] = ["0", "否", "0", "否", "未打卡"]
    assert rows == [HEADER.split(","), *expected]
    assert [column.zh[0] for column in CAREGIVER_LIST.columns] == rows[0]
    assert desk.take_file(target, after_days=5) == Outcome(0, 0, 0, 0)


def test_a_spreadsheet_with_several_tabs_is_no_list(desk: Desk, tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet("二")
    for tab in book.worksheets:
        tab.append(HEADER.split(","))
    book.save(tmp_path / "两张.xlsx")
    with pytest.raises(LoadError, match="several tabs"):
        desk.take_file(tmp_path / "两张.xlsx")
    with pytest.raises(LoadError, match="cannot be read"):
        desk.take_file(tmp_path / "没有.xlsx")
