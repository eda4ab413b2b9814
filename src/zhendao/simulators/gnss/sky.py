"""The satellites above the simulated receiver: where they stand, which are used, how strong they are. Seeded."""

from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from zhendao.simulators.gnss.styles import Style, System

WEAKEST, USED_LEAST, STRONGEST = 20, 29, 49
"""dB-Hz: tracked from, used from, and what no sky exceeds."""

ON_HORIZON, EQUAL = 30, 42


class View(StrEnum):
    """How much of the sky the receiver sees."""

    GOOD = "good"
    WEAK = "weak"
    LOST = "lost"
    JAMMED = "jammed"
    """All of them weaker at once, by more than a wall takes."""
    EQUAL = "equal"
    """All of them as strong as each other: one transmitter."""
    STRONG = "strong"
    """Stronger than any sky."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a view is worth: satellites used (all systems together), HDOP, 1-sigma error, loss of strength in dB."""

    used: int
    hdop: float
    sigma_m: float
    loss: int
    equal: bool = False


QUALITIES = {
    View.GOOD: Quality(12, 0.9, 1.8, 0),
    View.WEAK: Quality(5, 3.1, 14.0, 8),
    View.LOST: Quality(0, 99.9, 0.0, 40),
    View.JAMMED: Quality(0, 99.9, 0.0, 18),
    View.EQUAL: Quality(12, 0.9, 1.8, 0, equal=True),
    View.STRONG: Quality(12, 0.9, 1.8, -14),
}


@dataclass(frozen=True, slots=True)
class Satellite:
    """One satellite as the receiver reports it; ``cn0`` 0 where it is not tracked."""

    system: System
    number: int
    elevation: int
    azimuth: int
    cn0: int
    used: bool = False


class Sky:
    """A constellation drawn once from the seed; strengths flicker by a decibel."""

    def __init__(self, style: Style, dice: Random) -> None:
        self._dice = dice
        self.systems = style.systems
        each = 16 // len(style.systems)
        self._satellites = [
            Satellite(system, number, dice.randint(8, 85), dice.randrange(360), 0)
            for system in style.systems
            for number in sorted(dice.sample(range(1, system.highest + 1), each))
        ]

    def seen(self, view: View) -> list[Satellite]:
        """Return all satellites of one epoch; the highest are used first, so many as the view allows."""
        quality = QUALITIES[view]
        best = sorted(self._satellites, key=lambda satellite: -satellite.elevation)[: quality.used]
        return [self._now(satellite, quality, used=satellite in best) for satellite in self._satellites]

    def _now(self, satellite: Satellite, quality: Quality, *, used: bool) -> Satellite:
        cn0 = ON_HORIZON + satellite.elevation // 5 - quality.loss + self._dice.choice((-1, 0, 0, 1))
        # What is used is tracked, and a module does not use what it hardly hears.
        if quality.equal:
            cn0 = EQUAL
        cn0 = min(STRONGEST - min(0, quality.loss), max(cn0, USED_LEAST if used else 0))
        return replace(satellite, cn0=cn0 if cn0 >= WEAKEST else 0, used=used)
