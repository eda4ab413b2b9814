"""A visit without a check-out: another one began, or its longest time is over. rule: TIME.

It is closed provisionally: a check-out that comes late pairs it anew, and the finding goes.
"""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.lasting import lasting
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "迟到的签退记录，或核实后补录签退时间",
    "the check-out when it comes late, or the time of leaving entered with proof",
)


def _find(seen: Seen) -> Iterable[Finding]:
    visit = seen.visit
    if visit.limits_s is None or visit.at_ms is None or not seen.flagged("no_out"):
        return
    most, since = visit.limits_s[1], max(0, (seen.as_of_ms - visit.at_ms) // 1000)
    off, expected = max(0, since - most), lasting(most)
    yield Finding(
        "no_out", visit.visit_id, ("visit", visit.visit_id.hex()), since, most, off, "s",
        Text(
            f"签到后 {lasting(since).zh}仍无签退，最迟应在 {expected.zh}内，已超 {lasting(off).zh}",
            f"no check-out {lasting(since).en} after the check-in; {expected.en} at most was expected, "
            f"{lasting(off).en} more",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("no_out", _find)
