"""Whole worlds: what ran before, the hashes and the Python change no history, and every invariant holds in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import zhendao
from zhendao.protocol.vocabulary import Kind
from zhendao.simulators.cli import main
from zhendao.simulators.world.disk.gone import PowerGoneError
from zhendao.simulators.world.judge.met import nothing
from zhendao.simulators.world.many import EACH, Order, run_many, run_seed
from zhendao.simulators.world.people.visiting import Visiting
from zhendao.simulators.world.people.visitor import Heard
from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.story.profiles import PROFILES
from zhendao.simulators.world.story.story import Story
from zhendao.simulators.world.world import run

SCRIPT = """
import sys
from zhendao.simulators.world.many import Order, run_seed
print(run_seed(Order(2, 1, sys.argv[2], "stand-in"), int(sys.argv[1])).digest)
"""
NEEDED = "import apsw, asn1crypto, cbor2, cryptography, ndef, nfc, OpenSSL, orjson, pynmea2, sqlalchemy"
OTHERS = [
    *os.environ.get("ZHENDAO_PYTHONS", "").split(),
    *(path for name in ("python3.11", "python3.12", "python3.13") if (path := shutil.which(name))),
]
"""Other Pythons; those without our libraries are passed over. Environments can be named in ZHENDAO_PYTHONS."""


def digest_of(seed: int, profile: str, hashes: str, python: str = sys.executable) -> str:
    source = str(Path(zhendao.__file__).parents[1])
    environment = {"PYTHONHASHSEED": hashes, "PYTHONPATH": source, "PATH": os.environ["PATH"]}
    command = [python, "-c", SCRIPT, str(seed), profile]
    return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout.strip()


def has_libraries(python: str) -> bool:
    return subprocess.run([python, "-c", NEEDED], capture_output=True, check=False).returncode == 0


def test_a_calm_day_is_recorded_delivered_and_at_rest() -> None:
    history = run(plan(5, 2, 2, "calm"))
    assert history.breaches == ()
    checks = [one for one in history.books.facts if one.kind == Kind.CHECK]
    assert len(checks) >= 6
    assert len([one for one in history.books.visits if one.state == "closed"]) >= 3
    assert history.books.unanswered == 0
    assert all(one.alive and one.connected and not one.unacknowledged for one in history.books.boxes)


def test_a_world_without_anybody_is_quiet() -> None:
    history = run(Story(3, 1, 1))
    assert history.breaches == ()
    assert not [one for one in history.books.facts if one.kind == Kind.CHECK]


@pytest.mark.parametrize("profile", ["calm", "everything"])
def test_one_seed_is_one_history_under_other_hashes_too(profile: str) -> None:
    here = run_seed(Order(2, 1, profile, "stand-in"), 13).digest
    assert len(here) == 64
    assert digest_of(13, profile, "1") == here
    assert run_seed(Order(2, 1, profile, "stand-in"), 12).digest != here


def test_one_seed_is_one_history_on_other_pythons_too() -> None:
    others = [one for one in dict.fromkeys(OTHERS) if has_libraries(one)]
    if not others:
        pytest.skip("no other Python with our libraries")
    here = run_seed(Order(2, 1, "everything", "stand-in"), 13).digest
    assert {python: digest_of(13, "everything", "3", python) for python in others} == dict.fromkeys(others, here)


def test_what_happened_before_in_this_process_changes_no_history() -> None:
    alone = digest_of(13, "everything", "0")
    run_seed(Order(1, 1, "power", "stand-in"), 15)
    assert run_seed(Order(2, 1, "everything", "stand-in"), 13).digest == alone


@pytest.mark.parametrize("suite", ["intl", "sm"])
def test_the_real_suites_come_to_the_same_checks(suite: str) -> None:
    story = plan(5, 1, 1, "calm")
    real, quick = run(story, suite), run(story)
    assert real.breaches == ()
    assert [(one.seq, one.kind) for one in real.books.facts] == [(one.seq, one.kind) for one in quick.books.facts]


@pytest.mark.parametrize("seed", range(1, len(PROFILES) + 1))
def test_every_invariant_holds_in_a_seed_of_each_profile(seed: int) -> None:
    came = run_seed(Order(2, 1, EACH, "stand-in"), seed)
    assert came.breaches == ()


RARE = {
    "moment too-many", "quarantined", "finding gap", "flag doubled", "dated by neighbours",
    "moment meal-recorded", "moment meal-delivered", "moment meal-remarked",
}  # fmt: skip
"""What a thousand short histories may well not meet; the unit tests of each part do.

There is no canteen among the homes of this world: meals have a world of their own (`e2e/test_canteen.py`).
"""


@pytest.mark.long
def test_every_invariant_holds_in_a_thousand_seeds_and_next_to_everything_is_met() -> None:
    met, broken = nothing(), {}
    for one in run_many(range(1, 1001), Order(2, 1, EACH, "stand-in"), 2):
        met.update(one.met)
        if one.breaches:
            broken[one.seed] = one.breaches[0]
    assert broken == {}
    assert {what for what, times in met.items() if not times} <= RARE


def test_the_command_tells_what_a_seed_came_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    trace = tmp_path / "history.txt"
    size = ["--terminals", "1", "--days", "1", "--faults", "calm"]
    assert main(["world", "--seed", "5", *size, "--trace", str(trace), "--lang", "en"]) == 0
    assert "checks in and out" in capsys.readouterr().out
    assert "every invariant held" in trace.read_text(encoding="utf-8")
    assert main(["world", "--seeds", "5..6", *size, "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["seed"] for one in lines] == [5, 6]
    assert all(one["breaches"] == [] for one in lines)


def test_a_story_of_a_file_is_the_same_history(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    size = ["--terminals", "1", "--days", "1", "--json"]
    kept = tmp_path / "story.json"
    assert main(["world", "--seed", "6", *size, "--faults", "platform", "--keep-story", str(kept)]) == 0
    assert main(["world", "--story", str(kept), "--json"]) == 0
    one, again = (json.loads(line)["digest"] for line in capsys.readouterr().out.splitlines())
    assert one == again


@pytest.mark.parametrize(
    "words", [["--faults", "rain"], ["--seeds", "7"], ["--seeds", "9..3"], ["--terminals", "0"], ["--days", "0"]]
)
def test_what_cannot_be_is_said_in_a_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["world", "--lang", "en", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) <= 3


def test_what_fails_in_the_world_itself_is_a_breach_and_the_world_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    story = plan(5, 1, 1, "calm")
    times = iter((True,))

    def fails(self: Visiting, terminal: int, heard: Heard) -> None:
        if next(times, False):
            raise PowerGoneError
        hears(self, terminal, heard)

    hears = Visiting.heard
    monkeypatch.setattr(Visiting, "heard", fails)
    history = run(story)
    assert {one.invariant for one in history.breaches} >= {"no-error-unhandled"}
    assert [one for one in history.books.facts if one.kind == Kind.CHECK]


def test_what_does_not_link_to_what_is_before_it_is_not_sent() -> None:
    """A truncated journal had lost the head of an event that was kept as evidence: what followed went out as a fork."""
    assert run_seed(Order(2, 1, "disks", "stand-in"), 4614).breaches == ()
