"""The blocklist on a terminal: memory of 100,000 entries, how long a look-up takes, how long a list takes to come in.

    PYTHONPATH=src python bench/blocklist.py [--entries 100000]

Memory is counted twice: what Python allocates for the list that is held (tracemalloc), and what the process grows by
(VmRSS) from no list to one, and at most while a new one takes the place of the old (VmHWM).
"""

import argparse
import asyncio
import contextlib
import gc
import json
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from zhendao.device.blocklist.hand import BlocklistHand
from zhendao.device.files import HOST
from zhendao.device.notices import Notices
from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import change, numbers
from zhendao.protocol.command import BLOCKLIST, Command
from zhendao.protocol.suite import SM

LOOKUPS = 20_000
CLEAR = Path("/proc/self/clear_refs")


def status_kib(field: str) -> int:
    """Return a figure of this process in KiB."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise SystemExit(f"no {field}")


def peak_from_here() -> int:
    """Let the peak count from here, where the kernel allows it; return the memory now, KiB."""
    with contextlib.suppress(OSError):
        CLEAR.write_text("5", "ascii")
    return status_kib("VmRSS")


def signed(key: Any, version: int, several: set[bytes]) -> blocklist.Blocklist:
    """Return a list signed by ``key``."""
    made = numbers(several)
    manifest = blocklist.manifest_of(SM, "bench", version, 0, made)
    return blocklist.Blocklist(manifest, blocklist.sign_manifest(key, bytes(32), manifest), made)


async def at_once(work: Callable[[], None]) -> None:
    """Do it here."""
    work()


async def kept(_body: object) -> None:
    """Take an answer."""


async def send(hand: BlocklistHand, parts: list[blocklist.Part]) -> float:
    """Give the terminal all parts; return ms."""
    begun = time.perf_counter()
    for number, part in enumerate(parts):
        await hand.ordered(Command(SM.id, bytes(16), bytes(16), number, BLOCKLIST, blocklist.part_body(part), 0))
    return (time.perf_counter() - begun) * 1000


def looked_up(ask: Callable[[bytes], bool], several: list[bytes], expected: bool) -> list[float]:  # noqa: FBT001 - a figure
    """Return how many microseconds each look-up took, sorted."""
    times = []
    for one in several:
        begun = time.perf_counter_ns()
        found = ask(one)
        times.append((time.perf_counter_ns() - begun) / 1000)
        assert found is expected
    return sorted(times)


async def measure(entries: int, folder: Path) -> dict[str, float]:
    """Return every figure."""
    random, key = Random(1), SM.new_signing_key()  # noqa: S311 - the same list each time
    several = {random.randbytes(16) for _ in range(entries)}
    one, other = (
        signed(key, 1, several),
        signed(key, 2, {*list(several)[:-10], *(random.randbytes(16) for _ in range(10))}),
    )
    whole = [blocklist.pieces(made.signed, made.numbers.packed) for made in (one, other)]
    third = signed(key, 3, set(other.numbers) | {random.randbytes(16)})
    delta = blocklist.pieces(third.signed, change(other.numbers, third.numbers), 2)
    on_it = random.sample(sorted(several), min(LOOKUPS, entries))
    off_it = [random.randbytes(16) for _ in range(LOOKUPS)]
    del several, one, other, third
    gc.collect()
    who: Any = SimpleNamespace(suite=SM, gateway=SM.verifying_key(key.spki), tenant="bench")
    place: Any = SimpleNamespace(path=folder, files=HOST)
    keep: Callable[[Any], Awaitable[Any]] = kept
    before = status_kib("VmRSS")
    hand = BlocklistHand(who, place, at_once, keep, Notices("en", time.monotonic_ns))
    first_ms = await send(hand, whole[0])
    gc.collect()
    held_kib = status_kib("VmRSS") - before
    hits, misses = looked_up(hand.blocked, on_it, True), looked_up(hand.blocked, off_it, False)  # noqa: FBT003
    resting = peak_from_here()
    second_ms = await send(hand, whole[1])
    peak_kib = status_kib("VmHWM") - resting
    delta_ms = await send(hand, delta)
    assert hand.version() == 3
    begun = time.perf_counter()
    assert BlocklistHand(who, place, at_once, keep, Notices("en", time.monotonic_ns)).version() == 3
    load_ms = (time.perf_counter() - begun) * 1000
    tracemalloc.start()
    again = BlocklistHand(who, place, at_once, keep, Notices("en", time.monotonic_ns))
    gc.collect()
    allocated = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert again.version() == 3
    return {
        "entries": entries,
        "held_bytes": allocated,
        "held_rss_kib": held_kib,
        "replacing_peak_rss_kib": peak_kib,
        "hit_us_median": hits[len(hits) // 2],
        "hit_us_p99": hits[len(hits) * 99 // 100],
        "miss_us_median": misses[len(misses) // 2],
        "miss_us_p99": misses[len(misses) * 99 // 100],
        "whole_list_ms": first_ms,
        "replaced_ms": second_ms,
        "change_of_one_ms": delta_ms,
        "load_at_start_ms": load_ms,
        "bytes_whole": sum(len(part.content) for part in whole[0]),
        "bytes_change": sum(len(part.content) for part in delta),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(arguments.entries, Path(folder)))
    print(json.dumps({name: round(value, 2) for name, value in found.items()}, indent=2))


if __name__ == "__main__":
    main()
