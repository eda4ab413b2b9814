"""How good a survey is: its stated error, datums recognised, and moves noticed, by simulation. Four tables.

Errors wander (AR(1), correlation time 60 s); those of later fixes are independent between checks, with the tails of
Student's law that `protocol.home` assumes. `python bench/site_survey.py [--homes N] [--json]`
"""

import argparse
import json
import math
import random

from zhendao.command.output import table
from zhendao.protocol.datum import to_datum
from zhendao.protocol.home import TAIL, Answer, Seen, judge, learn
from zhendao.protocol.position import RADIUS95, Position, Sample, estimate, moved_by, offset_m
from zhendao.protocol.vocabulary import Datum
from zhendao.provisioning.site.address import DATUMS, Certainty, Hypothesis, compare

HOME = (311885432, 1214370010)
TAU_S = 60.0
Table = tuple[list[str], list[list[object]]]


def seeded(number: int) -> random.Random:
    """Return chance that is the same each time."""
    return random.Random(number)  # noqa: S311 - a simulation


def survey(chance: random.Random, seconds: int, sigma_m: float) -> Position:
    """Return what so many seconds of fixes give."""
    keep = math.exp(-1 / TAU_S)
    fresh = sigma_m * math.sqrt(1 - keep * keep)
    east, north = chance.gauss(0, sigma_m), chance.gauss(0, sigma_m)
    samples = []
    for second in range(seconds):
        east, north = keep * east + chance.gauss(0, fresh), keep * north + chance.gauss(0, fresh)
        samples.append(Sample(*moved_by(HOME, east, north), max(10.0, sigma_m * RADIUS95), float(second)))
    return estimate(samples)


def student(chance: random.Random, sigma_m: float) -> tuple[float, float]:
    """Return one error with heavy tails, metres east and north."""
    scale = sigma_m / math.sqrt(sum(chance.gauss(0, 1) ** 2 for _ in range(int(TAIL))) / TAIL)
    return chance.gauss(0, scale), chance.gauss(0, scale)


def ellipses(homes: int) -> Table:
    """How often the truth lies in the stated 95 % ellipse, and how large that is."""
    rows = []
    for seconds, sigma_m in ((30, 4.0), (60, 4.0), (60, 12.0), (300, 12.0), (900, 12.0)):
        chance = seeded(1)
        found = [survey(chance, seconds, sigma_m) for _ in range(max(50, homes // (1 + seconds // 60)))]
        inside = sum(one.error.squared(*offset_m((one.lat_e7, one.lon_e7), HOME)) <= RADIUS95**2 for one in found)
        middle = sorted(one.error.ellipse().major_m for one in found)[len(found) // 2]
        rows.append([seconds, sigma_m, f"{inside / len(found):.1%}", len(found), f"{middle:.1f} m"])
    return ["survey, s", "sigma, m", "truth inside", "of", "major axis"], rows


def datums(homes: int) -> Table:
    """How often the datum of an address is recognised, and how often what is said is wrong."""
    place = HOME[0] / 1e7, HOME[1] / 1e7
    rows = []
    for error_m in (30, 100, 300, 600):
        chance = seeded(2)
        counts = dict.fromkeys((*Certainty, "wrong"), 0)
        for _ in range(homes):
            written = chance.choice((Hypothesis.WGS84, Hypothesis.GCJ02, Hypothesis.BD09))
            lat, lon = to_datum(*place, Datum.WGS84, DATUMS[written])
            there = moved_by((round(lat * 1e7), round(lon * 1e7)), *student(chance, error_m / RADIUS95))
            found = survey(chance, 20, 5.0)
            compared = compare((found.lat_e7, found.lon_e7), found.error, there, error_m)
            right = compared.certainty is Certainty.CANNOT_TELL or compared.best.hypothesis is written
            counts[compared.certainty if right else "wrong"] += 1
        rows.append([error_m, *(f"{one / homes:.1%}" for one in counts.values())])
    return ["address within, m (95 %)", "sure, right", "likely, right", "cannot tell", "wrong"], rows


def alarms(homes: int) -> Table:
    """How often a box that stands still is said to be moved, at a rate that can be counted: 5 %."""
    rows = []
    for sigma_m in (4.1, 12.0, 40.0):
        chance, counted = seeded(3), [0, 0, 0]
        for _ in range(homes):
            home = learn(survey(chance, 30, 5.0))
            fixes = seen_at(chance, HOME, sigma_m, 5)
            for number, tried in enumerate((fixes[:1], fixes[:1] * 5, fixes)):
                counted[number] += judge(home, tried, 0.05).answer is Answer.MOVED
        rows.append([f"{sigma_m * RADIUS95:.0f}", *(f"{one / homes:.2%}" for one in counted)])
    return ["fixes within, m (95 %)", "one fix", "five that err alike", "five that err apart"], rows


def moves(homes: int) -> Table:
    """How often a move is noticed by three of five checks, at the usual rate of false alarms."""
    rows = []
    for away in (30, 50, 70, 100, 150):
        row: list[object] = [away]
        for sigma_m in (4.1, 12.0):
            chance, noticed = seeded(4), 0
            for _ in range(homes // 4):
                home = learn(survey(chance, 30, 5.0))
                fixes = [
                    *seen_at(chance, HOME, sigma_m, 2),
                    *seen_at(chance, moved_by(HOME, away, 0), sigma_m, 3),
                ]
                noticed += judge(home, fixes).answer is Answer.MOVED
            row.append(f"{noticed / (homes // 4):.1%}")
        rows.append(row)
    return ["moved by, m", "fixes within 10 m", "fixes within 29 m"], rows


def seen_at(chance: random.Random, place: tuple[int, int], sigma_m: float, count: int) -> list[Seen]:
    """Return so many later fixes of a terminal at ``place``."""
    return [Seen(*moved_by(place, *student(chance, sigma_m)), sigma_m * RADIUS95) for _ in range(count)]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {one.__name__: one(arguments.homes) for one in (ellipses, datums, alarms, moves)}
    if arguments.json:
        print(
            json.dumps(
                {name: [dict(zip(head, row, strict=True)) for row in rows] for name, (head, rows) in found.items()}
            )
        )
        return
    for name, (head, rows) in found.items():
        table(head, rows, name)


if __name__ == "__main__":
    main()
