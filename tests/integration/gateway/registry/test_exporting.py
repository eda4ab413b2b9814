"""The registry written as files and loaded again: nothing is lost, nothing is calculated, and the reading is logged."""

import json
import re
import stat
import textwrap
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from samples.running import Gateway
from samples.site import Authority
from zhendao.command.roster.check import Row, check_rows
from zhendao.command.roster.digest import digest
from zhendao.command.roster.files import read
from zhendao.command.roster.sheets import BY_NAME
from zhendao.command.roster.workbook import workbook
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cli import main
from zhendao.gateway.store.engine import open_store

PAGE = Path(__file__).parents[4] / "docs" / "registry.md"


def example(folder: Path) -> Path:
    """Write the tables of the documentation's example."""
    folder.mkdir()
    for name, block in re.findall(r"`(\w+)\.csv`[^\n]*\n\n((?:    .+\n)+)", PAGE.read_text()):
        (folder / f"{name}.csv").write_text(textwrap.dedent(block))
    return folder


class Office:
    """A gateway's office: runs its commands."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int = 1
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.gateway = Gateway(folder, Authority(), number)
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def run(self, *words: object) -> tuple[int, str]:
        line = ["zhendao-gateway", *map(str, words), "--config", str(self.gateway.config), "--lang", "en"]
        self._monkeypatch.setattr("sys.argv", line)
        code = main()
        said = self._capsys.readouterr()
        return int(code or 0), said.out + said.err

    def json(self, *words: object) -> dict[str, object]:
        code, said = self.run(*words, "--json")
        assert code == 0, said
        told: dict[str, object] = json.loads(said)
        return told


@pytest.mark.parametrize("name", ["backup", "backup.xlsx"])
def test_what_is_exported_loads_again_to_the_same_digest(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path / "one", capsys, monkeypatch)
    office.json("registry", "load", example(tmp_path / "in"))
    target = tmp_path / name
    told = office.json("registry", "export", target)
    assert office.json("registry", "load", target) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 29}
    other = Office(tmp_path / "two", capsys, monkeypatch, 2)
    other.json("registry", "load", target)
    digests = [office.json("registry", "digest", *more) for more in ([], [target])]
    digests.append(other.json("registry", "digest"))
    assert [one["digest"] for one in digests] == [told["digest"]] * 3
    other.json("registry", "load", example(tmp_path / "again"), "--replace")
    (tmp_path / "change").mkdir()
    (tmp_path / "change" / "家属.csv").write_text(
        "老人编号,次序,姓名,联系方式,关系,有效期起\nE001,1,王建国,13912345678,女儿,2026-11-01\n"
    )
    assert other.json("registry", "load", tmp_path / "change")["changed"] == 1
    assert other.json("registry", "digest")["digest"] != told["digest"]


def test_an_export_is_for_its_owner_alone_is_logged_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path / "one", capsys, monkeypatch)
    code, said = office.run("registry", "export", tmp_path / "nothing")
    assert (code, "nothing to export" in said, (tmp_path / "nothing").exists()) == (1, True, False)
    office.json("registry", "load", example(tmp_path / "in"))
    target = tmp_path / "backup"
    code, said = office.run("registry", "export", target, "--table", "caregivers", "--at", "2026-11-05")
    assert code == 0
    assert "1 rows written" in said
    (written,) = target.iterdir()
    assert "李婉" in written.read_text("utf-8-sig")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (target, written)] == [0o700, 0o600]
    before = written.read_bytes()
    code, said = office.run("registry", "export", target)
    assert (code, "there already" in said) == (1, True)
    assert written.read_bytes() == before
    code, said = office.run("registry", "export", tmp_path / "no" / "such.xlsx")
    assert (code, "cannot be written" in said) == (1, True)
    code, said = office.run("registry", "export", tmp_path / "later", "--table", "caregivers", "--at", "2026-12-05")
    assert (code, "nothing to export" in said) == (1, True)
    store = open_store(f"sqlite:///{office.gateway.database}")
    with store.reading() as connection:
        logged = connection.execute(select(ACCESSES.c.resource, ACCESSES.c["items"], ACCESSES.c.names)).all()
    store.close()
    assert [tuple(row) for row in logged] == [("registry export", n, True) for n in (1, 29, 29)]


def test_the_list_of_caregivers_goes_out_and_in_again_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, target = Office(tmp_path / "one", capsys, monkeypatch), tmp_path / "list.xlsx"
    office.json("registry", "load", example(tmp_path / "in"))
    assert office.json("caregivers", "export", target, "--at", "2026-11-05")["rows"] == {"caregiver_list": 1}
    taken = office.json("caregivers", "load", target, "--at", "2026-11-06")
    assert taken == {"added": 0, "changed": 0, "removed": 0, "unchanged": 0}
    code, said = office.run("caregivers", "load", tmp_path / "none.xlsx")
    assert (code, "cannot be read" in said) == (1, True)
    code, said = office.run("caregivers", "export", target, "--at", "2026-11-05")
    assert (code, "there already" in said) == (1, True)


def test_what_is_overdue_is_listed_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path / "one", capsys, monkeypatch)
    office.json("registry", "load", example(tmp_path / "in"))
    assert office.run("registry", "overdue", "--at", "2026-11-20")[1].strip() == "nothing is overdue"
    code, said = office.run("registry", "overdue", "--at", "2027-02-01")
    code, supply = office.run("registry", "supply", "--at", "2026-11-20")
    assert (code, "ORG1" in supply, "yes" in supply) == (0, True, True)
    assert (code, "E001" in said, "3 months from 2026-11" in said, "王秀兰" in said) == (0, True, True, False)


_words = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp")), min_size=1, max_size=40
) | st.sampled_from(["=1+1", "#N/A?", "_x0041_", "007", "1e5", "TRUE", "@x", '"', "'5", "2026-11-01", "+86 21"])


@settings(max_examples=40)
@given(st.lists(_words, min_size=1, max_size=5))
def test_no_text_is_calculated_or_turned_into_something_else(texts: list[str]) -> None:
    sheet = BY_NAME["elders"]
    blank = {column.name: None for column in sheet.columns} | {"tenant": "t", "valid_from": 0}
    rows = [Row(sheet, blank | {"elder_id": f"E{n}", "name": text}) for n, text in enumerate(texts)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lists.xlsx"
        path.write_bytes(workbook([(sheet, rows)]))
        (raw,), problems = read(path)
        formats = {cell.number_format for cells in load_workbook(path).active.iter_rows() for cell in cells}
    taken, wrong = check_rows(raw, UTC, "t")
    assert [*problems, *wrong] == []
    assert [row.values["name"] for row in taken] == texts
    assert digest(reversed(taken)) == digest(rows)
    assert formats == {"@"}
