"""The demo as a spectator starts it: a whole day, real processes, and nobody left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DEMO = [sys.executable, "-c", "import sys; from zhendao.simulators.cli import main; sys.exit(main())", "demo"]


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


def test_a_whole_day(tmp_path: Path) -> None:
    report, kept = tmp_path / "report.json", tmp_path / "kept"
    begun = time.monotonic()
    done = subprocess.run(
        [*DEMO, "--once", "--json", report, "--keep", kept, "--lang", "en"], capture_output=True, text=True, check=False
    )
    lasted_s = time.monotonic() - begun
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = json.loads(report.read_text("utf-8"))
    assert told["finished"]
    assert told["differences"] == []
    assert told["platform"], "the platform has visits"
    held = {(*visit["place"], visit["too_short"]) for visit in told["platform"]}
    assert ("inside", "inside", False) in held
    assert ("inside", "inside", True) in held
    assert ("outside", "outside", False) in held
    strangers = [visit for visit in told["platform"] if not visit["caregiver"]]
    assert len(strangers) == 1, "an unknown card is recorded, and nobody is credited"
    assert len(told["signals"]) == sum(1 + bool(visit["closed"]) for visit in told["platform"])
    for words in (
        "already recorded",
        "unknown card",
        "the link breaks",
        "the link is back",
        "the elder hears: received",
    ):
        assert words in done.stdout
    assert alive_of(kept) == []
    assert lasted_s < 600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ended_in_the_middle_it_leaves_nobody(tmp_path: Path, number: signal.Signals) -> None:
    kept = tmp_path / "kept"
    with subprocess.Popen([*DEMO, "--once", "--keep", kept, "--lang", "en"], stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "checks in" in line:
                break
        begun = time.monotonic()
        demo.send_signal(number)
        demo.stdout.read()
        assert demo.wait() == 130
    assert time.monotonic() - begun < 60
    assert alive_of(kept) == []


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = subprocess.run([*DEMO, "--keep", tmp_path, "--lang", "zh"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "不是空目录" in done.stderr


def test_a_report_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    file = tmp_path / "none" / "report.json"
    done = subprocess.run(
        [*DEMO, "--once", "--json", file, "--lang", "en"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert done.stdout == ""
