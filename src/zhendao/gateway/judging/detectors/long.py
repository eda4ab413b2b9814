"""A visit that was longer than its maximum, whatever the error of the clocks. rule: TIME, SERVICES."""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.lasting import give_or_take, lasting
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "核实后更正签退时间，或登记时长上限更高的服务",
    "a check-out that is corrected with proof, or a service registered whose maximum is higher",
)


def _find(seen: Seen) -> Iterable[Finding]:
    visit = seen.visit
    if visit.limits_s is None or not seen.flagged("long"):
        return
    most, lasted, bound = visit.limits_s[1], visit.record["duration_s"], visit.record["duration_bound_ms"]
    measured, expected, off, error = lasting(lasted), lasting(most), lasting(lasted - most), give_or_take(bound)
    yield Finding(
        "long", visit.visit_id, ("visit", visit.visit_id.hex()), lasted, most, lasted - most, "s",
        Text(
            f"服务时长 {measured.zh}{error.zh}，上限 {expected.zh}，多 {off.zh}",
            f"the service took {measured.en}{error.en}, its maximum is {expected.en}: {off.en} more",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("long", _find)
