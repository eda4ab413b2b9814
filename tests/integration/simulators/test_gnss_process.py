"""The receiver as a real process, read by the terminal's own serial edge."""

import json
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.receiver import Simulator
from zhendao.device.gnss.gate import RefusedEpoch
from zhendao.device.gnss.receiver import GoodFix
from zhendao.device.gnss.serial_source import PortDown, PortUp, Posted, SerialSource

DATA = Path(__file__).parents[2] / "data" / "nmea"


@pytest.fixture
def posted() -> "queue.Queue[Posted]":
    return queue.Queue()


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "gnss"


@pytest.fixture
def source(link: Path, posted: "queue.Queue[Posted]") -> Iterator[SerialSource]:
    reader = SerialSource(str(link), 115200, posted.put)
    yield reader
    reader.stop()


def wait_for(posted: "queue.Queue[Posted]", kind: type[Posted]) -> Posted:
    while True:
        value = posted.get(timeout=120)
        if isinstance(value, kind):
            return value


def test_fixes_faults_and_replug(link: Path, source: SerialSource, posted: "queue.Queue[Posted]") -> None:
    simulator = Simulator(link, "--baud", "115200", "--rate", "10", "--talker", "BD", "--lat", "31.2", "--lon", "121.5")
    try:
        assert simulator.ready["ready"] == str(link)
        assert str(link.readlink()) == simulator.ready["pty"]
        source.start()
        fix = wait_for(posted, GoodFix)
        assert isinstance(fix, GoodFix)
        assert abs(fix.epoch.lat_e7 - 312_000_000) < 1000
        assert simulator.order("garbage 5000")["done"] == "garbage 5000"
        assert simulator.order("damage 40")["done"] == "damage 40"
        assert simulator.order("sky dark")["code"] == "simulator-order"
        assert isinstance(simulator.order("move 31.3 121.5")["mono_ns"], int)
        while not (isinstance(fix, GoodFix) and abs(fix.epoch.lat_e7 - 313_000_000) < 1000):
            fix = wait_for(posted, GoodFix)
        assert simulator.order("unplug")["done"] == "unplug"
        wait_for(posted, PortDown)
        assert "ready" in simulator.order("replug")
        wait_for(posted, PortUp)
        wait_for(posted, GoodFix)
        assert source.counters.refused_sentences.get("checksum", 0) > 0
    finally:
        assert simulator.end() == 0
    assert not link.is_symlink()


@pytest.mark.parametrize("recording", sorted(path.stem for path in DATA.glob("*.nmea")))
def test_replay_gives_the_golden_fixes(
    recording: str, link: Path, source: SerialSource, posted: "queue.Queue[Posted]"
) -> None:
    """The recording through a real process, a real pseudo-terminal and the terminal's edge: what it gives in memory."""
    arguments = "--usb", "--baud", "921600", "--rate", "10", "--replay", str(DATA / f"{recording}.nmea")
    simulator = Simulator(link, *arguments, first="silence")
    try:
        source.start()
        wait_for(posted, PortUp)
        assert simulator.order("speak")["done"] == "speak"
        assert simulator.answer()["replayed"] is True
        # The last epoch is complete when the port goes away.
        outcomes = []
        assert simulator.order("wait 300")["done"] == "wait 300"
        assert simulator.order("unplug")["done"] == "unplug"
        while not isinstance(value := posted.get(timeout=120), PortDown):
            outcomes.append(value)
    finally:
        assert simulator.end() == 0
    golden = json.loads((DATA / "golden" / f"{recording}.json").read_text())
    found = [(fix.epoch.day_ms, fix.epoch.lat_e7, fix.epoch.lon_e7) for fix in outcomes if isinstance(fix, GoodFix)]
    expected = [(one["day_ms"], one["lat_e7"], one["lon_e7"]) for one in golden["epochs"] if "lat_e7" in one]
    assert found == expected
    refused = [fix.reason for fix in outcomes if isinstance(fix, RefusedEpoch)]
    assert refused == [one["refused"] for one in golden["epochs"] if "refused" in one]


def test_ends_with_its_orders(link: Path) -> None:
    simulator = Simulator(link)
    assert simulator.process.stdin is not None
    simulator.process.stdin.close()
    assert simulator.process.wait(180) == 0
    assert simulator.process.stdout is not None
    simulator.process.stdout.close()


def test_a_file_in_the_place_of_the_link(link: Path) -> None:
    link.write_text("precious")
    command = "from zhendao.simulators.cli import main; raise SystemExit(main())"
    done = subprocess.run(
        [sys.executable, "-c", command, "gnss", "--link", str(link)],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert link.read_text() == "precious"
