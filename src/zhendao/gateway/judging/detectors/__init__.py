"""The registry of detectors: one module each, one line each. To take one away, delete both, and its page.

``DETECTORS`` look at one visit, ``SURVEYS`` at all of them and at what terminals told of themselves.
"""

from typing import Final

from zhendao.gateway.judging.detectors import (
    blocklisted,
    booked_under_others,
    cards_together,
    clock,
    cloned,
    foreign_door,
    fork,
    gap,
    long,
    low_rating,
    minute_regular,
    missed,
    moved,
    no_in,
    no_out,
    no_rating,
    off_schedule,
    outside,
    over_capacity,
    over_hours,
    overlap,
    papers,
    rating_pattern,
    replayed,
    rollback,
    short,
    tamper,
    travel,
    unbound,
    unlicensed,
    weak_token,
)
from zhendao.gateway.judging.findings import Detector, Survey

DETECTORS: Final[tuple[Detector, ...]] = (
    short.DETECTOR,
    long.DETECTOR,
    no_out.DETECTOR,
    blocklisted.DETECTOR,
    clock.DETECTOR,
    foreign_door.DETECTOR,
    low_rating.DETECTOR,
    no_in.DETECTOR,
    outside.DETECTOR,
    papers.DETECTOR,
    unbound.DETECTOR,
    unlicensed.DETECTOR,
    off_schedule.DETECTOR,
)
SURVEYS: Final[tuple[Survey, ...]] = (
    gap.SURVEY,
    fork.SURVEY,
    rollback.SURVEY,
    tamper.SURVEY,
    replayed.SURVEY,
    cloned.SURVEY,
    weak_token.SURVEY,
    overlap.SURVEY,
    travel.SURVEY,
    over_capacity.SURVEY,
    over_hours.SURVEY,
    booked_under_others.SURVEY,
    cards_together.SURVEY,
    minute_regular.SURVEY,
    missed.SURVEY,
    moved.SURVEY,
    no_rating.SURVEY,
    rating_pattern.SURVEY,
)
