"""A day of a real store in each format, by the command: what terminals signed, names, corrections; logged, and safe."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.told import NAMES
from samples.visited import Visited
from zhendao.command.run import run
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.formats.shipped import mapping_of

DAY = "2026-09-21"


@pytest.fixture
def visited(tmp_path: Path) -> Visited:
    found = Visited(tmp_path)
    found.visit(0)
    found.visit(180, 20)
    return found


def export(visited: Visited, name: str, *words: str, code: int = 0) -> bytes:
    target = visited.folder / f"{name}-{len(list(visited.folder.iterdir()))}.out"
    own = [f"--own={one}=7" for one in sorted(mapping_of(name).needed)]
    config = str(visited.settings())
    arguments = ["export", "--mapping", name, "--date", DAY, "--out", str(target), *own, *words, "--config", config]
    assert run(PROGRAM, arguments) == code
    return target.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_day_comes_out_in_every_format_and_two_visits_of_the_same_pair_stay_two(visited: Visited, name: str) -> None:
    said = export(visited, name)
    if mapping_of(name).shape == "tree":
        whole = json.loads(said)
        assert [len(whole[one]) for one in ("elders", "caregivers", "visits")] == [1, 1, 2]
        assert len({one["VisitOtherID"] for one in whole["visits"]}) == 2
    else:
        encoding = mapping_of(name).file.encoding
        lines = said.decode(encoding).splitlines()
        assert len(lines) == (4 if name == "zkteco" else 3)
        assert len(set(lines)) == len(lines)


def test_fixes_names_and_corrections_are_those_of_the_store(visited: Visited) -> None:
    _, short = visited.ids()
    visited.correct(short, 180 + 65)
    whole = json.loads(export(visited, "sandata"))
    client, employee = whole["elders"][0], whole["caregivers"][0]
    assert (client["ClientLastName"], client["ClientFirstName"], client["ClientIdentifier"]) == ("Wang", "Xiulan", "E1")
    assert (employee["EmployeeLastName"], employee["EmployeeHireDate"]) == ("Li", "2024-03-01")
    assert client["ClientAddress"][0]["ClientAddressLatitude"] == pytest.approx(31.18853, abs=1e-3)
    one, other = whole["visits"]
    assert [(call["CallLatitude"], call["CallLongitude"]) for call in one["Calls"]] == [(31.1886, 121.4365)] * 2
    assert "VisitChanges" not in one
    assert "AdjInDateTime" not in other
    (change,) = other["VisitChanges"]
    assert (change["ReasonCode"], change["ChangeMadeBy"]) == ("25", "Liwan")
    adjusted, witnessed = other["AdjOutDateTime"], other["Calls"][1]["CallDateTime"]
    assert adjusted > witnessed
    row = next(csv.DictReader(io.StringIO(export(visited, "hhax").decode().split("\r\n", 2)[0] + "\r\n" +
                                          export(visited, "hhax").decode().split("\r\n")[2])))  # fmt: skip
    assert (row["Visit Edit Reason Code"], row["Caregiver Gender"], row["Timesheet Required"]) == ("216", "Female", "Y")
    assert row["Visit End Time"] > row["EVV End Time"]


def test_an_export_is_a_new_file_of_its_owner_and_is_logged(visited: Visited, tmp_path: Path) -> None:
    export(visited, "carebridge")
    (target,) = tmp_path.glob("carebridge-*.out")
    assert target.stat().st_mode & 0o777 == 0o600
    with visited.site.store.reading() as connection:
        (row,) = connection.execute(select(ACCESSES)).all()
    assert (row.resource, row.names) == ("export", True)
    config = str(visited.settings())
    again = ["export", "--mapping", "zkteco", "--date", DAY, "--out", str(target), "--config", config]
    assert run(PROGRAM, again) == 2


def test_what_cannot_be_told_is_named_and_the_rest_is_written(
    visited: Visited, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "mine.toml"
    words = '[[visit]]\nname = "n"\nfrom = "visit.duration_s"\nas = ["code long"]\nrequired = true\n'
    words += '[codes.long]\n4200 = "x"\n'
    head = '[format]\nname = "mine"\nzh = "我"\nen = "m"\nshape = "rows"\ntime_zone = "UTC"\n'
    own.write_text(head + words)
    config, out = str(visited.settings()), str(tmp_path / "x.csv")
    arguments = ["export", "--mapping", str(own), "--date", DAY, "--out", out, "--json", "--config", config]
    assert run(PROGRAM, arguments) == 1
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["left_out"]) == (1, 0)
    (fault,) = said["faults"]
    assert fault["fields"][0]["name"] == "n"
    assert (tmp_path / "x.csv").read_text().split() == ["n", "x"]


def test_mappings_are_listed_shown_and_checked_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(PROGRAM, ["mapping", "ls", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == list(NAMES)
    assert run(PROGRAM, ["mapping", "show", "hhax"]) == 0
    mine = tmp_path / "mine.toml"
    mine.write_text(capsys.readouterr().out)
    assert run(PROGRAM, ["mapping", "check", str(mine), "--lang", "en"]) == 0
    assert "to be filled in before use: payer_id, tax_id" in capsys.readouterr().out
    mine.write_text(mine.read_text().replace('from = "visit.end"', 'from = "visit.ende"'))
    assert run(PROGRAM, ["mapping", "check", str(mine), "--lang", "zh"]) == 1
    said = capsys.readouterr().err
    assert "1 列" in said
    assert "是否指 visit.end？" in said


def test_what_is_lacking_or_wrong_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(
        'data_dir = "data"\nstore.url = "sqlite:///no/where.db"\nbroker.url = "mqtt://127.0.0.1:1883"\n'
        'http.listen = "127.0.0.1:0"\n'
    )
    for words in (["--mapping", "hhax", "--date", DAY], ["--mapping", "zkteco", "--date", "2026-13-01"]):
        assert run(PROGRAM, ["export", *words, "--out", str(tmp_path / "x"), "--config", str(config)]) == 2
