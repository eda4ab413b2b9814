"""One caregiver at two places, farther apart than anybody comes in the time between. rule: LOCATION, DOUBLE-SIGN.

Promise: the distance is taken at its least (error of fixes, radius and survey of places), the time at its most (error
of the clocks); what cannot be dated or placed says nothing.
"""

import math
from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import NamedTuple

from zhendao.gateway.judging.detectors.lasting import lasting
from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.datum import distance_m, is_forward, to_datum
from zhendao.protocol.vocabulary import Datum, FixSign
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "查明两处各是谁持卡；登记地点或终端位置有误的改登记",
    "who had the card at either place; a registered place or terminal that is wrong is corrected",
)
_KMH = 3.6


_Told = tuple[tuple[int, int, int], str, Text, Text]
"""The figures of a finding, their unit, its sentence, and what clears it."""


class _Spot(NamedTuple):
    lat: float
    lon: float
    datum: Datum
    error_m: float


class _Stop(NamedTuple):
    caregiver_id: str
    at_ms: int
    bound_ms: int
    device: bytes
    seq: int
    spot: _Spot
    visit: Visit


def _find(whole: Whole) -> Iterable[Finding]:
    stops = [stop for visit in whole.visits for stop in _stops(visit, whole.registry)]
    stops.sort(key=lambda one: (one.caregiver_id, one.at_ms, one.device, one.seq, one.visit.visit_id))
    told: set[bytes] = set()
    for _, several in groupby(stops, key=lambda one: one.caregiver_id):
        for here, there in pairwise(several):
            if here.device == there.device or (found := _judge(here, there, whole)) is None:
                continue
            # Both carry it: which one is right is not for a machine to say.
            for visit in (here.visit, there.visit):
                if visit.visit_id not in told:
                    told.add(visit.visit_id)
                    yield of_visit("travel", visit, *found)


def _stops(visit: Visit, registry: Registry) -> Iterable[_Stop]:
    if visit.pair is None or visit.caregiver_id is None or visit.at_ms is None:
        return
    for check in visit.pair.checks:
        moment, spot = check.moment, _spot(check, visit.record["place_id"], registry, visit.at_ms)
        if moment.trustworthy and moment.bound_ms is not None and spot is not None:
            yield _Stop(visit.caregiver_id, moment.wall_ms, moment.bound_ms, check.device, check.seq, spot, visit)


def _spot(check: CheckFact, place_id: str | None, registry: Registry, at_ms: int) -> _Spot | None:
    """Return where the check was made: by its fix, else by the place where its terminal is registered."""
    fix = check.body.fix
    if fix is not None and not fix.signs & ~FixSign.WEAK:
        return _Spot(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, fix.datum, fix.hacc95_dm / 10)
    place = registry.place(place_id, at_ms) if place_id is not None else None
    if place is None:
        return None
    there = place.lat_e7 / 1e7, place.lon_e7 / 1e7
    corners = (distance_m(*there, lat / 1e7, lon / 1e7) for lat, lon in place.outline)
    return _Spot(*there, place.datum, max(place.radius_m, *corners, 0.0) + place.accuracy_m)


def _judge(here: _Stop, there: _Stop, whole: Whole) -> _Told | None:
    datum = there.spot.datum if is_forward(here.spot.datum, there.spot.datum) else here.spot.datum
    one = to_datum(here.spot.lat, here.spot.lon, here.spot.datum, datum)
    other = to_datum(there.spot.lat, there.spot.lon, there.spot.datum, datum)
    least_m = distance_m(*one, *other) - here.spot.error_m - there.spot.error_m
    took = max(0, math.ceil((there.at_ms - here.at_ms + here.bound_ms + there.bound_ms) / 1000))
    needed = math.floor(max(0.0, least_m) * _KMH / whole.hints.travel_kmh)
    # Homes that stand beside each other are no journey.
    if least_m < whole.hints.travel_least_m or took >= needed:
        return None
    took_told, least, off = lasting(took), lasting(needed), lasting(needed - took)
    return (
        (took, needed, needed - took), "s",
        Text(
            f"同一护理员的两次打卡相距至少 {least_m:.0f} 米，间隔至多 {took_told.zh}；"
            f"以每小时 {whole.hints.travel_kmh} 公里至少需 {least.zh}，少 {off.zh}",
            f"two checks of the same caregiver are at least {least_m:.0f} m and at most {took_told.en} apart; at "
            f"{whole.hints.travel_kmh} km/h {least.en} were expected at least: {off.en} less",
        ),
        _CLEARS,
    )  # fmt: skip


SURVEY = Survey("travel", _find)
