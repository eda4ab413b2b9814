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
        assert screen.ended() in {0, 130, -signal.SIGINT}, screen.lines
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


def test_at_a_keyboard_it_asks_for_the_wiring_and_says_what_is_wrong_with_a_tag(home: Place) -> None:
    """No settings yet; the card is shown in place of the door tag; the broker is off at the self-test, then on."""
    typed = [
        "", "", "P001", "E001", "张三", "31.1866,121.4416", "",  # whose home
        f"{home.folder}/reader", f"{home.folder}/receiver", "wrong", f"mqtts://127.0.0.1:{home.port}", "1",  # wiring
        "1", "2",  # the wrong tag: again; then kept for later
    ]  # fmt: skip
    screen = home.install("--data-dir", home.folder / "terminal", tags=("card", "card"))
    screen.type(*typed)
    assert screen.ended() == 1, screen.lines
    assert [line for line in screen.lines if "cannot be the door tag" in line]
    assert sum("× not right, once more" in line for line in screen.lines) == 1
    home.stop_broker()
    screen = home.install(tags=("door",))
    screen.type("2")
    assert screen.ended() == 1, screen.lines
    failed = next(line for line in screen.lines if line.startswith("× "))
    assert "broker" in " ".join(screen.lines[screen.lines.index(failed) :])
    assert call("zhendao-provision", "terminal", "ls", home.authority), "what was done before stays done"
    home.start_broker()
    screen = home.install("--json")
    screen.type()
    assert screen.ended() == 0, screen.lines
    assert outcome(screen)["accept"]["found"]["check_value"]
