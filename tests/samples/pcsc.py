"""A PC/SC service of the test's own, with a virtual reader, in a namespace: nothing listens on this machine's network.

vpcd listens on every address it has; here that is the loopback of a network namespace that nobody else is in. The
service's socket lies in the test's folder, where a link named by `PCSCLITE_CSOCK_NAME` leads the client library.
"""

import atexit
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from samples.pn532 import CARD, COMMAND, DOOR

PATIENCE_S = 180
READER = "Zhendao Virtual Reader PICC"
LIBRARY = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PCSCD = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
_READER_CONF = f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH {LIBRARY}\nCHANNELID 0x8C7B\n'
_KEEPER = """
import fcntl, socket, struct, subprocess, sys
with socket.socket() as line:  # the namespace's own loopback is down at first
    fcntl.ioctl(line, 0x8914, struct.pack("16sh22x", b"lo", 1))
for command in (["mount", "-t", "tmpfs", "tmpfs", "/run"], ["mkdir", "/run/pcscd"],
                ["mount", "--bind", sys.argv[1], "/run/pcscd"]):
    subprocess.run(command, check=True)
print("ready", flush=True)
sys.stdin.read()
"""


class Service:
    """pcscd in its namespace; may be stopped and started. ``socket``: where clients find it."""

    def __init__(self, folder: Path) -> None:
        self.run, self.conf = folder / "run", folder / "reader.conf.d"
        for one in (self.run, self.conf):
            one.mkdir(parents=True)
        (self.conf / "vpcd").write_text(_READER_CONF)
        self.socket = self.run / "pcscd.comm"
        self._log = folder / "pcscd.log"
        root = os.geteuid() == 0
        user = [] if root else ["--user", "--map-root-user"]
        self._keeper = subprocess.Popen(
            ["unshare", *user, "--net", "--mount", sys.executable, "-c", _KEEPER, str(self.run)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._keeper.stdout is not None
        if self._keeper.stdout.readline() != "ready\n":
            _, said = self._keeper.communicate()
            pytest.skip(f"this machine gives a test no namespace of its own: {said.strip()}")
        enter = ["--user", "--preserve-credentials"] if not root else []
        self.network = ["nsenter", f"--target={self._keeper.pid}", *enter, "--net"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start pcscd, and return when it takes clients."""
        assert PCSCD is not None
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.network, "--mount", PCSCD, "--foreground", "--config", str(self.conf)], stdout=log, stderr=log
            )
        pause, until = threading.Event(), time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < until, self._log.read_text()
            pause.wait(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(os.path.relpath(self.socket))
            except OSError:
                return False
        return True

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End pcscd; by default as by kill -9."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE_S)
            self.process = None
            self.socket.unlink(missing_ok=True)

    def close(self) -> None:
        self.stop()
        self._keeper.communicate("")


@functools.cache
def _link() -> Path:
    """Return where clients in this process find the service of now: their library asks for the name only once."""
    folder = tempfile.TemporaryDirectory(prefix="pcsc-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / "service"


@contextmanager
def service(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Give a running service that this process, and those it starts, talk to."""
    if PCSCD is None or not LIBRARY.exists():
        pytest.skip("pcscd or vsmartcard-vpcd is not installed (requirements/system test)")
    running = Service(folder)
    try:
        running.start()
        link = _link()
        link.unlink(missing_ok=True)
        link.symlink_to(running.socket)
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(link))
        yield running
    finally:
        running.close()


class CardHolder:
    """`zhendao-sim pcsc` in the service's namespace."""

    def __init__(self, service: Service, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*service.network, sys.executable, "-W", "error", "-c", COMMAND, "pcsc", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    def __enter__(self) -> Self:
        self.answer()
        for one in (
            f"tag door ntag215 uid={DOOR.hex()}",
            f"tag card ntag213 uid={CARD.hex()}",
            "tag classic classic uid=DEADBEEF",
            "tag iso isodep uid=04C0C1C2C3C4C5",
            "tag bank type4 uid=04F0F1F2F3F4F5",
            "tag phone isodep uid=08112233",
        ):
            self.do(one)
        return self

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the card holder has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def do(self, order: str) -> dict[str, Any]:
        """Give one order; return its acknowledgement."""
        assert self.process.stdin is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        assert "error" not in answer, answer
        return answer

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
