"""The one broker of a run, and the link to it that can be cut or half open: the same for both candidates."""

import asyncio
import shutil
import subprocess
import threading
from pathlib import Path

from machine import answers, wait_until

from zhendao.simulators.demo.relay import Relay
from zhendao.simulators.loopback import free_port

_CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 30
max_queued_messages 0
max_queued_bytes 0
max_inflight_messages 1000
set_tcp_nodelay true
log_type error
"""


class Broker:
    """Mosquitto with what `zhendao-provision broker install` sets, without TLS; killed and started again at will."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        folder.mkdir(parents=True)
        folder.chmod(0o777)  # Mosquitto may run as a user of its own
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text(_CONFIGURATION.format(port=self.port, folder=folder), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; return once it answers."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "mosquitto"
        self._process = subprocess.Popen([program, "-c", str(self._settings)], stderr=subprocess.DEVNULL)
        if not wait_until(lambda: answers(self.port), 20):
            raise SystemExit("mosquitto does not listen")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Link:
    """A relay before the broker, run on a thread of its own."""

    def __init__(self, target: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._relay = Relay(target)
        asyncio.run_coroutine_threadsafe(self._relay.__aenter__(), self._loop).result()
        self.port = self._relay.port

    def cut(self) -> None:
        """Break, and refuse."""
        self._loop.call_soon_threadsafe(self._relay.cut)

    def swallow(self) -> None:
        """Be half open."""
        self._loop.call_soon_threadsafe(self._relay.swallow)

    def mend(self) -> None:
        """Let everything through again; what was half open is broken."""
        self._loop.call_soon_threadsafe(self._relay.mend)

    def close(self) -> None:
        """End."""
        asyncio.run_coroutine_threadsafe(self._relay.__aexit__(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
