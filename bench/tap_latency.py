"""How long from a tag held to the reader to the value that the terminal works with, and where the time goes.

The emulator is a process of its own and paces every byte at 115,200 baud, with the air time of 106 kbit/s; the tag
holds a signed token. Taps come at random moments of the sense loop. `python bench/tap_latency.py [--taps N] [--json]`.
"""

import argparse
import json
import os
import queue
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from zhendao.protocol.suite import SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Role
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.thread import ReaderThread, boottime_ns
from zhendao.readers.token_record import token_message
from zhendao.readers.values import Departure, Posting, Presence, ReaderState

UID = bytes.fromhex("04a1b2c3d4e5f6")
COMMAND = "from zhendao.simulators.cli import main; raise SystemExit(main())"


class Sim:
    """The emulator, one order at a time."""

    def __init__(self, link: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "pn532", "--link", str(link)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        self.answer()

    def answer(self) -> dict[str, Any]:
        """Return the next line."""
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def do(self, order: str) -> int:
        """Give an order; return when it took effect, nanoseconds of CLOCK_BOOTTIME."""
        assert self.process.stdin is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return int(self.answer()["mono_ns"])

    def end(self) -> None:
        """Close its orders and wait."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(5)


def taps(link: Path, sim: Sim, count: int) -> list[tuple[int, int, int]]:
    """Return for each tap when it was held to the reader, first seen, and posted."""
    posted: queue.Queue[tuple[int, Posting]] = queue.Queue()
    thread = ReaderThread(str(link), lambda posting: posted.put((boottime_ns(), posting)), open_pn532)
    thread.start()
    results: list[tuple[int, int, int]] = []
    phase = random.Random(532)  # noqa: S311 - moments, not secrets
    try:
        while not isinstance(posted.get(timeout=10)[1], ReaderState):
            pass
        for _ in range(count):
            time.sleep(phase.uniform(0, 0.1))
            held = sim.do("present tag")
            at, posting = posted.get(timeout=10)
            assert isinstance(posting, Presence)
            assert posting.ndef
            results.append((held, posting.mono_ns, at))
            sim.do("remove tag")
            assert isinstance(posted.get(timeout=10)[1], Departure)
    finally:
        thread.stop()
    return results


def idle(link: Path, seconds: float) -> float:
    """Return the share of one core that sensing an empty field takes, in percent."""
    thread = ReaderThread(str(link), lambda _: None, open_pn532)
    thread.start()
    threading.Event().wait(1)
    begin, cpu = time.monotonic(), time.process_time()
    threading.Event().wait(seconds)
    share = 100 * (time.process_time() - cpu) / (time.monotonic() - begin)
    thread.stop()
    return share


def figures(values: list[float]) -> dict[str, float]:
    """Return median, 95th percentile and worst, milliseconds."""
    return {
        "median": round(statistics.median(values), 1),
        "p95": round(statistics.quantiles(values, n=20)[-1], 1),
        "worst": round(max(values), 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taps", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "reader"
        sim = Sim(link)
        try:
            sim.do(f"tag tag ntag215 uid={UID.hex()}")
            sim.do("present tag")
            record = sign_token(SM.new_signing_key(), Role.CAREGIVER, bytes(16), UID, 1_790_000_000, 1_950_000_000)
            reader = open_pn532(str(link))
            write_ndef(reader, UID, token_message(record))
            reader.close()
            sim.do("remove tag")
            measured = taps(link, sim, arguments.taps)
            share = idle(link, 5)
        finally:
            sim.end()
    result = {
        "taps": len(measured),
        "present_to_seen_ms": figures([(seen - held) / 1e6 for held, seen, _ in measured]),
        "seen_to_posted_ms": figures([(at - seen) / 1e6 for _, seen, at in measured]),
        "present_to_posted_ms": figures([(at - held) / 1e6 for held, _, at in measured]),
        "idle_cpu_percent": round(share, 2),
    }
    if arguments.json:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    words = {
        "present_to_seen_ms": "tag held to the reader -> listed by the sense loop",
        "seen_to_posted_ms": "listed -> token read and posted",
        "present_to_posted_ms": "the reader's share: held -> posted",
    }
    print(f"{result['taps']} taps, PN532 at 115200 baud, NTAG215 with a signed token (milliseconds)")
    for name, text in words.items():
        values: Any = result[name]
        print(f"  {text:52} median {values['median']:6.1f}   p95 {values['p95']:6.1f}   worst {values['worst']:6.1f}")
    print(f"  sensing an empty field takes {result['idle_cpu_percent']} % of one core")


if __name__ == "__main__":
    main()
