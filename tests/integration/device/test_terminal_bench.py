"""bench/terminal in its quick form: our agent alone goes through an ordinary day and every fault, and loses nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.long
def test_the_quick_form_measures_everything_and_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    words = [sys.executable, ROOT / "bench" / "terminal", "--quick", "--alone", "--json", file]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=found)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (ours,) = json.loads(file.read_text("utf-8"))["candidates"].values()
    assert ours["figures"]["ingest_accepted"] == 500
    assert ours["figures"]["drain_whole_s"] is not None
    assert {"broker-killed", "half-open", "killed"} <= set(ours["faults"])
    for books in ours["faults"].values():
        assert books["accepted"] > 0
        assert books["lost"] == 0
    assert "| figure | zhendao |" in done.stdout
