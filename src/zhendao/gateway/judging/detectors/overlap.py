"""One caregiver in two homes at once, whatever the errors of the clocks. rule: TIME, DOUBLE-SIGN.

Promise: two elders at one place are one visit to both; a shift at a station, and a visit too long to be one, hold
nothing against anybody; of two visits each time is taken at its shortest. Both carry the finding: which one is right
is not for a machine to say.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from zhendao.gateway.judging.detectors.lasting import lasting
from zhendao.gateway.judging.detectors.next_door import next_door
from zhendao.gateway.judging.detectors.saying import of_visit, when
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.registry.snapshot import Place
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "查明哪一次是本人：改正签到签退时间，或登记卡由谁使用；两户实为一处的登记为同一地点",
    "which of both was the caregiver: a time corrected with proof, or who had the card; homes that are one place are "
    "registered as one",
)


_ATTESTED_MS: Final = 60_000
"""People say a time to the minute."""


def _find(whole: Whole) -> Iterable[Finding]:
    spans = sorted(
        (visit.caregiver_id, span[0], span[1], visit.visit_id, visit)
        for visit in whole.visits
        if visit.caregiver_id is not None and (span := _surely(visit)) is not None
    )  # the id decides between equal ones, so no two visits are ever compared
    found: dict[bytes, tuple[int, bytes, Visit, Visit]] = {}
    for _, several in groupby(spans, key=lambda one: one[0]):
        under_way: list[tuple[int, Visit]] = []
        for _, begin, end, _, visit in several:
            under_way = [one for one in under_way if one[0] > begin]
            for until, other in under_way:
                if _elsewhere(visit, other):
                    _keep_longest(found, (min(end, until) - begin) // 1000, visit, other)
                    _keep_longest(found, (min(end, until) - begin) // 1000, other, visit)
            under_way.append((end, visit))
    for both_s, _, visit, other in found.values():
        yield from _told(visit, other, both_s, whole)


def _keep_longest(found: dict[bytes, tuple[int, bytes, Visit, Visit]], both_s: int, visit: Visit, other: Visit) -> None:
    """Keep of each visit the other one that it overlaps the longest, of equal ones the one of the greater id."""
    before = found.get(visit.visit_id)
    if before is None or (both_s, other.visit_id) > before[:2]:
        found[visit.visit_id] = both_s, other.visit_id, visit, other


def _surely(visit: Visit) -> tuple[int, int] | None:
    """Return from when to when (UTC ms) the visit surely lasted, None where that is not known."""
    pair = visit.pair
    if pair is None or pair.first.body.placement is Placement.STATION:
        return None
    if any(one["flag"] == "long" for one in visit.record["flags"]):
        return None  # a check that was forgotten makes one long visit of two halves
    told = visit.record.get("correction")
    if told is not None and told["counts"]:
        return _as_corrected(visit, told)
    if pair.last is None:
        return None
    first, last = pair.first.moment, pair.last.moment
    if first.bound_ms is None or last.bound_ms is None or first.disputed or last.disputed:
        return None
    begin, end = first.wall_ms + first.bound_ms, last.wall_ms - last.bound_ms
    return (begin, end) if begin < end else None


def _as_corrected(visit: Visit, told: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return from when to when a visit surely lasted whose times people put right: what they attest counts too.

    Else whoever was elsewhere would need no more than a correction to have been here as well.
    """
    begin, end, record = visit.begin_ms, visit.end_ms, visit.record
    sides = ((told["begin_ms"], record["in"]), (told["end_ms"], record["out"]))
    early, late = (
        _ATTESTED_MS if new is not None else None if side is None else side["bound_ms"] for new, side in sides
    )
    if begin is None or end is None or early is None or late is None:
        return None
    return (begin + early, end - late) if begin + early < end - late else None


def _elsewhere(one: Visit, other: Visit) -> bool:
    same_place = one.record["place_id"] is not None and one.record["place_id"] == other.record["place_id"]
    same_elder = one.elder_id is not None and one.elder_id == other.elder_id
    return one.record["device"] != other.record["device"] and not same_place and not same_elder


def _home(visit: Visit, whole: Whole) -> Place | None:
    place_id = visit.record["place_id"]
    return whole.registry.place(place_id, visit.at_ms or 0) if place_id is not None else None


def _told(visit: Visit, other: Visit, both_s: int, whole: Whole) -> Iterable[Finding]:
    most = whole.hints.overlap_s if next_door(_home(visit, whole), _home(other, whole)) else 0
    if both_s <= most or visit.begin_ms is None or other.begin_ms is None:
        return
    offset = whole.policy.thresholds.offset_ms
    begin, there = when(visit.begin_ms, offset), when(other.begin_ms, offset)
    measured, allowed, off = lasting(both_s), lasting(most), lasting(both_s - most)
    yield of_visit(
        "overlap", visit, (both_s, most, both_s - most), "s",
        Text(
            f"同一护理员 {begin} 起的服务与另一户 {there} 起的服务重叠 {measured.zh}，"
            f"应不超过 {allowed.zh}，多 {off.zh}",
            f"the visit from {begin} and one of the same caregiver in another home from {there} overlap by "
            f"{measured.en}; {allowed.en} were expected at most: {off.en} more",
        ),
        _CLEARS,
    )  # fmt: skip


SURVEY = Survey("overlap", _find)
