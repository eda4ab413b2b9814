"""The broker of the demo: Debian's Mosquitto with the configuration that provisioning writes, on a free port."""

import os
import shutil
import socket
from pathlib import Path

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import Child, Children
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


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def start_broker(children: Children, folder: Path, mosquitto: str) -> Child:
    """Start the broker that ``folder`` describes; return once it serves."""
    child = await children.start("broker", (mosquitto, "-c", str(folder / "mosquitto.conf"), "-v"), merge=True)
    await child.hear(lambda said: said.get("text", "").endswith(" running"), Text("代理就绪", "the broker is ready"))
    return child
