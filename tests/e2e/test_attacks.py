"""Attacks on tokens against the whole line, as somebody starts them: what is promised to be noticed is noticed."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from zhendao.simulators.attacks.catalogue import ATTACKS
from zhendao.simulators.attacks.grades import Grade

ATTACKED = [sys.executable, "-c", "import sys; from zhendao.simulators.cli import main; sys.exit(main())", "attacks"]
TABLE = Path(__file__).parents[2] / "docs" / "attacks.md"


def attack(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [*ATTACKED, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})


def alive_of(folder: Path) -> list[str]:
    """Return the processes whose command line names ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it has ended meanwhile
        if str(folder) in words and process.name != str(os.getpid()):
            found.append(words)
    return found


def rows_of(page: Path) -> list[tuple[str, list[bool]]]:
    """Return each row's name, and at which grades there is something to notice, and nothing was."""
    lines = [line.strip("| ").split(" | ") for line in page.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [(name, [cell.startswith(("not noticed", "未被发现")) for cell in cells]) for name, *cells in lines]


def test_a_forged_card_a_copy_and_a_harvest_are_noticed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    only = "cloned-uid,downgraded,harvested-with-nonce,revoked,pulled"
    done = attack("--grade", "dynamic-fresh", "--only", only, "--json", "--keep", kept)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    cells = {one["attack"]: one for one in json.loads(done.stdout)["cells"]}
    assert {key for key, one in cells.items() if one["played"]} == {"honest", *only.split(",")}
    assert cells["honest"]["noticed"] == []
    assert {"where": "gateway", "as": "token_weaker"} in cells["downgraded"]["noticed"]
    assert {"where": "gateway", "as": "token_forged"} in cells["harvested-with-nonce"]["noticed"]
    assert {"where": "terminal", "as": "blocklisted"} in cells["revoked"]["noticed"]
    assert alive_of(kept) == []


def test_ended_in_the_middle_it_leaves_nobody(tmp_path: Path) -> None:
    kept, pause = tmp_path / "kept", threading.Event()
    words = [*ATTACKED, "--grade", "signed", "--only", "lent", "--keep", str(kept)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as attacks:
        while not (kept / "logs" / "signed-reader.log").exists():
            assert attacks.poll() is None
            pause.wait(0.1)
        attacks.send_signal(signal.SIGTERM)
        _, said = attacks.communicate(timeout=180)
    assert attacks.returncode == 130, said
    assert alive_of(kept) == []


@pytest.mark.long
def test_every_attack_at_every_grade_and_the_table_that_is_documented(tmp_path: Path) -> None:
    made = tmp_path / "attacks.md"
    done = attack("--write", made, "--json")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["turned_away"] == []
    assert {(one["attack"], one["grade"]) for one in told["cells"] if one["played"] and one["attack"] != "honest"} == {
        (attack.key, grade.value) for attack in ATTACKS for grade in Grade if grade in attack.promised
    }
    assert rows_of(made) == rows_of(TABLE)
    assert "NOT NOTICED" not in TABLE.read_text("utf-8")
