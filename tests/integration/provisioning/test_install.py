"""A home brought into service by the guide, with every process real: at once, interrupted at each step, and wrongly."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.installing import Place, Screen, call, place
from zhendao.provisioning.guide.steps import STEPS


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as here:
        yield here


def outcome(screen: Screen) -> dict[str, dict[str, dict[str, str]]]:
    said: dict[str, dict[str, dict[str, dict[str, str]]]] = json.loads(screen.lines[-1])
    return said["steps"]


def test_a_home_is_brought_into_service_though_it_was_interrupted_at_every_step(home: Place) -> None:
    home.settings()
    answers = home.answers()
    for number in range(2, len(STEPS) + 1):
        screen = home.install(answers=answers)
        screen.shows(f"[{number}/{len(STEPS)}]")
        screen.process.send_signal(signal.SIGINT)
        assert screen.ended() in {0, 130}, screen.lines
        for tag in ("door", "card"):
            home.reader.do(f"remove {tag}")
    screen = home.install("--json", answers=answers)
    assert screen.ended() == 0, screen.lines
    steps = outcome(screen)
    assert [steps[step.name]["outcome"] for step in STEPS] == ["done"] * len(STEPS)
    certificate = Path(steps["accept"]["found"]["certificate"])
    assert Path(steps["accept"]["found"]["page"]).read_bytes().startswith(b"%PDF")
    facts = json.loads(certificate.read_text())["facts"]
    assert facts["device"] == steps["enrol"]["found"]["device"]
    assert steps["survey"]["found"]["address"]
    terminals = call("zhendao-provision", "terminal", "ls", home.authority)
    assert [one["device"] for one in terminals] == [facts["device"]], "one terminal, however often it was interrupted"
    assert terminals[0]["door"] == steps["door"]["found"]["door"]
