"""What a terminal costs while nothing happens: memory, processor, start to ready. The real thing, reader emulated.

Enrolled, over TLS, a receiver that speaks once a second, the reader polled every 100 ms, the gateway running; first a
visit's two checks, so that everything has been used once. CPU is utime + stime of the process over the interval, in
percent of one core. `python bench/footprint.py [--seconds N] [--json]`; exit code 1 above a limit.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from zhendao.command.output import table
from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import Child
from zhendao.simulators.demo.equipment import DOOR, Equipment
from zhendao.simulators.demo.line import Line
from zhendao.simulators.demo.play import CHECKED
from zhendao.simulators.demo.script import DAY, GUARD_S, Check

HOME = DAY[1].home.key
CARD = next(step.caregiver.key for step in DAY[1].steps if isinstance(step, Check))
SETTLE_S = 45
"""After so long the receiver's time is trusted, and the `clock` event that says so is in the journal."""
LIMITS = {"start_to_ready_s": 1.0, "rss_mb": 45.0, "peak_rss_mb": 45.0, "idle_cpu_percent": 1.5}


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=30)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), chosen.seconds))
    if chosen.json:
        print(json.dumps(found))
    else:
        table(
            ["figure", "value", "limit"],
            [(name, value, LIMITS.get(name, "")) for name, value in found.items()],
        )
    sys.exit(any(found[name] > limit for name, limit in LIMITS.items()))


async def measure(folder: Path, seconds: float) -> dict[str, float]:
    """Return the figures of one run."""
    async with Line(folder, DAY[1:2], lambda _child, _said: None, receiver_hz=1) as line:
        await line.set_up()
        home = line.homes[HOME]
        await visit(home)
        await home.terminal.stop()
        begun = time.monotonic()
        await home.start_terminal()
        ready = time.monotonic() - begun
        await visit(home)
        pid = home.terminal.pid
        await asyncio.sleep(SETTLE_S)
        before, busy = io(pid)["write_bytes"], ticks(pid)
        await asyncio.sleep(seconds)
        share = (ticks(pid) - busy) / os.sysconf("SC_CLK_TCK") / seconds * 100
        return {
            "start_to_ready_s": round(ready, 2),
            "rss_mb": round(memory(pid, "VmRSS") / 1024, 1),
            "peak_rss_mb": round(memory(pid, "VmHWM") / 1024, 1),
            "idle_cpu_percent": round(share, 2),
            "idle_bytes_written": io(pid)["write_bytes"] - before,
            "threads": memory(pid, "Threads"),
        }


async def visit(home: Equipment) -> None:
    """Check in and out; return when the gateway has accepted the second check."""
    for _ in range(2):
        await home.hold(DOOR)
        said = await home.hold(CARD)
        assert said["moment"] in CHECKED, said
        await asyncio.sleep(GUARD_S + 0.1)
    await accepted(home.terminal, said["seq"])


async def accepted(terminal: Child, seq: int) -> None:
    """Wait until the gateway has committed event ``seq``."""
    await terminal.hear(
        lambda said: said.get("moment") == "accepted" and said["seq"] >= seq, Text("已受理", "accepted")
    )


def ticks(pid: int) -> int:
    """Return the processor time used so far, in ticks of the clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def memory(pid: int, name: str) -> int:
    """Return a line of /proc/PID/status: kB, or a count."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def io(pid: int) -> dict[str, int]:
    """Return what /proc/PID/io says, bytes."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


if __name__ == "__main__":
    main()
