"""A check whose fix is outside every place at which it may be made, beyond its error. rule: LOCATION.

Promise: a fix accuses nobody by itself that its receiver doubts: without a satellite to spare it cannot know that one
lies, and its stated error is worth nothing; two of them that agree do. A fixed terminal does not go away and come back
within a visit: where one of its checks was inside, the other one drifted.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.gateway.place.geofence import Answer
from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.bodies import Fix
from zhendao.protocol.datum import distance_m, is_forward, to_datum
from zhendao.protocol.vocabulary import Datum, Placement
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "核实当时实际所在：登记坐标或坐标系有误的改登记；确在别处服务的登记认可地点",
    "where it was in fact: a registered position or datum that is wrong is corrected, another place of care approved",
)

_STANDS = Text(
    "固定终端不随人移动：要查的是终端或登记地点，不问责打卡人",
    "a fixed terminal goes nowhere with anybody: the terminal, or its registered place, is to be looked at; it is put "
    "to no person",
)
_DATUMS: Final = {Datum.WGS84: "WGS-84", Datum.GCJ02: "GCJ-02", Datum.BD09: "BD-09"}


_IN: Final = Text("签到", "the check-in")
_BETWEEN: Final = Text("中途打卡", "a check in between")
_OUT: Final = Text("签退", "the check-out")


class _Side(NamedTuple):
    """A check of a visit: what it is called, the verdict on its place, its fix."""

    name: Text
    location: Mapping[str, Any]
    fix: Fix

    @property
    def distance_m(self) -> int:
        found: int = self.location["distance_m"]
        return found


def _find(seen: Seen) -> Iterable[Finding]:
    visit = seen.visit
    if visit.at_ms is None or not seen.flagged("outside"):
        return
    fixed = visit.record["placement"] != Placement.CARRIED.name.lower()
    away = _accusing(_sides(seen), fixed=fixed)
    if away is None:
        return
    zh, en, distance, location = away.name.zh, away.name.en, away.distance_m, away.location
    place = seen.registry.place(location.get("approved_place_id") or visit.record["place_id"], visit.at_ms)
    # The distance to an outline is that to its nearest edge.
    reach = 0 if place is None or place.outline else place.radius_m
    off, error = distance - reach, location["error95_m"]
    said = Text(
        f"{zh}处距登记地点 {distance} 米，应在 {reach} 米内，超出 {off} 米（定位误差 {error} 米）",
        f"{en} was {distance} m from the registered place, {reach} m was expected at most: "
        f"{off} m more (error of the fix {error} m)",
    )
    if place is not None and place.outline:
        said = Text(
            f"{zh}处在登记地点边界外 {distance} 米（定位误差 {error} 米）",
            f"{en} was {distance} m outside the bounds of the registered place (error of the fix {error} m)",
        )
    found = of_visit("outside", visit, (distance, reach, off), "m", said, _CLEARS)
    yield replace(found, fault=_STANDS if fixed else _datum_of(place, away.fix, seen))


def _sides(seen: Seen) -> list[_Side]:
    """Return the checks of the visit that have a fix and a verdict, as they were made."""
    pair, record = seen.visit.pair, seen.visit.record
    fixes = {(one.epoch.hex(), one.seq): one.body.fix for one in (pair.checks if pair is not None else ())}
    sides = [(_IN, record["in"]), *((_BETWEEN, one) for one in record.get("rechecks", ())), (_OUT, record["out"])]
    found = []
    for name, side in sides:
        fix = fixes.get((side["epoch"], side["seq"])) if side is not None else None
        if fix is not None:
            found.append(_Side(name, side["location"], fix))
    return found


def _accusing(sides: Sequence[_Side], *, fixed: bool) -> _Side | None:
    """Return the check that shows that it was made elsewhere, the farther one of two; None where none does."""
    away = sorted((one for one in sides if one.location["answer"] == "outside"), key=lambda one: -one.distance_m)
    if fixed and any(one.location["answer"] == "inside" and not one.fix.signs for one in sides):
        return None
    sure = [one for one in away if not one.fix.signs]
    if not sure and len(away) > 1 and _agree(away[0].fix, away[1].fix):
        sure = away
    return sure[0] if sure else None


def _datum_of(place: Place | None, fix: Fix, seen: Seen) -> Text | None:
    """Tell that the fix lies within the place if its coordinates are read in another datum: a slip of who marked it."""
    if place is None:
        return None
    on_record = Datum.WGS84 if place.datum is Datum.CGCS2000 else place.datum
    for datum, name in _DATUMS.items():
        if datum is not on_record and seen.policy.locate(replace(place, datum=datum), fix).answer is Answer.INSIDE:
            said = _DATUMS[on_record]
            return Text(
                f"登记坐标若按 {name}（而非 {said}）解读则在范围内：很可能是登记坐标系有误，不问责任何人",
                f"read as {name} and not as {said} the registered coordinates hold it: the datum on record is probably "
                "wrong; it is put to no person",
            )
    return None


def _agree(one: Fix, other: Fix) -> bool:
    datum = one.datum if is_forward(other.datum, one.datum) else other.datum
    here, there = (to_datum(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, fix.datum, datum) for fix in (one, other))
    return distance_m(*here, *there) <= math.hypot(one.hacc95_dm, other.hacc95_dm) / 10


DETECTOR = Detector("outside", _find)
