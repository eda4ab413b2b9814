"""The broker of the demo: Debian's Mosquitto with the configuration that provisioning writes, on a free port."""

import os
import shutil
from pathlib import Path

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import Said
from zhendao.simulators.demo.errors import DemoError


def find_mosquitto() -> str:
    """Return the path of Mosquitto. Raises `DemoError` with what to install."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise DemoError(
            Text("没有找到 Mosquitto", "Mosquitto was not found"),
            Text("请运行 apt-get install mosquitto", "run: apt-get install mosquitto"),
        )
    return found


def broker_words(folder: Path, mosquitto: str) -> tuple[str, ...]:
    """Return the words that start the broker that ``folder`` describes."""
    return (mosquitto, "-c", str(folder / "mosquitto.conf"), "-v")


def broker_serves(said: Said) -> bool:
    """Tell whether the broker has just said that it serves."""
    return str(said.get("text", "")).endswith(" running")
