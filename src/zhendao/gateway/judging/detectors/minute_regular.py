"""A caregiver's visits that end within a minute of their least time, far more often than those of others. For review.

Who taps in, goes, and comes back to tap out as soon as the time is over leaves this; so does who works by the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.gateway.judging.detectors.chance import permille, rare
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhendao.gateway.visits.judgement import Visit

_CLEARS = Text(
    "老人或家属证实护理员全程在场，或护理员平日习惯看表收尾",
    "the elder or the family say that she stayed throughout, or she is one who ends by the clock",
)


def _find(whole: Whole) -> Iterable[Finding]:
    within = whole.hints.regular_within_s
    lasted: dict[str, list[tuple[Visit, bool]]] = {}
    for visit in whole.visits:
        seconds = visit.record["duration_s"]
        if visit.caregiver_id is not None and visit.limits_s is not None and seconds is not None:
            exact = 0 <= seconds - visit.limits_s[0] < within
            lasted.setdefault(visit.caregiver_id, []).append((visit, exact))
    total = sum(map(len, lasted.values()))
    alike = sum(exact for several in lasted.values() for _, exact in several)
    for caregiver, several in sorted(lasted.items()):
        found = [visit for visit, exact in several if exact]
        count, of = len(found), len(several)
        others, of_others = alike - count, total - of
        if count < whole.hints.regular_least or not rare(count, of, others, of_others, whole.hints.chance_one_in):
            continue
        base = permille(others, of_others)
        expected = of * base // 1_000
        for visit in found:
            yield Finding(
                "minute_regular", visit.visit_id, ("caregiver", caregiver), count, expected, count - expected, "visits",
                Text(
                    f"该护理员 {of} 次服务中 {count} 次刚到最短时长、{within} 秒内签退，按他人的比例（{base}‰）"
                    f"约为 {expected} 次，多 {count - expected} 次；仅供核查",
                    f"{count} of {of} visits of this caregiver end within {within} s of the least time; as others do "
                    f"it ({base} in 1,000) it would be about {expected}: {count - expected} more; for review alone",
                ),
                _CLEARS, base,
            )  # fmt: skip


SURVEY = Survey("minute_regular", _find)
