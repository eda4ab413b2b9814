"""From a card with keys held to the reader to the good signal, by strength: the real agent, the PN532 at 115,200 baud.

A door tag and a card of the strength named, the card at any moment of the sense loop; `wall`: a dynamic door tag that
stands in the field and is read anew for each check. `python bench/strong_tap.py [--taps N] [--json]`.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the home that the tests use, with all its processes

from samples import strong
from samples.home import Home, Identity
from zhendao.command.output import table
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Role

DOOR, CARD = bytes.fromhex("04d1d2d3d4d5d6"), bytes.fromhex("04c1c2c3c4c5c6")
SESSION = "double_tap_s = 0"


def main() -> None:
    """Measure each, print all."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--taps", type=int, default=20)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    found = {}
    for name, mounting in (("signed", "CRADLE"), ("dynamic", "CRADLE"), ("challenge", "CRADLE"), ("challenge", "WALL")):
        with tempfile.TemporaryDirectory() as folder:
            key = name if mounting == "CRADLE" else f"{name}, dynamic door tag on the wall"
            found[key] = taps(Path(folder), name, mounting, chosen.taps)
    rows = {name: summary(values) for name, values in found.items()}
    if chosen.json:
        print(json.dumps(rows))
        return
    table(
        ["ms", "n", "median", "p95", "max"],
        [[name, chosen.taps, *(f"{one:.0f}" for one in row.values())] for name, row in rows.items()],
    )


def summary(values: list[float]) -> dict[str, float]:
    """Return median and tail, milliseconds."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"median": statistics.median(values), "p95": cuts[94], "max": max(values)}


def taps(folder: Path, name: str, mounting: str, count: int) -> list[float]:
    """Return milliseconds from the card's coming into the field to the good signal, tap by tap."""
    who = Identity(mounting=mounting)
    shelve(folder / "tags", who, name)
    phase, found = random.Random(532), []  # noqa: S311 - moments, not secrets
    door, card = ("door", "card") if name == "signed" else ("strongdoor", name)
    with Home(folder, who, session=SESSION) as home:
        terminal = home.start()
        if mounting == "WALL":
            home.emulator.do(f"present {door}")
            home.emulator.do("wait 1000")
        for number in range(count):
            if mounting != "WALL":
                home.emulator.do(f"present {door}")
                terminal.next("door-seen")
                home.emulator.do(f"remove {door}")
            # A person comes at any moment of the sense loop; straight after the door it would always be the same one.
            home.emulator.do(f"wait {phase.randrange(1, 200)}")
            held = home.emulator.do(f"present {card}")
            told = terminal.next("checked-in" if number % 2 == 0 else "checked-out")
            found.append((told["mono_ns"] - held["mono_ns"]) / 1e6)
            home.emulator.do(f"remove {card}")
            home.emulator.do("wait 800")
    return found


def shelve(folder: Path, who: Identity, name: str) -> None:
    """Put a door tag and a card with keys where the emulator of the home takes them up."""
    records = [
        sign_token(who.issuer, role, bytes([role]) * 16, uid, 0, 1 << 40)
        for role, uid in ((Role.DOOR, DOOR), (Role.CAREGIVER, CARD))
    ]
    strong.shelve(folder, "strongdoor", "ntag424", strong.ntag424(DOOR, records[0]))
    if name == "dynamic":
        strong.shelve(folder, name, "ntag424", strong.ntag424(CARD, records[1]))
    elif name == "challenge":
        strong.shelve(folder, name, "cpucard", strong.cpu_card(CARD, records[1]))


if __name__ == "__main__":
    main()
