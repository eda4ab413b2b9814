"""A call from the button to the seat and back to the elder, on real processes over TLS; the broker away meanwhile."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"


def measured(script: str, *words: str) -> Any:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, str(BENCH / script), *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.long
def test_every_press_is_taken_at_a_seat_and_heard_by_the_elder() -> None:
    found = measured("calls.py", "press", "--calls", "5")
    assert found["calls"] == 5
    assert found["heard_events"] >= 5


@pytest.mark.long
def test_a_call_made_while_the_broker_was_away_is_the_first_that_the_gateway_stores() -> None:
    found = measured("calls.py", "away", "--seconds", "12", "--rounds", "1", "--events", "1000")
    assert found["events_stored_before_it"] == [0]
    assert found["told_offline_s"][0] < 12, "the elder was told while nobody could be reached"


@pytest.mark.long
def test_a_hundred_calls_pass_a_backlog() -> None:
    found = measured("calls_crowd.py", "--calls", "100", "--events", "20000", "--spread", "1")
    own, other = found["own way"], found["the way of everything else"]
    assert own["p50_ms"] < other["p50_ms"]
    assert own["longest_ms"] < other["longest_ms"]
