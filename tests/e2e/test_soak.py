"""The soak as somebody starts it: a minute of random faults, then the books balance."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = [sys.executable, "-c", "import sys; from zhendao.simulators.cli import main; sys.exit(main())", "soak"]


@pytest.mark.long
def test_a_minute_of_faults_and_the_books_balance(tmp_path: Path) -> None:
    report, kept = tmp_path / "report.json", tmp_path / "kept"
    words = [*SOAK, "--minutes", "1", "--homes", "3", "--json", report, "--keep", kept, "--lang", "en"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    told = json.loads(report.read_text("utf-8"))
    assert f"seed {told['seed']}" in done.stdout
    assert told["differences"] == []
    assert len(told["terminals"]) == 3
    for row in told["terminals"].values():
        assert row["signalled"] > 0
        assert row["lost"] == row["twice"] == 0
    assert sum(sum(had.values()) for had in told["faults"].values()) >= 5


def test_wrong_use_is_told_in_one_line() -> None:
    done = subprocess.run([*SOAK, "--homes", "0", "--lang", "en"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "1 to 99 terminals" in done.stderr
    assert len(done.stderr.splitlines()) == 1
