"""The units of `deploy/` are what systemd takes, and expose little. Without systemd their form alone is looked at."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[3] / "deploy" / "systemd").glob("*.service"))
SCORE = re.compile(r"Overall exposure level for \S+ ?: ([0-9.]+)")
MOST_EXPOSED = 2.0
by_name = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


class _Unit(configparser.RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


@by_name
def test_each_unit_starts_a_command_of_ours_or_the_broker_and_ends_in_time(unit: Path) -> None:
    read = _Unit(strict=False)
    read.read(unit)
    assert re.match(r"/usr/bin/zhendao-\w+ (run|page) |/usr/sbin/mosquitto ", read["Service"]["ExecStart"])
    assert read["Service"]["User"] == ("zhendao-device" if unit.stem == "zhendao-page" else unit.stem)
    assert read["Service"]["Restart"] == "always"


def test_there_is_one_for_each_service() -> None:
    assert [unit.stem for unit in UNITS] == ["zhendao-broker", "zhendao-device", "zhendao-gateway", "zhendao-page"]


@by_name
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_it_and_it_exposes_little(unit: Path, tmp_path: Path) -> None:
    for one in UNITS:  # with a program that is there: verify looks for it
        text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", one.read_text())
        (tmp_path / one.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert [line for line in said.splitlines() if unit.name in line] == []
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(tmp_path / unit.name)]
    report = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = SCORE.search(report)
    assert found, report[-400:]
    assert float(found[1]) <= MOST_EXPOSED


def test_neither_terminal_nor_page_may_open_a_camera() -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8")
        if unit.stem in {"zhendao-device", "zhendao-page"}:
            allowed = re.findall(r"(?m)^DeviceAllow=(\S+)", text)
            assert "DevicePolicy=closed" in text
            assert not [one for one in allowed if re.search("video4linux|media|video[0-9]", one)]
