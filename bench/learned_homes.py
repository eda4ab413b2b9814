"""How well a home is learned: false alarms where fixes drift, moves noticed, time a fix. Simulated; errors apart.

`python bench/learned_homes.py [--homes N] [--json]`: each home has 300 fixes that scatter by 6 m, of which a share
drifts in any direction; then the terminal is moved, and 21 more come.
"""

import argparse
import json
import math
import random
import time

from zhendao.command.output import table
from zhendao.gateway.place.learned import Habit, Verdict, step
from zhendao.protocol.home import Answer
from zhendao.protocol.position import Sample, moved_by

HOME = (311885432, 1214370010)
FIXES, SOON, LATE = 300, 7, 21
MOVES_M = (100, 200, 400, 800)
DRIFTS = ((0.0, 0.0), (0.03, 300.0), (0.05, 150.0), (0.1, 150.0), (0.1, 300.0), (0.2, 100.0), (0.3, 100.0))


def fixes(chance: random.Random, count: int, drift: float, far_m: float, shift_m: float = 0.0) -> list[Sample]:
    """Return fixes six hours apart."""
    found = []
    for number in range(count):
        east, north = chance.gauss(shift_m, 6.0), chance.gauss(0, 6.0)
        if chance.random() < drift:
            bearing, off = chance.uniform(0, 2 * math.pi), chance.uniform(0.3, 1) * far_m
            east, north = east + off * math.sin(bearing), north + off * math.cos(bearing)
        found.append(Sample(*moved_by(HOME, east, north), 15.0, number * 21_600.0))
    return found


def after(habit: Habit, samples: list[Sample]) -> tuple[Habit, list[Verdict]]:
    """Return what is known after ``samples``, and what was said of each."""
    told = []
    for one in samples:
        habit, verdict = step(habit, one)
        told.append(verdict)
    return habit, told


def row(homes: int, drift: float, far_m: float) -> list[object]:
    """Return one line of the table."""
    alarms, spent = 0, 0.0
    noticed = dict.fromkeys(MOVES_M, (0, 0))
    for home in range(homes):
        chance = random.Random(home)  # noqa: S311 - a simulation
        samples = fixes(chance, FIXES, drift, far_m)
        begun = time.perf_counter()
        habit, told = after(Habit(), samples)
        spent += time.perf_counter() - begun
        alarms += sum(one.answer is Answer.MOVED for one in told)
        for metres, (soon, late) in noticed.items():
            said = [v.answer is Answer.MOVED for v in after(habit, fixes(chance, LATE, drift, far_m, metres))[1]]
            noticed[metres] = soon + any(said[:SOON]), late + any(said)
    judged = homes * FIXES
    moves = [f"{soon / homes:.0%} / {late / homes:.0%}" for soon, late in noticed.values()]
    return [f"{drift:.0%} by {far_m:.0f} m", f"{alarms} of {judged}", *moves, f"{spent / judged * 1e6:.0f} µs"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    headers = ["fixes that drift", "false alarms", *(f"moved {m} m, by {SOON} / {LATE}" for m in MOVES_M), "time a fix"]
    rows = [row(arguments.homes, *one) for one in DRIFTS]
    if arguments.json:
        print(json.dumps([dict(zip(headers, one, strict=True)) for one in rows]))
    else:
        table(headers, rows)


if __name__ == "__main__":
    main()
