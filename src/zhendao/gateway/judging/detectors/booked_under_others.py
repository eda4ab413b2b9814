"""One caregiver's visits booked, again and again, by a colleague who has none with that elder. For review. rule: HOURS.

Who works on after the hours with her are used up books with a colleague's card: the colleague appears at her elders
on days on which she is at work herself, and while she is nowhere else. A substitute comes when she is away.
"""

from collections.abc import Iterable, Mapping

from zhendao.gateway.judging.detectors.chance import permille
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.registry.snapshot import Schedule
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "机构确认调班，或老人证实当天来的是刷卡的那位护理员",
    "the organisation confirms that the two changed duties, or the elder that it was the one whose card it is",
)
_DAY_MS = 86_400_000
_Days = Mapping[tuple[str, int], list[Visit]]


def _find(whole: Whole) -> Iterable[Finding]:
    regulars: dict[str, list[Valid[Schedule]]] = {}
    for one in whole.registry.schedules:
        regulars.setdefault(one.row.elder_id, []).append(one)
    days: dict[tuple[str, int], list[Visit]] = {}
    for visit in whole.visits:
        if visit.caregiver_id is not None and visit.at_ms is not None:
            days.setdefault((visit.caregiver_id, _day(whole, visit.at_ms)), []).append(visit)
    pairs: dict[tuple[str, str], list[Visit]] = {}
    for visit in whole.visits:
        for regular in _regulars_at_work(visit, whole, regulars, days):
            pairs.setdefault((regular, visit.caregiver_id or ""), []).append(visit)
    instead = {visit.visit_id for several in pairs.values() for visit in several}
    for (regular, booked), several in sorted(pairs.items()):
        count = len(several)
        over = {_day(whole, visit.at_ms or 0) for visit in several}
        if count < whole.hints.booked_least or len(over) < whole.hints.booked_days:
            continue
        base = permille(len(instead) - count, len(whole.visits) - count)
        for visit in several:
            yield Finding(
                "booked_under_others", visit.visit_id, ("caregivers", f"{regular}/{booked}"), count, 0, count, "visits",
                Text(
                    f"老人的护理员当天在岗，服务却由没有排班的同事刷卡，{len(over)} 天内 {count} 次，应为 0 次"
                    f"（其他人 {base}‰）；仅供核查",
                    f"the elder's caregiver was at work, and a colleague without a duty there booked the visit: "
                    f"{count} times on {len(over)} days where it should be none (others: {base} in 1,000); "
                    "for review alone",
                ),
                _CLEARS, base,
            )  # fmt: skip


def _regulars_at_work(
    visit: Visit, whole: Whole, regulars: Mapping[str, list[Valid[Schedule]]], days: _Days
) -> set[str]:
    """Return who has this elder, was at work that day, and nowhere else while a colleague without a duty was here."""
    elder, by, at_ms = visit.elder_id, visit.caregiver_id, visit.at_ms
    if elder is None or by is None or at_ms is None:
        return set()
    held = {one.row.caregiver_id for one in regulars.get(elder, ()) if one.holds_at(at_ms)}
    if by in held:
        return set()
    day = _day(whole, at_ms)
    slack_ms = whole.hints.together_within_s * 1000
    return {
        who
        for who in held
        if (seen := days.get((who, day)))
        and not any(_at_once(visit, one) or _held_beside(visit, one, slack_ms) for one in seen)
    }


def _at_once(one: Visit, other: Visit) -> bool:
    """Tell whether both, as far as they are known, have a moment in common."""
    begin, end = one.begin_ms or one.at_ms or 0, one.end_ms or one.begin_ms or one.at_ms or 0
    from_ms, to_ms = other.begin_ms or other.at_ms or 0, other.end_ms or other.begin_ms or other.at_ms or 0
    return from_ms <= end and begin <= to_ms


def _held_beside(visit: Visit, hers: Visit, slack_ms: int) -> bool:
    """Tell whether the card of ``visit`` was held there along with her own, which is no work under another's name.

    Of one whose in or out is not there, a single check says so.
    """
    if visit.elder_id != hers.elder_id:
        return False
    ends = [(visit.begin_ms, hers.begin_ms), (visit.end_ms, hers.end_ms)]
    if visit.begin_ms is None or visit.end_ms is None:
        ends += [(visit.begin_ms, hers.end_ms), (visit.end_ms, hers.begin_ms)]
    return any(one is not None and other is not None and abs(one - other) <= slack_ms for one, other in ends)


def _day(whole: Whole, at_ms: int) -> int:
    return (at_ms + whole.policy.thresholds.offset_ms) // _DAY_MS


SURVEY = Survey("booked_under_others", _find)
