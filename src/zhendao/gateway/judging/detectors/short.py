"""A visit that was shorter than its minimum, whatever the error of the clocks. rule: TIME, SERVICES."""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.lasting import give_or_take, lasting
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "核实后更正签到或签退时间，或登记时长下限更低的服务",
    "a check-in or check-out that is corrected with proof, or a service registered whose minimum is lower",
)


def _find(seen: Seen) -> Iterable[Finding]:
    visit = seen.visit
    if visit.limits_s is None or not seen.flagged("short"):
        return
    least, lasted, bound = visit.limits_s[0], visit.record["duration_s"], visit.record["duration_bound_ms"]
    measured, expected, off, error = lasting(lasted), lasting(least), lasting(least - lasted), give_or_take(bound)
    yield Finding(
        "short", visit.visit_id, ("visit", visit.visit_id.hex()), lasted, least, least - lasted, "s",
        Text(
            f"服务时长 {measured.zh}{error.zh}，下限 {expected.zh}，少 {off.zh}",
            f"the service took {measured.en}{error.en}, its minimum is {expected.en}: {off.en} less",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("short", _find)
