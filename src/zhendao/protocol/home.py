"""Where a fixed terminal stands, as figures, and the test whether it has been moved since. Pure; WGS-84.

The test: each fix gives a p-value under a heavy-tailed law (Student, `TAIL` degrees of freedom) about the learned
place, with its error and the larger of the fix's own and the learned scatter. Of several fixes twice the median p-value
counts (Rüger 1978): valid however much the fixes depend on each other, and up to half of them may be far off. So false
alarms come at most at the rate asked for, if no error has heavier tails than that law with what is stated of it.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.position import RADIUS95, Covariance, offset_m

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.protocol.position import Position

TAIL: Final = 8.0
FALSE_ALARM: Final = 1e-4
"""Of one judgement of a terminal that stands where it was."""
BLIND_M: Final = 500.0
"""Fixes so inaccurate that a move of this length would not show say nothing."""
_SCALE: Final = 100
"""m² are kept in units of 1/100."""
_MOST_E7: Final = (900_000_000, 1_800_000_000)
_MOST_M2: Final = 10**9


class Answer(StrEnum):
    """What is said about a terminal's place."""

    HERE = "here"
    MOVED = "moved"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Home:
    """Learned figures: the centre (degrees × 10^7), its own error, the scatter of a single fix, how many were seen."""

    lat_e7: int
    lon_e7: int
    error: Covariance
    spread: Covariance
    samples: int

    def as_plain(self) -> dict[str, Any]:
        """Return whole numbers: e7 degrees, and m² × 100 as [east-east, east-north, north-north]."""
        return {
            "lat_e7": self.lat_e7,
            "lon_e7": self.lon_e7,
            "error": _plain(self.error),
            "spread": _plain(self.spread),
            "samples": self.samples,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """One later fix, with its own 95 % error in metres."""

    lat_e7: int
    lon_e7: int
    hacc95_m: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """``p_ppb``: p-value × 10^9; ``distance_m`` of the fixes' median; ``reach_m``: from how far a move would show."""

    answer: Answer
    p_ppb: int | None = None
    distance_m: float | None = None
    reach_m: float | None = None


def learn(position: Position) -> Home:
    """Return what is to be kept of a survey."""
    return Home(position.lat_e7, position.lon_e7, position.error, position.spread, position.samples)


def home_of_plain(found: Any) -> Home:
    """Return what `Home.as_plain` gave. Raises `MalformedError` for anything else."""
    match found:
        case {
            "lat_e7": int(lat),
            "lon_e7": int(lon),
            "error": [int(), int(), int()] as error,
            "spread": [int(), int(), int()] as spread,
            "samples": int(samples),
        } if abs(lat) <= _MOST_E7[0] and abs(lon) <= _MOST_E7[1] and samples > 0:
            return Home(lat, lon, _covariance(error), _covariance(spread), samples)
    raise MalformedError("home", "no figures of a home")


@dataclass(frozen=True, slots=True)
class Compared:
    """One fix held against a home: its p-value, its distance, and the 1-sigma error of it all (metres)."""

    p: float
    distance_m: float
    sigma_m: float


def judge(home: Home, fixes: Sequence[Seen], false_alarm: float = FALSE_ALARM) -> Verdict:
    """Say whether ``fixes`` of a terminal come from its home; ``false_alarm`` bounds wrong *moved* (0…1)."""
    return together([compare(home, fix) for fix in fixes], false_alarm)


def compare(home: Home, fix: Seen) -> Compared:
    """Hold one fix against a home; the error is that along the major axis."""
    offset = offset_m((home.lat_e7, home.lon_e7), (fix.lat_e7, fix.lon_e7))
    total = home.error.plus(home.spread.at_least(fix.hacc95_m / RADIUS95))
    p = (1 + total.squared(*offset) / TAIL) ** (-TAIL / 2)
    return Compared(p, math.hypot(*offset), total.ellipse(1.0).major_m)


def together(fixes: Sequence[Compared], false_alarm: float = FALSE_ALARM) -> Verdict:
    """Say what several fixes say together; see `judge`."""
    if not fixes:
        return Verdict(Answer.CANNOT_TELL)
    single = len(fixes) == 1
    p = fixes[0].p if single else min(1.0, 2 * _upper_median([one.p for one in fixes]))
    distance = statistics.median(one.distance_m for one in fixes)
    level = false_alarm if single else false_alarm / 2
    reach = statistics.median(one.sigma_m for one in fixes) * _sigmas(level)
    answer = Answer.HERE if reach <= BLIND_M else Answer.CANNOT_TELL
    if p <= false_alarm:
        answer = Answer.MOVED
    return Verdict(answer, round(p * 1e9), distance, reach)


def _sigmas(level: float) -> float:
    """Return how many sigmas off a fix has the p-value ``level``."""
    return math.sqrt(TAIL * (level ** (-2 / TAIL) - 1))


def _upper_median(values: list[float]) -> float:
    """Return the (⌊n/2⌋ + 1)-th smallest of n: n over that many times it, and so twice it, is a valid p-value."""
    return sorted(values)[len(values) // 2]


def _plain(one: Covariance) -> list[int]:
    return [round(_SCALE * value) for value in (one.ee, one.en, one.nn)]


def _covariance(found: list[int]) -> Covariance:
    ee, en, nn = found
    if not (0 < ee < _MOST_M2 and 0 < nn < _MOST_M2 and en * en < ee * nn):
        raise MalformedError("home", "no covariance")
    return Covariance(ee / _SCALE, en / _SCALE, nn / _SCALE)
