"""One caregiver in two homes at once, whatever the errors of the clocks. rule: TIME, DOUBLE-SIGN.

Promise: two elders at one place are one visit to both; a shift at a station holds nothing against anybody; of two
visits each time is taken at its shortest. Of a visit too long to be one, or without its in or out, nobody knows how
long she was there: at its checks she was. Both carry the finding: which one is right is not for a machine to say.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple

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


class _Span(NamedTuple):
    """When she was surely there; ``alone``: at one check. The id decides between equal ones, never the visit."""

    caregiver_id: str
    begin: int
    end: int
    alone: bool
    visit_id: bytes
    visit: Visit


def _find(whole: Whole) -> Iterable[Finding]:
    spans = [
        _Span(visit.caregiver_id, *times, visit.visit_id, visit)
        for visit in whole.visits
        if visit.caregiver_id is not None and visit.pair is not None
        and visit.pair.first.body.placement is not Placement.STATION
        for times in _surely(visit)
    ]  # fmt: skip
    found: dict[bytes, tuple[int, bytes, Visit, Visit]] = {}
    for _, several in groupby(sorted(spans, key=lambda one: one[:-1]), key=lambda one: one.caregiver_id):
        under_way: list[_Span] = []
        for one in several:
            under_way = [before for before in under_way if before.end > one.begin]
            for before in under_way:
                if _elsewhere(one.visit, before.visit):
                    both_ms = min(one.end, before.end) - one.begin
                    if one.alone:
                        both_ms = min(one.begin - before.begin, before.end - one.end)
                    _keep_longest(found, both_ms // 1000, one.visit, before.visit)
                    _keep_longest(found, both_ms // 1000, before.visit, one.visit)
            if not one.alone:
                under_way.append(one)
    for both_s, _, visit, other in found.values():
        yield from _told(visit, other, both_s, whole)


def _keep_longest(found: dict[bytes, tuple[int, bytes, Visit, Visit]], both_s: int, visit: Visit, other: Visit) -> None:
    """Keep of each visit the other one that it overlaps the longest, of equal ones the one of the greater id."""
    before = found.get(visit.visit_id)
    if before is None or (both_s, other.visit_id) > before[:2]:
        found[visit.visit_id] = both_s, other.visit_id, visit, other


def _surely(visit: Visit) -> list[tuple[int, int, bool]]:
    """Return from when to when (UTC ms) she was surely there, or but at a check (True): of that, when it may have been.

    A check that was forgotten makes one long visit of two halves, or leaves the other one alone; who lives in is there
    at what she attests, and may go out.
    """
    told = visit.record.get("correction")
    long = any(one["flag"] == "long" for one in visit.record["flags"])
    if told is not None and told["counts"] and not long:
        corrected = _as_corrected(visit, told)
        return [] if corrected is None else [(*corrected, False)]
    if visit.pair is None:
        return []
    if long or visit.pair.last is None:
        return [
            (one.wall_ms - one.bound_ms, one.wall_ms + one.bound_ms, True)
            for one in (check.moment for check in visit.pair.checks)
            if one.bound_ms is not None and one.trustworthy
        ]
    first, last = visit.pair.first.moment, visit.pair.last.moment
    if first.bound_ms is None or last.bound_ms is None or first.disputed or last.disputed:
        return []
    begin, end = first.wall_ms + first.bound_ms, last.wall_ms - last.bound_ms
    return [(begin, end, False)] if begin < end else []


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
    if both_s <= most:
        return
    offset = whole.policy.thresholds.offset_ms
    here, there = _called(visit, offset), _called(other, offset)
    measured, allowed, off = lasting(both_s), lasting(most), lasting(both_s - most)
    yield of_visit(
        "overlap", visit, (both_s, most, both_s - most), "s",
        Text(
            f"同一护理员 {here.zh}的服务与另一户 {there.zh}的服务重叠 {measured.zh}，"
            f"应不超过 {allowed.zh}，多 {off.zh}",
            f"the visit {here.en} and one of the same caregiver in another home {there.en} overlap by "
            f"{measured.en}; {allowed.en} were expected at most: {off.en} more",
        ),
        _CLEARS,
    )  # fmt: skip


def _called(visit: Visit, offset_ms: int) -> Text:
    """Return what tells a visit from others: when it began, or ended where nobody knows when it began."""
    if visit.begin_ms is not None:
        return Text(f"{when(visit.begin_ms, offset_ms)} 起", f"from {when(visit.begin_ms, offset_ms)}")
    end = when(visit.end_ms or 0, offset_ms)
    return Text(f"{end} 止", f"until {end}")


SURVEY = Survey("overlap", _find)
