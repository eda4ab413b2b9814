"""Which faults come, when, and for how long: an endless sequence for each lane, drawn from the seed. Pure.

Promise: the same seed gives the same sequence in each lane. How the lanes fall together is up to the machine: what was
found with a seed is likely to come again, and not certain to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What goes wrong."""

    KILL = "kill"
    STOP = "stop"
    FREEZE = "freeze"
    CUT = "cut"
    HALF_OPEN = "half-open"
    FLAP = "flap"
    UNPLUG = "unplug"
    HANG = "hang"
    GARBLE = "garble"
    RECEIVER = "receiver"
    DISK_FULL = "disk-full"
    CLOCK = "clock"
    ROUGH = "rough"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Spell:
    """A kind of fault in a lane: how often beside the others, and for how long, seconds."""

    kind: Kind
    weight: int
    shortest_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: after ``rest_s`` without one it begins, and lasts ``lasts_s``. ``dice`` is uniform in [0, 1)."""

    kind: Kind
    rest_s: float
    lasts_s: float
    dice: float


LINK = (
    Spell(Kind.CUT, 2, 0.5, 15),
    Spell(Kind.HALF_OPEN, 3, 5, 60),
    Spell(Kind.FLAP, 2, 5, 25),
)
"""Faults of a line to the broker. A half-open one is noticed after the keepalive, so it may take long."""

HOME = (
    *LINK,
    Spell(Kind.KILL, 6, 0, 4),
    Spell(Kind.STOP, 2, 0, 3),
    Spell(Kind.FREEZE, 1, 1, 8),
    Spell(Kind.UNPLUG, 2, 0.5, 10),
    Spell(Kind.HANG, 1, 2, 15),
    Spell(Kind.GARBLE, 3, 1, 8),
    Spell(Kind.RECEIVER, 1, 2, 15),
)
SMALL_DISK = Spell(Kind.DISK_FULL, 3, 3, 15)
"""Of a terminal, or of the gateway; where there are small disks."""
CLOCK = Spell(Kind.CLOCK, 2, 3, 15)
GATEWAY = (*LINK, Spell(Kind.KILL, 4, 0, 6), Spell(Kind.STOP, 2, 0, 4), Spell(Kind.FREEZE, 1, 1, 10))
BROKER = (Spell(Kind.KILL, 3, 0, 15), Spell(Kind.STOP, 1, 0, 5), Spell(Kind.FREEZE, 1, 1, 10))
PLATFORM = (Spell(Kind.ROUGH, 3, 5, 30), Spell(Kind.DOWN, 1, 2, 15), Spell(Kind.KILL, 2, 0, 8))

RESTS_S = {"broker": (15.0, 60.0), "gateway": (8.0, 30.0), "platform": (5.0, 30.0)}
"""How long a lane is left in peace; a home's rest is `HOME_RESTS_S`. Visits need some of it."""
HOME_RESTS_S = (3.0, 15.0)


def faults(seed: int, lane: str, spells: Sequence[Spell]) -> Iterator[Fault]:
    """Return the faults of ``lane``, one after another, without end."""
    dice = Random(f"{seed}/{lane}")  # noqa: S311 - it is to come again
    rests = RESTS_S.get(lane, HOME_RESTS_S)
    while True:
        spell = dice.choices(spells, [one.weight for one in spells])[0]
        lasts_s = dice.uniform(spell.shortest_s, spell.longest_s)
        yield Fault(spell.kind, dice.uniform(*rests), lasts_s, dice.random())
