"""A backlog drains end to end, with TLS: everything committed, concluded, owed, and settled at the terminal, once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "drain.py"
EVENTS = 2_000


@pytest.mark.long
@pytest.mark.parametrize("mix", ["busy", "home"])
def test_a_backlog_drains_to_the_last_event(mix: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    words = [sys.executable, str(BENCH), "--events", str(EVENTS), "--away", "1", "--mix", mix, "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # A health event or an anchor of the run itself may have come on top, and have been settled as well.
    assert EVENTS < found["settled_at_terminal"] <= EVENTS + 5
    checks = found["mix"]["check"]
    assert checks // 2 <= found["conclusions"]["visits"] <= checks // 2 + 3
    assert found["conclusions"]["outbox"] >= checks + checks // 2
