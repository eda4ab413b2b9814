"""What is measured: one store-and-forward agent behind a link, fed through a socket, with somebody at the far end.

A candidate says what it accepted (its file of names, which outlives a kill) and what arrived (names, counted).
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from machine import wait_until

HERE = Path(__file__).resolve().parent
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Books:
    """What a fault left: events accepted, of them arrived and lost, transmissions beyond the first of each."""

    accepted: int
    delivered: int
    lost: int
    sent_again: int


class Candidate(ABC):
    """One agent. ``data`` is where it keeps its store; everything else is in ``folder``."""

    name: str

    def __init__(self, folder: Path, data: Path, port: int) -> None:
        self.folder, self.data, self.port = folder, data, port
        folder.mkdir(parents=True, exist_ok=True)
        data.mkdir(parents=True, exist_ok=True)
        self.accepted_file = folder / "accepted"
        self.process: subprocess.Popen[bytes]
        self._log = (folder / "log").open("ab")
        self._starts = 0
        self._offered = 0
        self._line: socket.socket | None = None
        self._words: TextIO | None = None

    # -- what each candidate does in its own way

    @abstractmethod
    def words(self, socket_path: Path) -> tuple[list[str], Mapping[str, str]]:
        """Return the command that starts it, fed from ``socket_path``, and its environment beside ours."""

    @abstractmethod
    def arrived(self) -> Counter[str]:
        """Return the names of what has arrived, each as often as it counts at the far end."""

    @abstractmethod
    def count(self) -> int:
        """Return how many events have arrived; cheap."""

    @abstractmethod
    def sent_again(self) -> int:
        """Return how many arrivals were of events that had arrived before."""

    @abstractmethod
    def close(self) -> None:
        """End whoever is at the far end."""

    # -- the same for all

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def start(self) -> float:
        """Start it; return the seconds until it took orders: it can accept events."""
        self._starts += 1
        path = self.folder / f"feed-{self._starts}"
        words, more = self.words(path)
        begun = time.monotonic()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one), **more}
        self.process = subprocess.Popen(words, cwd=self.folder, env=environment, stdout=self._log, stderr=self._log)
        self._line = socket.socket(socket.AF_UNIX)

        def connected() -> bool:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended: {self._last_words()}")
            with contextlib.suppress(OSError):
                self._line.connect(str(path))  # type: ignore[union-attr]
                return True
            return False

        if not wait_until(connected, PATIENCE_S, 0.01):
            raise SystemExit(f"{self.name} does not get ready")
        self._words = self._line.makefile("rw")
        return time.monotonic() - begun

    def offer(self, count: int, rate: float) -> None:
        """Begin to offer ``count`` events, ``rate`` a second (0: as fast as they are taken)."""
        assert self._words is not None
        self._words.write(f"offer {self._offered} {count} {rate}\n")
        self._words.flush()
        self._offered += count

    def offered(self) -> None:
        """Wait until the last events have been offered."""
        assert self._words is not None
        if self._words.readline().strip() != "offered":
            raise SystemExit(f"{self.name} ended while it was fed: {self._last_words()}")

    def accepted(self) -> list[str]:
        """Return the names of what was accepted."""
        return self.accepted_file.read_text("utf-8").split("\n")[:-1] if self.accepted_file.exists() else []

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self._hang_up()

    def stop(self) -> None:
        """End it, gently first."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()

    def _last_words(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")[-2000:]

    def _hang_up(self) -> None:
        for one in (self._words, self._line):
            if one is not None:
                with contextlib.suppress(OSError):
                    one.close()

    def books(self, quiet_s: float) -> Books:
        """Return the books once all that was accepted has arrived, or nothing new has for ``quiet_s``."""
        wanted = set(self.accepted())
        seen, since = self.count(), time.monotonic()
        while time.monotonic() - since < quiet_s and (seen < len(wanted) or wanted - set(self.arrived())):
            time.sleep(0.2)
            if self.count() != seen:
                seen, since = self.count(), time.monotonic()
        lost = len(wanted - set(self.arrived()))
        return Books(len(wanted), len(wanted) - lost, lost, self.sent_again())
