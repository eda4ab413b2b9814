"""What a process uses, from /proc; and waiting until something is so."""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path


def cpu_s(pid: int) -> float:
    """Return the processor time used so far, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int, name: str = "VmRSS") -> float:
    """Return the memory that is resident now (``VmRSS``) or was at most (``VmHWM``), MB of 2**20 bytes."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return round(int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024, 1)


def busy_percent(pid: int, seconds: float) -> float:
    """Return the processor's use over the next ``seconds``, percent of one core."""
    before = cpu_s(pid)
    time.sleep(seconds)
    return round((cpu_s(pid) - before) / seconds * 100, 2)


def wait_until(true: Callable[[], object], patience_s: float, step_s: float = 0.05) -> bool:
    """Wait until ``true`` says so; return whether it did within ``patience_s``."""
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(step_s)
    return True


def answers(port: int) -> bool:
    """Tell whether somebody listens at ``port`` of loopback."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
