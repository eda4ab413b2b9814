"""SIGKILL at random moments while the journal is worked on: recording, settling, pruning, checkpoints, opening.

promise: a good signal means it is safe. The process is lean (the real recorder and journal, nothing else), so that many
moments can be tried; the real agent is killed in `test_terminal_process` and `e2e/test_kill`.
"""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from samples.home import Identity, ended
from samples.journals import BODY, STAMP, enrolled, recording
from zhendao.device.journal.beside import read_beside
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.protocol.intl import INTL
from zhendao.protocol.vocabulary import BootReason

PROCESS = Path(__file__).parent / "journal_process.py"
FIRST_S, LAST_S = 0.0, 0.2


def killed(folder: Path, identity: Path, after_s: float, *, early: bool) -> list[list[str]]:
    """Run the worker, kill it ``after_s`` after its first word (``early``: after its start); return what it said."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, str(PROCESS), str(folder / "data"), str(identity), "pages:40", "open", "work"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    with ended(process):
        assert process.stdout is not None
        first = "" if early else process.stdout.readline()
        threading.Timer(after_s, process.kill).start()
        rest = process.stdout.read()
        process.wait()
    assert process.returncode == -9, "it works until it is killed"
    return [line.split() for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


def survive(folder: Path, kills: int, seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    chance = random.Random(seed)
    made = Identity(INTL)
    identity = made.write(folder / "identity")
    signalled: dict[tuple[str, int], str] = {}
    going: dict[str, int] = {}
    for number in range(kills):
        early = number % 4 == 3
        said = killed(folder, identity, chance.uniform(FIRST_S, LAST_S), early=early)
        for word, *rest in said:
            if word == "signalled":
                place = rest[0], int(rest[1])
                assert place not in signalled, "a number is used once"
                signalled[place] = rest[2]
            else:
                going[rest[0]] = int(rest[1])
        if not signalled:
            continue
        held = read_beside(
            folder / "data" / "journal.db",
            lambda db: {
                (epoch.hex(), identity % EPOCH_SHIFT): head.hex()
                for epoch, identity, head in db.execute(
                    "SELECT epoch.epoch, id, head FROM event JOIN epoch ON number = id / 1099511627776"
                )
            },
        )
        for (epoch, seq), head in signalled.items():
            assert held.get((epoch, seq)) == head or ((epoch, seq) not in held and seq <= going.get(epoch, 0))
    with recording(folder / "data", enrolled(made)) as (journal, recorder):
        assert journal.opening.reason is BootReason.START
        recorder.begin(STAMP)
        recorder.record(BODY, STAMP)
        assert journal.check(0, 1 << 20) is None
    assert len(signalled) > kills
    assert len({epoch for epoch, _ in signalled}) == 1, "a kill is no reason for a new epoch"


def test_nothing_signalled_is_lost_by_a_kill_at_any_moment(tmp_path: Path, seed: int) -> None:
    survive(tmp_path, 8, seed)


@pytest.mark.long
def test_two_hundred_kills(tmp_path: Path, seed: int) -> None:
    survive(tmp_path, 200, seed)
