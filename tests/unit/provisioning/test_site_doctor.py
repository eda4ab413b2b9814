"""The laptop's doctor: each thing that it finds wrong is made so for real, and has a cure in both languages."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samples.disks import Filler, small_disk
from samples.family import NOW_S, YEAR_S, make_family
from zhendao.command.findings import Grade
from zhendao.protocol.statement import Statement, sign
from zhendao.protocol.suite import SM
from zhendao.provisioning.cli import main
from zhendao.provisioning.site import doctor

PASSPHRASE = "correct horse"
Run = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "one"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENDAO_PASSPHRASE", PASSPHRASE)
        assert main(["init", str(folder), "--tenant", "xuhui"]) == 0
    return folder


@pytest.fixture
def authority(founded: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded, tmp_path / "one")
    return tmp_path / "one"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("ZHENDAO_PASSPHRASE", raising=False)

    def call(*words: object, code: int) -> dict[str, dict[str, Any]]:
        capsys.readouterr()
        assert main(["doctor", *map(str, words), "--json"]) == code, capsys.readouterr()
        said = json.loads(capsys.readouterr().out)
        for one in said["findings"]:
            assert one["grade"] == "good" or one["part"] == "remark" or one["cure"], one
        return {one["part"]: one for one in said["findings"]}

    return call


def test_a_sound_authority_is_well(authority: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "words").write_text(PASSPHRASE)
    found = run(authority, "--passphrase-file", tmp_path / "words", code=0)
    assert {found[name]["grade"] for name in ("clock", "font", "authority", "issuing", "diary", "passphrase")} == {
        "good"
    }


def test_what_is_wrong_with_an_authority_is_named(authority: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("another passphrase")
    assert "wrong" in run(authority, "--passphrase-file", tmp_path / "words", code=1)["authority"]["what"]
    next((authority / "keys").glob("*.key")).chmod(0o644)
    diary = authority / "audit.jsonl"
    diary.write_text(diary.read_text() + diary.read_text().splitlines()[0] + "\n")
    found = run(authority, code=1)
    assert found["keys"]["grade"] == found["diary"]["grade"] == "bad"
    (authority / "issuing.crt").unlink()
    assert run(authority, code=1)["authority"]["grade"] == "bad"
    assert run(tmp_path / "nowhere", code=1)["authority"]["grade"] == "bad"


def test_a_disk_with_no_room(authority: Path, run: Run, tmp_path: Path) -> None:
    with small_disk(tmp_path / "stick") as stick:
        shutil.copytree(authority, stick / "one")
        filler = Filler(stick)
        filler.fill(leaving=64 << 10)
        assert run(stick / "one", code=1)["disk"]["grade"] == "bad"


def test_a_reader_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert run("--port", tmp_path / "none", code=1)["reader"]["grade"] == "bad"


def test_dates_and_clocks() -> None:
    certificate = make_family(SM).issuing
    grades = [
        doctor.dates("issuing", certificate, at).grade
        for at in (NOW_S - 90, NOW_S, NOW_S + 10 * YEAR_S - 86_400, NOW_S + 11 * YEAR_S)
    ]
    assert grades == [Grade.BAD, Grade.GOOD, Grade.NOTE, Grade.BAD]
    assert doctor.clock(86_400).grade is Grade.BAD


def test_records_are_explained(run: Run, tmp_path: Path) -> None:
    family = make_family(SM)
    cure = {"zh": "修", "en": "mend"}
    part = {"part": "reader", "outcome": "failed", "code": "x", "what": {"zh": "坏", "en": "broken"}, "cure": cure}
    noted = {**part, "part": "clock", "outcome": "noted"}
    facts = {"device": "0a" * 16, "made_ms": 1, "parts": [part, noted, {**part, "part": "disk", "outcome": "passed"}]}
    tested = tmp_path / "selftest.json"
    tested.write_bytes(sign(Statement("self-test", facts), "terminal", family.terminal_key, family.terminal).encode())
    found = run("--record", tested, code=1)
    assert (found["selftest-reader"]["cure"], found["selftest-reader"]["grade"]) == ("mend", "bad")
    assert found["selftest-clock"]["grade"] == "note"
    assert "selftest-disk" not in found
    survey = tmp_path / "survey.json"
    told = {
        "device": "0a" * 16,
        "made_ms": 1,
        "fixes": [],
        "datum": "wgs84",
        "receiver": None,
        "wanted": 1,
        "software": "1",
    }
    empty = Statement("survey", told)
    survey.write_bytes(sign(empty, "terminal", family.terminal_key, family.terminal).encode())
    assert run("--record", survey, code=0)["survey"]["grade"] == "note"
    tested.write_text(tested.read_text().replace("broken", "sound"))
    assert run("--record", tested, code=1)["record"]["grade"] == "bad"
    assert run("--record", tmp_path / "none", code=1)["record"]["grade"] == "bad"
