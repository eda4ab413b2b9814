"""From a card held to the reader to the good signal, every sensor flooding against none: one terminal, in turns.

Four contacts at 1,000 edges a second each, and a serial sensor that sends text and garbage as fast as the line takes.
The flood of the pins is made inside the terminal's own process (mock pins), so its cost is in the figures.
`python bench/sensors.py [--taps N] [--rounds N] [--contacts N] [--json]`.
"""

import argparse
import contextlib
import json
import random
import select
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the home that the tests use, with all its processes

from samples.home import Terminal
from samples.pinned import PinnedHome
from zhendao.command.output import table
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.vocabulary import Kind, SensorCondition
from zhendao.simulators.pins.hand import Hand
from zhendao.simulators.pseudoterminal import PseudoTerminal

PINS = (20, 21, 23, 24, 25, 26, 12, 16)
EDGES_S = 1000
STORM_MS = 500


def main() -> None:
    """Measure, print, and check what the floods became."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--taps", type=int, default=20, help="of each kind in a round")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--contacts", type=int, default=4, choices=range(1, len(PINS) + 1))
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        quiet, flooded, events = measured(Path(folder), chosen.taps, chosen.rounds, chosen.contacts)
    rows = {"sensors at rest": summary(quiet), "sensors flooding": summary(flooded)}
    ratio = {name: rows["sensors flooding"][name] / value for name, value in rows["sensors at rest"].items()}
    if chosen.json:
        print(json.dumps({**rows, "ratio": ratio, "events": events}))
        return
    table(
        ["ms", "taps", "median", "p95", "max"],
        [
            *([name, len(quiet), *(f"{one:.1f}" for one in row.values())] for name, row in rows.items()),
            ["ratio", "", *(f"{one:.2f}" for one in ratio.values())],
        ],
    )
    print(f"events of the sensors: {events['told']}, edges and readings not told singly: {events['suppressed']}")


def summary(values: list[float]) -> dict[str, float]:
    """Return median and tail, milliseconds."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"median": statistics.median(values), "p95": cuts[94], "max": max(values)}


def measured(folder: Path, taps: int, rounds: int, contacts: int) -> tuple[list[float], list[float], dict[str, int]]:
    """Return the milliseconds of taps at rest and under floods, and what the sensors told."""
    serial = PseudoTerminal(folder / "serial")
    serial.plug()
    rows = [f'[[sensor]]\nname = "contact {pin}"\nkind = "door"\npin = {pin}\n' for pin in PINS[:contacts]]
    pattern = "T=(?P<value>\\\\d+)"
    rows.append(f'[[sensor]]\nname = "heat"\nkind = "other"\nport = "{serial.link}"\npattern = "{pattern}"\n')
    quiet: list[float] = []
    flooded: list[float] = []
    phase = random.Random(6)  # noqa: S311 - moments, not secrets
    with PinnedHome(folder, more="".join(rows), session="double_tap_s = 0") as home:
        terminal = home.start()
        for _ in range(rounds):
            quiet += tapped(home, terminal, taps, phase)
            with flood(home, serial, contacts):
                flooded += tapped(home, terminal, taps, phase)
        home.gateway.wait(lambda: all_well(home, contacts + 1), 120)
        told = [one.body for one in home.gateway.of_kind(Kind.SENSOR) if isinstance(one.body, Sensor)]
    serial.unplug()
    wild = {one.sensor for one in told if one.condition is SensorCondition.FLOODING}
    assert wild == {one.sensor for one in told}, told
    return quiet, flooded, {"told": len(told), "suppressed": sum(one.suppressed for one in told)}


def all_well(home: PinnedHome, sensors: int) -> bool:
    """Tell whether the newest word of each of so many sensors is that it is well again."""
    bodies = [one.body for one in home.gateway.of_kind(Kind.SENSOR)]
    newest = {one.sensor: one.condition for one in bodies if isinstance(one, Sensor)}
    return len(newest) == sensors and set(newest.values()) == {SensorCondition.WELL}


def tapped(home: PinnedHome, terminal: Terminal, taps: int, phase: random.Random) -> list[float]:
    """Return milliseconds from the card's coming into the field to the good signal, tap by tap."""
    found = []
    for _ in range(taps):
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("remove door")
        home.emulator.do(f"wait {phase.randrange(1, 200)}")
        held = home.emulator.do("present card")
        told = None
        while told is None or told["moment"] not in {"checked-in", "checked-out"}:
            told = terminal.any()
        found.append((told["mono_ns"] - held["mono_ns"]) / 1e6)
        home.emulator.do("remove card")
        home.emulator.do("wait 400")
    return found


@contextlib.contextmanager
def flood(home: PinnedHome, serial: PseudoTerminal, contacts: int) -> Iterator[None]:
    """Let every contact bounce and the serial sensor talk, until left."""
    over = threading.Event()

    def storm(pin: int) -> None:
        with Hand(home.pins) as hand:
            while not over.is_set():
                hand.do(f"storm {pin} {EDGES_S // 2} {STORM_MS}")

    def talk() -> None:
        said = b"".join(b"T=%d\r\n\xff\x00?\x80\r\n" % (n % 90) for n in range(200))
        while not over.is_set():
            if select.select([], [serial.master], [], 0.05)[1]:
                serial.write(said)

    threads = [threading.Thread(target=storm, args=(pin,)) for pin in PINS[:contacts]]
    threads.append(threading.Thread(target=talk))
    for one in threads:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in threads:
            one.join()


if __name__ == "__main__":
    main()
