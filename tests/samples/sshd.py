"""OpenSSH's own server for tests of whoever hands files over: keys of its own, loopback, a free port, SFTP only."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 180.0


@dataclass(frozen=True)
class Sshd:
    """A running server; files land in ``folder``."""

    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path
    known_hosts: Path
    key_file: Path

    @property
    def url(self) -> str:
        """Where files are handed over."""
        return f"sftp://{getuser()}@127.0.0.1:{self.port}{self.folder}"


def _key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@contextmanager
def sshd(home: Path) -> Iterator[Sshd]:
    """Give a server with its files in ``home``; at the end it is killed."""
    host, mine = _key(home / "host"), _key(home / "mine")
    folder = home / "handover"
    folder.mkdir()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it goes before anybody has logged in
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "ListenAddress": "127.0.0.1", "Port": port, "HostKey": host, "AuthorizedKeysFile": f"{mine}.pub",
        "StrictModes": "no", "UsePAM": "no", "PidFile": "none", "PermitRootLogin": "yes",
        "Subsystem": "sftp internal-sftp",
        "PasswordAuthentication": "no", "MaxStartups": "100",
    }  # fmt: skip
    (home / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    known = home / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {Path(f'{host}.pub').read_text()}")
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") or "/usr/sbin/sshd"
    with (home / "sshd.log").open("wb") as log:
        process = subprocess.Popen([program, "-D", "-e", "-f", str(home / "sshd_config")], stderr=log)
    try:
        _wait(port, process)
        yield Sshd(process, port, folder, known, mine)
    finally:
        process.kill()
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while True:
        assert process.poll() is None, "sshd ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < end
            pause.wait(0.02)
        else:
            return
