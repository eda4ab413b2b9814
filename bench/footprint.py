"""What a terminal costs while nothing happens: memory, processor, start to ready; the real agent, reader emulated.

The agent polls the reader every 100 ms and is connected to a broker. CPU is utime + stime of the process over the
interval, in percent of one core. `python bench/footprint.py [--seconds N] [--json]`.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the home that the tests use, with all its processes

from samples.home import Home
from zhendao.command.output import table


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=30)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, Home(Path(folder)) as home:
        begun = time.monotonic()
        terminal = home.start()
        ready = time.monotonic() - begun
        pid = terminal.process.pid
        home.gateway.wait(lambda: bool(home.gateway.events))
        written = io(pid)["write_bytes"]
        busy = ticks(pid)
        time.sleep(chosen.seconds)
        share = (ticks(pid) - busy) / os.sysconf("SC_CLK_TCK") / chosen.seconds * 100
        found = {
            "start_to_ready_s": round(ready, 2),
            "rss_mb": round(memory(pid, "VmRSS") / 1024, 1),
            "peak_rss_mb": round(memory(pid, "VmHWM") / 1024, 1),
            "idle_cpu_percent": round(share, 2),
            "idle_bytes_written": io(pid)["write_bytes"] - written,
            "threads": memory(pid, "Threads"),
        }
    if chosen.json:
        print(json.dumps(found))
    else:
        table(["figure", "value"], list(found.items()))


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
