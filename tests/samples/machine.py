"""A clean Debian 12 for tests of the packages: made by debootstrap, booted under its own systemd by systemd-nspawn.

Both want root. The machine shares this one's network, and nothing of its disk but what is bound.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

TOOLS = ("debootstrap", "systemd-nspawn", "nsenter", "dpkg-deb", "unshare")
PACKAGES = "systemd,systemd-sysv,dbus,udev,python3"
PATIENCE_S = 180.0
KEPT_S = 14 * 86_400
"""So long a Debian that was made is used again."""

needs_machine = pytest.mark.skipif(
    os.geteuid() != 0 or any(shutil.which(tool) is None for tool in TOOLS),
    reason="a machine of its own wants root, debootstrap and systemd-container",
)


def debian(folder: Path) -> Path:
    """Make a clean Debian 12, from what was kept of the last one where that is young; return its root."""
    root = folder / "root"
    root.mkdir()
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhendao" / "debian-12.tar"
    if not kept.exists() or time.time() - kept.stat().st_mtime > KEPT_S:
        made = folder / "made"
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"debootstrap cannot be used here: {(done.stderr or done.stdout)[-200:]}")
        (made / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-C", str(made), "-cf", f"{kept}.{os.getpid()}", "."], check=True)
        Path(f"{kept}.{os.getpid()}").rename(kept)
        shutil.rmtree(made)
    subprocess.run(["tar", "-C", str(root), "-xf", str(kept)], check=True)
    return root


def inside(root: Path, *command: str, network: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command in ``root`` without booting it, and without any network unless it is asked for."""
    alone = [] if network else ["unshare", "--net"]
    return subprocess.run([*alone, "chroot", str(root), *command], capture_output=True, text=True, check=False)


class Machine:
    """A booted machine."""

    def __init__(self, root: Path, *binds: Path) -> None:
        self.root = root
        bound = [f"--bind-ro={one}" for one in binds]
        self.out = (root.parent / "boot.log").open("w")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", str(root), "--register=no", "--keep-unit", "--console=pipe", *bound, "-b"],
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=subprocess.STDOUT,
        )
        self.leader = ""

    def boot(self) -> None:
        """Wait until it is up."""
        self.until(self._found)
        self.until(lambda: self.run("systemctl", "is-active", "multi-user.target").stdout.strip() == "active")

    def _found(self) -> bool:
        """Look for the machine's first process: the child that has become systemd, in process numbers of its own."""
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                proc = Path("/proc") / child
                if (proc / "comm").read_text().strip() == "systemd" and not (proc / "ns/pid").samefile(
                    "/proc/self/ns/pid"
                ):
                    self.leader = child
        return bool(self.leader)

    def command(self, *words: str) -> list[str]:
        """Return the words that run ``words`` inside."""
        return ["nsenter", "-t", self.leader, "-m", "-u", "-i", "-p", "-r", "-w", "env", "-i", "LANG=C.UTF-8", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside."""
        path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.run(self.command(path, *words), capture_output=True, text=True, check=False)

    def must(self, *words: str) -> str:
        """Run a command inside that has to succeed; return what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def show(self, unit: str, what: str) -> str:
        """Return a property of a unit."""
        return self.must("systemctl", "show", unit, "-p", what, "--value").strip()

    def until(self, true: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
        """Wait for something inside to become so."""
        end = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, (self.root.parent / "boot.log").read_text()[-2000:]
            assert time.monotonic() < end, self.log()
            time.sleep(0.1)

    def log(self, unit: str = "zhendao-device") -> str:
        """Return what a unit wrote, and how it stands."""
        said = self.run("journalctl", "--no-pager", "-u", unit).stdout[-20_000:]
        return said + self.run("systemctl", "--no-pager", "status", unit).stdout

    def halt(self) -> None:
        """Switch it off, as a plug that is pulled: with its first process all others end."""
        if self.leader:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self.leader), signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(180)
        self.process.kill()
        self.process.wait(PATIENCE_S)
        self.out.close()


@contextlib.contextmanager
def booted(root: Path, *binds: Path) -> Iterator[Machine]:
    """Give a machine that runs; skip where this one cannot run another."""
    machine = Machine(root, *binds)
    try:
        try:
            machine.boot()
        except AssertionError as error:
            pytest.skip(f"systemd cannot be booted here: {str(error)[-300:]}")
        yield machine
    finally:
        machine.halt()
