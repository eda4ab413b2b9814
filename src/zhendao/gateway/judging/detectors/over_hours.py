"""More of a service than an elder is granted in a period. rule: HOURS, SUPPLY.

Promise: each visit counts for the least that it surely took, in the local period in which it began; the visits up to
the granted hours are untouched, each one beyond them carries the finding.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from zhendao.gateway.judging.detectors.lasting import lasting
from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.registry.standing import Authorisation
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "登记补批的时数或次数，或把超出部分转为自费；时长更正后重算",
    "more hours on record that were granted, or the rest paid by the elder; a corrected time is counted anew",
)
_PERIODS = {
    "day": Text("本日", "this day"),
    "week": Text("本周", "this week"),
    "month": Text("本月", "this month"),
    "year": Text("本年", "this year"),
}


def _find(whole: Whole) -> Iterable[Finding]:
    spent: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for visit in sorted(whole.visits, key=lambda one: (one.begin_ms or 0, one.visit_id)):
        granted = _granted(visit, whole)
        lasted, bound = visit.record.get("duration_s"), visit.record.get("duration_bound_ms")
        if granted is None or visit.begin_ms is None or lasted is None or bound is None:
            continue
        named = period_of(visit.begin_ms + whole.policy.thresholds.offset_ms, granted.period)
        key = (granted.elder_id, granted.code, granted.period, named)
        seconds, times = spent.get(key, (0, 0))
        spent[key] = seconds, times = seconds + max(0, lasted - -(-bound // 1000)), times + 1
        yield from _judge(visit, granted, seconds, times)


def period_of(local_ms: int, period: str) -> str:
    """Return the name of the local day, week (ISO), month or year of ``local_ms``."""
    at = datetime.fromtimestamp(local_ms / 1000, UTC).date()
    if period == "week":
        year, week, _ = at.isocalendar()
        return f"{year:04}-W{week:02}"
    return {"day": f"{at:%Y-%m-%d}", "month": f"{at:%Y-%m}", "year": f"{at:%Y}"}[period]


def _granted(visit: Visit, whole: Whole) -> Authorisation | None:
    code = visit.record.get("service")
    if visit.elder_id is None or code is None or visit.at_ms is None:
        return None
    return whole.registry.standing.authorisation(visit.elder_id, code, visit.at_ms)


def _judge(visit: Visit, granted: Authorisation, seconds: int, times: int) -> Iterable[Finding]:
    period = _PERIODS[granted.period]
    if seconds > granted.amount_s:
        measured, most, off = lasting(seconds), lasting(granted.amount_s), lasting(seconds - granted.amount_s)
        yield of_visit(
            "over_hours", visit, (seconds, granted.amount_s, seconds - granted.amount_s), "s",
            Text(
                f"{period.zh}{granted.code}累计 {measured.zh}，核定 {most.zh}，超出 {off.zh}",
                f"{granted.code} adds up to {measured.en} {period.en}, {most.en} are granted: {off.en} more",
            ),
            _CLEARS,
        )  # fmt: skip
    elif granted.times is not None and times > granted.times:
        yield of_visit(
            "over_hours", visit, (times, granted.times, times - granted.times), "visits",
            Text(
                f"{period.zh}{granted.code}累计 {times} 次，核定 {granted.times} 次，超出 {times - granted.times} 次",
                f"{granted.code} was given {times} times {period.en}, {granted.times} are granted: "
                f"{times - granted.times} more",
            ),
            _CLEARS,
        )  # fmt: skip


SURVEY = Survey("over_hours", _find)
