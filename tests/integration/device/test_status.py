"""A running terminal tells how it is, to its own user alone, without a write; `status` and `doctor` ask it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from samples.home import Home
from zhendao.device.care.speaking import address, ask
from zhendao.device.cli import main as device


def test_a_running_terminal_says_how_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Home(tmp_path) as home:
        assert ask(home.data) is None
        terminal = home.start()
        home.tap("door", "card")
        terminal.next("accepted")
        said = ask(home.data)
        assert said is not None
        assert (said["device"], said["reader"], said["gnss"]) == (home.who.device.hex(), "well", "absent")
        assert (said["ready"], said["linked"], said["unacknowledged"]) == (True, True, 0)
        assert said["seq"] == max(seq for _, seq in home.gateway.events)
        assert device(["status", "--config", str(home.config), "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["running"]["epoch"] == said["epoch"] == shown["epochs"][0]["epoch"]
        assert device(["status", "--config", str(home.config), "--lang", "zh"]) == 0
        text = capsys.readouterr().out
        assert "读卡器：正常" in text
        assert "链路：已连接" in text
        home.broker.kill()
        home.emulator.do("fault hang")
        terminal.next("reader-down")
        while (said := ask(home.data)) is not None and (said["linked"] or said["reader"] == "well"):
            continue
        assert said is not None
        code = device(["doctor", "--config", str(home.config), "--json"])
        found = {one["part"]: one["grade"] for one in json.loads(capsys.readouterr().out)["findings"]}
        assert code == 1
        assert (found["link"], found["reader"], found["service"]) == ("bad", "bad", "good")
        terminal.kill()
        assert ask(home.data) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="another user can be tried as root only")
def test_another_user_is_told_nothing(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        home.start()
        asked = subprocess.run(
            [sys.executable, "-c", _ASK, address(home.data)[1:]],
            capture_output=True,
            check=True,
        )
        assert asked.stdout == b"nothing"
        assert ask(home.data) is not None


_ASK = (
    "import os, socket, sys; os.setuid(65534); line = socket.socket(socket.AF_UNIX); line.connect('\\0' + sys.argv[1]);"
    "print(line.recv(100).decode() or 'nothing', end='')"
)


def test_whoever_connects_and_says_nothing_keeps_nobody_waiting(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        home.start()
        idle: list[Any] = []
        for _ in range(50):
            line = socket.socket(socket.AF_UNIX)
            line.connect(address(home.data))
            idle.append(line)
        assert ask(home.data) is not None
        home.tap("door", "card")
        for line in idle:
            line.close()
