"""sd_notify against a real socket: a path, an abstract name, nobody, and one that does not listen."""

import os
import secrets
import socket
from pathlib import Path

import pytest

from zhendao.command.notify import Notifier, watchdog_s


@pytest.mark.parametrize("abstract", [False, True])
def test_each_word_arrives_once(tmp_path: Path, abstract: bool) -> None:  # noqa: FBT001 - a parameter of the test
    name = f"@zhendao-{secrets.token_hex(8)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name[1:]}" if abstract else name)
        manager.settimeout(10)
        notifier = Notifier.of({"NOTIFY_SOCKET": name})
        notifier.status("可以打卡 · ready")
        notifier.status("可以打卡 · ready")
        notifier.ready()
        notifier.ready()
        notifier.alive()
        notifier.alive()
        notifier.stopping()
        said = [manager.recv(1000).decode() for _ in range(5)]
    assert said == ["STATUS=可以打卡 · ready", "READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"]


def test_nobody_and_the_deaf_cost_nothing(tmp_path: Path) -> None:
    Notifier(None).ready()
    Notifier(str(tmp_path / "nothing")).ready()
    Notifier("x" * 300).ready()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "full"))
        notifier = Notifier(str(tmp_path / "full"))
        for _ in range(10_000):  # far more than a socket holds: none of them may block
            notifier.alive()


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
    ],
)
def test_what_systemd_asks_for(environment: dict[str, str], wanted: float | None) -> None:
    assert watchdog_s(environment) == wanted
