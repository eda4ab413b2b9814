"""The elder's word after the service is below the threshold. rule: RATING. It decides nothing alone."""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "回访老人并听取护理员说明，双方意见都记录后由人认定",
    "calling the elder back and hearing the caregiver: with both recorded, a person decides",
)


def _find(seen: Seen) -> Iterable[Finding]:
    if not seen.flagged("low_rating"):
        return
    score, least = seen.visit.record["opinion"]["score"], seen.policy.thresholds.least_rating
    yield of_visit(
        "low_rating", seen.visit, (score, least, least - score), "points",
        Text(
            f"老人评价 {score} 分，标准 {least} 分，低 {least - score} 分",
            f"the elder gave {score} of 100, {least} was expected at least: {least - score} less",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("low_rating", _find)
