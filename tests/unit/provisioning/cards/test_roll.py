"""Rolls of people: every mistake named with line and column, good ones read from CSV and XLSX alike."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.cards.errors import RollError
from zhendao.provisioning.cards.roll import Person, read_roll

ROWS = [
    ("护理员编号", "姓名", "角色", "芯片号", "备注"),
    ("C001", "李婉", "", "04A1B2C3D4E5F6", "x"),
    ("", "", "", "", ""),
    ("C002", "王强", "工程", "", ""),
]
PEOPLE = (
    Person(2, "C001", "李婉", Role.CAREGIVER, bytes.fromhex("04a1b2c3d4e5f6")),
    Person(4, "C002", "王强", Role.ENGINEER),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_as_spreadsheets_in_china_save_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_text("\r\n".join(",".join(row) for row in ROWS), encoding=encoding)
    assert read_roll(path, Role.CAREGIVER) == PEOPLE


def test_a_spreadsheet_is_read_the_same(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "roll.xlsx")
    assert read_roll(tmp_path / "roll.xlsx", Role.CAREGIVER) == PEOPLE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("caregiver_id\nC001\nC001\n", "roll.csv, line 3, column holder_id: C001 is in line 2 already"),
        ("caregiver_id,uid\nC1,04A1B2C3\nC2,04a1b2c3\n", "line 3, column uid: this uid is in line 2 already"),
        ("caregiver_id,uid\nC1,4A1B2C3\n", "line 2, column uid: '4A1B2C3' is no uid"),
        ("caregiver_id,role\nC1,nurse\n", "line 2, column role: there is no role 'nurse'"),
        ("caregiver_id,name\n,Li\n", "line 2, column holder_id: the number is missing"),
        ("name\nLi\n", "line 1: there is no column with the holder's number"),
        ("caregiver_id,护理员编号\nC1,C1\n", "line 1, column holder_id: the column is there twice"),
        ("", "holds nobody"),
        ('caregiver_id\n"C1\n', "is no valid CSV"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RollError) as failed:
        read_roll(path, Role.CAREGIVER)
    assert told in failed.value.what.en
    assert failed.value.problems[0].explain("zh") != failed.value.problems[0].explain("en")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_text("caregiver_id,uid,role\nC1,zz,x\n,04a1b2c3,\n", encoding="utf-8")
    with pytest.raises(RollError) as failed:
        read_roll(path, Role.CAREGIVER)
    assert len(failed.value.problems) == 3


def test_a_number_that_a_spreadsheet_made_of_a_uid_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["caregiver_id", "uid"])
    book.active.append(["C1", 4112233])
    book.save(tmp_path / "roll.xlsx")
    with pytest.raises(RollError, match=r"line 2, column B: 4112233 is no text"):
        read_roll(tmp_path / "roll.xlsx", Role.CAREGIVER)


@given(content=st.binary(max_size=200), name=st.sampled_from(["roll.csv", "roll.xlsx"]))
def test_any_bytes_are_a_roll_or_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("roll") / name
    path.write_bytes(content)
    try:
        people = read_roll(path, Role.CAREGIVER)
    except ZhendaoError:
        return
    assert people
