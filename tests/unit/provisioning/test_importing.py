"""A customer's lists: each row is taken or told of, and what is taken reads again as the same, at the gateway too."""

import json
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from zhendao.command.roster.cells import Choice, Day, Degrees, Duration, Hex, Moment, Whole, Words
from zhendao.command.roster.check import Row, check_rows
from zhendao.command.roster.files import read
from zhendao.command.roster.outline import Outline
from zhendao.command.roster.sheets import SHEETS, Column, Sheet
from zhendao.command.roster.shifts import EVERY_DAY, Days, Hours, Names
from zhendao.command.roster.writing import table
from zhendao.protocol.enrolment import KeyStore, Request, sign_request
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Mounting, Placement, Role
from zhendao.provisioning import audit, token_log
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.founding import found
from zhendao.provisioning.terminals import approve
from zhendao.provisioning.token_log import Issued

NOW_S = 1_795_338_000
DOOR, CARD, DEVICE = b"d" * 16, b"c" * 16, b"t" * 16
CHIP = bytes.fromhex("04a1b2c3d4e5f6")
GOOD = {
    "地点": (
        "地点编号,纬度,经度,坐标系,半径,精度,地址,有效期起\nP1,31.1885432,-121.437,GCJ-02,60,5,天钥桥路,2026-11-01\n"
    ),
    "老人": "老人编号,姓名,联系方式,地点编号,照护等级,有效期起\nE1,王秀兰,13512345678,P1,红,2026-11-01\n",
    "护理员": "护理员编号,姓名,有效期起,有效期止\nC1,李婉,2026-11-01,2026-11-30\n",
    "标签": (
        f"标签编号,芯片号,角色,持有者编号,有效期起\n{DOOR.hex()},,门牌,P1,2026-11-01\n"
        f"{CARD.hex()},{CHIP.hex()},护理员,C1,2026-11-01\n"
    ),
    "终端": (
        "终端编号,安放方式,地点编号,老人编号,门牌标签编号,有效期起\n"
        f"{DEVICE.hex()},居家,P1,E1,{DOOR.hex()},2026-11-01\n"
    ),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that wrote a door tag and a card, and approved a terminal."""
    folder = tmp_path_factory.mktemp("office")
    made = found(folder / "authority", "xuhui", "correct horse", INTL, (), NOW_S)
    for token in (Issued(DOOR, Role.DOOR, b"\x04doors!", 0, 9), Issued(CARD, Role.CAREGIVER, CHIP, 0, 9)):
        for state in ("writing", "written"):
            token_log.append(made.folder, state, token, NOW_S)  # type: ignore[arg-type]
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = INTL.new_signing_key()
    (folder / "request").write_bytes(sign_request(Request(INTL, DEVICE, key.spki, spki, KeyStore.FILE, "1.0", 1), key))
    approve(made, folder / "request", Duty(Placement.HOME, Mounting.CRADLE, DOOR), None, NOW_S)
    return made


def lists(folder: Path, **changed: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (GOOD | changed).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def run(office: Authority, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    code = main(["import", str(office.folder), *map(str, words), "--json", "--lang", "en"])
    said = capsys.readouterr()
    return code, json.loads(said.out or said.err)


def test_good_lists_are_written_as_the_gateway_loads_them(
    office: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code, told = run(office, capsys, lists(tmp_path / "in"), "--out", out)
    assert (code, told["problems"]) == (0, [])
    assert told["rows"] == {"places": 1, "elders": 1, "caregivers": 1, "tokens": 2, "terminals": 1}
    assert sorted(one.name for one in out.iterdir()) == ["地点.csv", "护理员.csv", "标签.csv", "终端.csv", "老人.csv"]
    assert all(one.stat().st_mode & 0o077 == 0 for one in out.iterdir()), "they hold names"
    assert _rows_in(tmp_path / "in") == _rows_in(out)
    assert audit.read(office.folder)[-1]["rows"] == 6


def _rows_in(folder: Path) -> set[object]:
    zone = ZoneInfo("Asia/Shanghai")
    rows = [row for raw in read(folder)[0] for row in check_rows(raw, zone, "xuhui")[0]]
    return {(row.sheet.name, *row.values.items()) for row in rows}


def test_a_spreadsheet_does_as_well(office: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, text in GOOD.items():
        tab = book.create_sheet(name)
        for line in text.splitlines():
            tab.append(line.split(","))
    book.save(tmp_path / "lists.xlsx")
    code, told = run(office, capsys, tmp_path / "lists.xlsx")
    assert (code, told["problems"]) == (0, [])


def test_every_wrong_row_is_told_with_its_place_and_the_file_is_refused(
    office: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = GOOD["老人"] + "E2,,13512345678,P1,红,2026-11-01\nE3,赵,1,P1,紫,昨天\n"
    source, out = lists(tmp_path / "in", 老人=wrong), tmp_path / "out"
    code, told = run(office, capsys, source, "--out", out)
    assert code == 1
    said = told["error"]["what"]  # type: ignore[index]
    assert "老人.csv, line 3, column 姓名" in said
    assert "line 4, column 照护等级" in said
    assert "line 4, column 有效期起" in said
    assert not out.exists()


def test_the_good_rows_are_kept_where_the_caller_wants_it(
    office: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = GOOD["地点"].replace("GCJ-02", "火星")  # what refers to the place goes with it
    source, out = lists(tmp_path / "in", 地点=wrong), tmp_path / "out"
    code, told = run(office, capsys, source, "--out", out, "--keep-good")
    assert code == 1
    assert told["rows"] == {"caregivers": 1, "tokens": 1}
    assert {(one["file"], one["line"]) for one in told["problems"]} == {  # type: ignore[attr-defined]
        ("地点.csv", 2), ("老人.csv", 2), ("标签.csv", 2), ("终端.csv", 2),
    }  # fmt: skip
    report = (out / "problems" / "problems.csv").read_text("utf-8-sig").splitlines()
    assert report[0] == "file,line,column,what,how to mend it"
    assert len(report) == 1 + len(told["problems"])  # type: ignore[arg-type]
    assert read(out)[1] == [], "the report is no list, and a load does not stumble over it"


@pytest.mark.parametrize(
    ("name", "old", "new", "column", "word"),
    [
        ("标签", CARD.hex(), "ab" * 16, "标签编号", "written no such token"),
        ("标签", CHIP.hex(), "04ffffffffffff", "芯片号", "another chip"),
        ("标签", "护理员,C1", "老人,E1", "角色", "written as caregiver"),
        ("终端", DEVICE.hex(), "ab" * 16, "终端编号", "approved no such terminal"),
        ("终端", "居家", "随身", "安放方式", "approved as home"),
        ("终端", DOOR.hex(), CARD.hex(), "门牌标签编号", "bound to the door tag"),
    ],
)
def test_what_the_authority_knows_better_is_told(
    office: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    name: str, old: str, new: str, column: str, word: str,
) -> None:  # fmt: skip
    source = lists(tmp_path / "in", **{name: GOOD[name].replace(old, new)})
    code, told = run(office, capsys, source)
    assert code == 1
    said = told["error"]["what"]  # type: ignore[index]
    assert f"{name}.csv" in said
    assert f"column {column}" in said
    assert word in said


def test_what_is_registered_already_may_be_referred_to(
    office: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = lists(tmp_path / "held")
    new = tmp_path / "new"
    new.mkdir()
    (new / "老人.csv").write_text("老人编号,姓名,地点编号,有效期起\nE2,赵桂英,P1,2026-11-01\n", encoding="utf-8")
    assert run(office, capsys, new)[0] == 0, "the list of places is not at hand: it is not looked at"
    assert run(office, capsys, new, "--registered", held)[0] == 0
    (new / "老人.csv").write_text("老人编号,姓名,地点编号,有效期起\nE2,赵桂英,P9,2026-11-01\n", encoding="utf-8")
    code, told = run(office, capsys, new, "--registered", held)
    assert code == 1
    assert "P9 is not in the table places" in told["error"]["what"]  # type: ignore[index]


def test_a_folder_that_is_there_is_not_written_into(
    office: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    code, told = run(office, capsys, lists(tmp_path / "in"), "--out", tmp_path / "out")
    assert code == 1
    assert "exists already" in told["error"]["what"]  # type: ignore[index]


_KEPT: dict[type, list[object]] = {
    Days: list(range(1, EVERY_DAY + 1)),
    Hours: ["00:00-24:00", "22:00-06:00", "08:30-24:00"],
    Names: [None, "徐家汇", "徐家汇、天平"],
    Day: ["1950-02-28", "2026-11-01"],
    Outline: ["31.1885000 121.4370000; 31.1886000 121.4370000; 31.1886000 -0.5000000"],
}


def _cell(column: Column) -> st.SearchStrategy[object]:
    match column.kind:
        case Hex(low, high):
            found: st.SearchStrategy[object] = st.binary(min_size=low, max_size=high)
        case Whole(low, high):
            found = st.integers(low, high)
        case Degrees(most):
            found = st.integers(-most * 10**7, most * 10**7)
        case Duration(most_s):
            found = st.integers(0, most_s)
        case Moment():
            found = st.integers(0, 4_000_000_000_000)
        case Choice(words):
            found = st.sampled_from(sorted(set(words.values()), key=str))
        case Days() | Hours() | Names() | Day() | Outline():
            found = st.sampled_from(_KEPT[type(column.kind)])
        case Words(longest):
            letters = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"))
            found = st.text(letters, min_size=1, max_size=longest)
        case _:
            raise AssertionError(column)
    return found if column.required else st.none() | found


@st.composite
def _rows(draw: st.DrawFn) -> tuple[Sheet, dict[str, object]]:
    sheet = draw(st.sampled_from(SHEETS))
    return sheet, {column.name: draw(_cell(column)) for column in sheet.columns}


@given(_rows())
def test_whatever_is_written_reads_again_as_the_same(made: tuple[Sheet, dict[str, object]]) -> None:
    sheet, values = made
    with TemporaryDirectory() as folder:
        (Path(folder) / f"{sheet.zh}.csv").write_bytes(table(sheet, [Row(sheet, values)]))
        (raw,), problems = read(Path(folder))
    assert problems == []
    for column in sheet.columns:
        cell = raw.rows[0].cells.get(column.name)
        assert (None if cell is None else column.kind.take(cell, UTC)) == values[column.name]
