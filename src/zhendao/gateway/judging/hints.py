"""The thresholds of detectors: when something is worth a hint; the table `[hints]` of a policy.

docs/anomalies says what each is for. All have defaults; what is judged as a rule of visits (least and most of a
service, least strength) is not here.
"""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer


@dataclass(frozen=True, slots=True)
class Hints:
    """Every threshold of a detector, each named after what it is for."""

    gap_least: Annotated[int, Integer(1, 1_000_000)] = 1
    """So many events missing from a journal are worth a hint."""
    one_reading_s: Annotated[int, Integer(0, 3_600)] = 60
    """Two readings of a tag so close together, in one start of a terminal, are one session of it."""
    overlap_s: Annotated[int, Integer(0, 86_400)] = 60
    """So long one caregiver may be in two homes at once that are next to each other: a card read at the next door."""
    travel_kmh: Annotated[int, Integer(1, 1_000)] = 120
    """Nobody comes faster from one home to another, in a straight line."""
    travel_least_m: Annotated[int, Integer(0, 100_000)] = 100
    """Places that are nearer to each other, all errors taken off, are no journey: a stairwell, a courtyard."""
    schedule_slack_s: Annotated[int, Integer(0, 86_400)] = 1_800
    """So far from the agreed hours a visit may begin."""
    chance_one_in: Annotated[int, Integer(10, 1_000_000_000)] = 10_000
    """A pattern is told where chance makes it less often than once in so many caregivers: a city has some 1,700."""
    regular_within_s: Annotated[int, Integer(1, 600)] = 60
    """A visit that ends so soon after its least time ends to the minute."""
    regular_least: Annotated[int, Integer(2, 1_000)] = 3
    """So many such visits of a caregiver are worth a look, at least."""
    booked_least: Annotated[int, Integer(2, 1_000)] = 3
    """So many visits under a colleague's card, while the elder's caregiver is at work, are worth a look."""
    booked_days: Annotated[int, Integer(1, 366)] = 2
    """They lie on so many different days, at least."""
    together_within_s: Annotated[int, Integer(1, 3_600)] = 120
    """Two cards that are read so soon after each other were brought together."""
    together_least: Annotated[int, Integer(2, 1_000)] = 3
    """So many meetings of the same two cards are worth a look."""
    rating_one_in: Annotated[int, Integer(10, 1_000_000_000)] = 10_000
    """A pattern of ratings is told when chance gives it once in so many times at most."""
