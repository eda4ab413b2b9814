"""`zhendao-sim city` as it is called: what it says, and what it refuses before anything is written."""

import json
from pathlib import Path

import pytest

from zhendao.simulators.cli import main


def test_it_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["city", "--seed", "3", "--out", str(tmp_path / "city"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["events"] == len((tmp_path / "city/events.jsonl").read_bytes().splitlines())
    truth = json.loads((tmp_path / "city/truth.json").read_bytes())
    assert told["visits"] == len(truth["visits"])
    assert told["frauds"] == sum(visit["fraud"] is not None for visit in truth["visits"])


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["city", "--out", str(tmp_path), "--lang", "en"]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("days", ["0", "367"])
def test_days_have_their_bounds(tmp_path: Path, days: str) -> None:
    assert main(["city", "--days", days, "--out", str(tmp_path / "city")]) == 2
    assert not (tmp_path / "city").exists()
