"""A check-out without the check-in that it ends. rule: TIME."""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.saying import of_visit, when
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "迟到的签到记录，或核实后补录到达时间",
    "the check-in when it comes late, or the time of coming entered with proof",
)


def _find(seen: Seen) -> Iterable[Finding]:
    visit = seen.visit
    if visit.at_ms is None or not seen.flagged("no_in"):
        return
    at = when(visit.at_ms, seen.policy.thresholds.offset_ms)
    yield of_visit(
        "no_in", visit, (None, None, None), "s",
        Text(
            f"{at} 有签退，应先有签到，此前没有；服务时长无法计算",
            f"a check-out at {at} without the check-in that should stand before it: how long it took is not known",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("no_in", _find)
