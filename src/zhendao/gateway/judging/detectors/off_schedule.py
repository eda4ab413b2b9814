"""A visit that began outside the hours that were agreed for it, whatever the error of the clock. rule: SERVICES, TIME.

Without hours in the schedule those of the service count; where neither says any, nothing is said. A visit of somebody
with whom nothing is agreed is no finding: unscheduled care is care. A check alone may be the end of what began in time.
"""

from collections.abc import Iterable, Sequence

from zhendao.gateway.judging.detectors.lasting import lasting
from zhendao.gateway.judging.detectors.saying import of_visit, when
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.gateway.judging.planned import planned_of
from zhendao.gateway.registry.snapshot import Schedule
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "登记改约后的安排（可注明起始日），或老人一方确认改期",
    "the schedule as it was changed, or the elder's word that it was moved",
)
_WEEK = range(-7, 8)
_NEAR = (-1, 0, 1)


def _find(seen: Seen) -> Iterable[Finding]:
    visit, offset = seen.visit, seen.policy.thresholds.offset_ms
    begin, slack = visit.begin_ms, seen.hints.schedule_slack_s
    rows = _agreed(visit, seen)
    if begin is None or visit.pair is None or visit.pair.last is None or not rows:
        return
    moment = visit.pair.first.moment
    if not moment.trustworthy:
        return
    error = -(-(moment.bound_ms or 0) // 1000)
    away, span = _nearest(begin, rows, offset, _NEAR)
    if span is None or away > slack:
        away, span = _nearest(begin, rows, offset, _WEEK)
    away -= error
    if span is None or away <= slack:
        return
    agreed = f"{when(span[0], offset)}–{when(span[1], offset)[-5:]}"
    measured, most, off = lasting(away), lasting(slack), lasting(away - slack)
    yield of_visit(
        "off_schedule", visit, (away, slack, away - slack), "s",
        Text(
            f"{when(begin, offset)} 签到，离最近的约定时段（{agreed}）{measured.zh}，允许 {most.zh}，多 {off.zh}",
            f"the check-in at {when(begin, offset)} was {measured.en} from the nearest hours agreed ({agreed}); "
            f"{most.en} are allowed: {off.en} more",
        ),
        _CLEARS,
    )  # fmt: skip


def _agreed(visit: Visit, seen: Seen) -> list[Valid[Schedule]]:
    """Return what is agreed, as rows that hold always: they held when the visit began."""
    if visit.elder_id is None or visit.caregiver_id is None or visit.at_ms is None or "profile" in visit.record:
        return []
    rows = []
    for one in seen.registry.schedules_of(visit.elder_id, visit.caregiver_id, visit.at_ms):
        service = seen.registry.service(one.code, visit.at_ms)
        hours = one.hours or (service.hours if service is not None else None)
        if hours is None:
            return []
        rows.append(Valid(Schedule(one.elder_id, one.caregiver_id, one.code, one.days, hours), 0))
    return rows


def _nearest(
    begin: int, rows: Sequence[Valid[Schedule]], offset: int, days: Iterable[int]
) -> tuple[int, tuple[int, int] | None]:
    spans = [span for row in rows for span in planned_of(row, begin, offset, days)]
    return min(((max(from_ms - begin, begin - to_ms, 0) // 1000, (from_ms, to_ms)) for from_ms, to_ms in spans),
               default=(0, None))  # fmt: skip


DETECTOR = Detector("off_schedule", _find)
