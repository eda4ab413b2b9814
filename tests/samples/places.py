"""Fixes of a terminal that stands still: simulated errors that wander, and what real receivers wrote."""

import math
import random
from pathlib import Path

from zhendao.device.gnss.receiver import GoodFix, Receiver
from zhendao.protocol.position import FLOOR_M, RADIUS95, Sample, moved_by

HOME = (311885432, 1214370010)
RECORDINGS = Path(__file__).parents[1] / "data/nmea"


def wander(seed: int, count: int, sigma_m: float, tau_s: float = 60.0, far: float = 0.0) -> list[Sample]:
    """Return a fix each second whose error wanders (AR(1)); a share ``far`` of them is anywhere within 3 km."""
    chance = random.Random(seed)
    keep = math.exp(-1 / tau_s)
    fresh = sigma_m * math.sqrt(1 - keep * keep)
    east, north = chance.gauss(0, sigma_m), chance.gauss(0, sigma_m)
    samples = []
    for second in range(count):
        east, north = keep * east + chance.gauss(0, fresh), keep * north + chance.gauss(0, fresh)
        place = moved_by(HOME, east, north)
        if chance.random() < far:
            place = moved_by(HOME, chance.uniform(500, 3000), chance.uniform(-3000, 3000))
        samples.append(Sample(*place, hacc95_m=max(FLOOR_M, sigma_m * RADIUS95), at_s=float(second)))
    return samples


def recorded(name: str) -> list[Sample]:
    receiver, found, second = Receiver(), list[Sample](), 0
    for line in (*(RECORDINGS / f"{name}.nmea").read_bytes().splitlines(keepends=True), None):
        for one in receiver.finish(second) if line is None else receiver.feed(line, second):
            if isinstance(one, GoodFix):
                second += 1
                found.append(Sample(one.epoch.lat_e7, one.epoch.lon_e7, one.epoch.hacc95_m, float(second)))
    return found
