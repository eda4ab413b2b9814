"""What it costs the gateway to prove a token, by strength, beside what it costs to take in an event.

    python bench/tokens.py [--events N] [--json]

Proving alone: one call with keys at hand, for a signed record the first time and from then on. Then the whole way: real
messages of one terminal with one check each, a door tag and a card of that strength, through the real pipeline into an
SQLite store with synchronous=FULL; the ratio is to checks whose tokens are numbers alone. Suite sm, time of the CPU.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the terminals of the tests send here too

from samples.site import Authority, Site, Terminal
from samples.wallet import Issuer, Tag, check_of, fresh, plain
from zhendao.command.output import table
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Direction, Role, Strength, Technology

GROUP = 50
EVERY_NS = 1_800 * 10**9
LATER_MS = 1_790_000_000_000 + 400 * 86_400_000
RTTS_US = (8_100, 8_900, 12_400)

Read = Callable[[Tag, Terminal, int], TokenRead]

READS: dict[str, tuple[Technology, Read]] = {
    "uid": (
        Technology.NTAG21X,
        lambda tag, _, at: tag.read(None, at, strength=Strength.UID, proof=None, token_id=None),
    ),
    "signed": (Technology.NTAG21X, lambda tag, _, at: tag.read(None, at)),
    "dynamic, no challenge": (Technology.NTAG424, lambda tag, _, at: plain(tag, at, rtts_us=RTTS_US)),
    "dynamic, fresh": (Technology.NTAG424, lambda tag, line, at: fresh(tag, line, at, rtts_us=RTTS_US)),
    "challenge, SM4": (Technology.CPU_CARD, lambda tag, line, at: fresh(tag, line, at, rtts_us=RTTS_US)),
}


def tags(issuer: Issuer, technology: Technology) -> tuple[Tag, Tag]:
    """Return a door tag and a card."""
    return Tag(issuer, Role.DOOR, technology=technology), Tag(issuer, Role.CAREGIVER, technology=technology)


def proving(
    authority: Authority, issuer: Issuer, technology: Technology, read: Read, count: int
) -> tuple[float, float]:
    """Return microseconds a token: of cards that come for the first time, and of one that comes again and again."""
    line = authority.terminal()
    first = [read(Tag(issuer, Role.CAREGIVER, technology=technology), line, 1) for _ in range(count)]
    card = Tag(issuer, Role.CAREGIVER, technology=technology)
    again = [read(card, line, number) for number in range(count)]
    prover = issuer.prover()

    def took(reads: list[TokenRead]) -> float:
        began = time.process_time()
        for one in reads:
            prover.verdict(authority.suite, line.device, line.epoch, one)
        return (time.process_time() - began) / len(reads) * 1e6

    cold = took(first)
    took(again[:1])
    return cold, took(again)


def ingest(authority: Authority, issuer: Issuer, technology: Technology, read: Read, count: int) -> float:
    """Return microseconds an event, visits judged and all."""
    line, (door, card) = authority.terminal(), tags(issuer, technology)
    for number in range(1, count + 1):
        at = number * EVERY_NS
        direction = Direction.IN if number % 2 else Direction.OUT
        line.add(check_of(read(door, line, at), read(card, line, at), direction), mono_ns=at)
    messages = [line.message(seq, seq, certificate=False) for seq in range(2, count + 2)]
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), authority, prover=issuer.prover())
        site.take(line.message(1, 1), now_ms=LATER_MS)
        began = time.process_time()
        for at in range(0, count, GROUP):
            site.take(*messages[at : at + GROUP], now_ms=LATER_MS)
        took = time.process_time() - began
        site.store.close()
    return took / count * 1e6


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    authority, issuer = Authority(SM), Issuer(SM)
    found: dict[str, dict[str, float]] = {}
    for name, (technology, read) in READS.items():
        first, again = proving(authority, issuer, technology, read, min(arguments.events, 400))
        event = min(ingest(authority, issuer, technology, read, arguments.events) for _ in range(3))
        found[name] = {"first_us": first, "again_us": again, "event_us": event}
    base = found["uid"]["event_us"]
    for row in found.values():
        row["ratio"] = row["event_us"] / base
    if arguments.json:
        print(json.dumps(found))
        return 0
    table(
        ["token", "proved first, us", "again, us", "event with two, us", "ratio"],
        [
            [name, f"{r['first_us']:.0f}", f"{r['again_us']:.1f}", f"{r['event_us']:.0f}", f"{r['ratio']:.2f}"]
            for name, r in found.items()
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
