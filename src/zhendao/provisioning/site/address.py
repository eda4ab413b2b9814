"""In which datum an address was written down: recognised by where it lies from the surveyed place. Pure.

An address from a Chinese map is GCJ-02 or BD-09, 300 to 1400 m from WGS-84. The surveyed place is carried forward into
each datum, and the distance left is judged by its likelihood: survey error and address error together, with a Student
tail, against the hypothesis that the coordinates are of another place altogether. So the answer has a probability, and
where the datums lie too close together for the errors at hand (or outside China, where they are one) it says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from zhendao.protocol.datum import to_datum
from zhendao.protocol.position import RADIUS95, Covariance, offset_m
from zhendao.protocol.vocabulary import Datum

if TYPE_CHECKING:
    from collections.abc import Mapping

TAIL: Final = 4.0
"""Degrees of freedom of the address error: geocoders are right to a house, and now and then wrong by a street."""
SURE: Final = 0.99
LIKELY: Final = 0.9
SAME_M: Final = 10.0
"""Datums that put the place so close together are one, as all are outside China."""


class Hypothesis(StrEnum):
    """What the coordinates of an address may be."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    ELSEWHERE = "elsewhere"
    """In none of these datums the surveyed place."""


DATUMS: Final = {Hypothesis.WGS84: Datum.WGS84, Hypothesis.GCJ02: Datum.GCJ02, Hypothesis.BD09: Datum.BD09}
PRIORS: Final = {
    Hypothesis.WGS84: 0.3,
    Hypothesis.GCJ02: 0.3,
    Hypothesis.BD09: 0.3,
    Hypothesis.ELSEWHERE: 0.1,
}
"""Before the survey is looked at: which map somebody used is not known, one address in ten may be wrong."""
TOWN_M: Final = 10_000.0
"""A wrong address is anywhere within so much."""


class Certainty(StrEnum):
    """How sure the best hypothesis is: 99 %, 90 %, or less."""

    SURE = "sure"
    LIKELY = "likely"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Fit:
    """One hypothesis: the posterior probability, and how far the place in that datum lies from the address (metres)."""

    hypothesis: Hypothesis
    probability: float
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All hypotheses, the most probable first."""

    fits: tuple[Fit, ...]
    certainty: Certainty

    @property
    def best(self) -> Fit:
        """The most probable hypothesis."""
        return self.fits[0]

    def of(self, hypothesis: Hypothesis) -> Fit:
        """Return what was found for one hypothesis."""
        return next(one for one in self.fits if one.hypothesis is hypothesis)


def compare(
    place_e7: tuple[int, int],
    error: Covariance,
    address_e7: tuple[int, int],
    address95_m: float,
    priors: Mapping[Hypothesis, float] = PRIORS,
) -> Comparison:
    """Hold an address (degrees × 10^7, datum not believed) against the surveyed place (WGS-84) and its error.

    ``address95_m``: within how many metres the address is right, with 95 %.
    """
    total = error.plus(_round(address95_m / RADIUS95))
    away = {one: _offset(place_e7, address_e7, datum) for one, datum in DATUMS.items()}
    weights = {one: priors[one] * _density(total, *offset) for one, offset in away.items()}
    weights[Hypothesis.ELSEWHERE] = priors[Hypothesis.ELSEWHERE] / (math.pi * TOWN_M**2)
    whole = sum(weights.values())
    fits = sorted(
        (Fit(one, weight / whole, math.hypot(*away[one]) if one in away else None) for one, weight in weights.items()),
        key=lambda fit: -fit.probability,
    )
    return Comparison(tuple(fits), _certainty(fits, away))


def _certainty(fits: list[Fit], away: Mapping[Hypothesis, tuple[float, float]]) -> Certainty:
    best = fits[0]
    probability = best.probability
    if best.hypothesis in away:
        # What lies in the same place in two datums is right in both: their probabilities count together.
        same = (f for f in fits[1:] if f.hypothesis in away)
        probability += sum(f.probability for f in same if math.dist(away[f.hypothesis], away[best.hypothesis]) < SAME_M)
    if probability >= SURE:
        return Certainty.SURE
    return Certainty.LIKELY if probability >= LIKELY else Certainty.CANNOT_TELL


def _offset(place_e7: tuple[int, int], address_e7: tuple[int, int], datum: Datum) -> tuple[float, float]:
    lat, lon = to_datum(place_e7[0] / 1e7, place_e7[1] / 1e7, Datum.WGS84, datum)
    return offset_m((round(lat * 1e7), round(lon * 1e7)), address_e7)


def _density(total: Covariance, east_m: float, north_m: float) -> float:
    """Return the density of a bivariate Student law of scale ``total``, per m²."""
    determinant = total.ee * total.nn - total.en * total.en
    spread = 2 * math.pi * math.sqrt(determinant)
    return float((1 + total.squared(east_m, north_m) / TAIL) ** (-(TAIL + 2) / 2) / spread)


def _round(sigma_m: float) -> Covariance:
    return Covariance(sigma_m**2, 0.0, sigma_m**2)
