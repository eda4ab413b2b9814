import os
import subprocess
import sys
from pathlib import Path

import pytest

import zhendao
from zhendao.protocol.vocabulary import Kind
from zhendao.simulators.world.many import Order, run_seed
from zhendao.simulators.world.plan import plan
from zhendao.simulators.world.world import run

SCRIPT = """
import sys
from zhendao.simulators.world.many import Order, run_seed
print(run_seed(Order(2, 1, sys.argv[2], "stand-in"), int(sys.argv[1])).digest)
"""


def digest_of(seed: int, profile: str, hashes: str, python: str = sys.executable) -> str:
    source = str(Path(zhendao.__file__).parents[1])
    environment = {"PYTHONHASHSEED": hashes, "PYTHONPATH": source, "PATH": os.environ["PATH"]}
    command = [python, "-c", SCRIPT, str(seed), profile]
    return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout.strip()


def test_a_calm_day_is_recorded_delivered_and_at_rest() -> None:
    history = run(plan(5, 2, 2, "calm"))
    assert history.breaches == ()
    checks = [one for one in history.books.facts if one.kind == Kind.CHECK]
    assert len(checks) >= 6
    assert len([one for one in history.books.visits if one.state == "closed"]) >= 3
    assert history.books.unanswered == 0
    assert all(one.alive and one.connected and not one.unacknowledged for one in history.books.boxes)


@pytest.mark.parametrize("profile", ["calm", "everything"])
def test_one_seed_is_one_history_under_other_hashes_too(profile: str) -> None:
    here = run_seed(Order(2, 1, profile, "stand-in"), 11).digest
    assert len(here) == 64
    assert digest_of(11, profile, "1") == here
    assert digest_of(11, profile, "2") == here
    assert run_seed(Order(2, 1, profile, "stand-in"), 12).digest != here
