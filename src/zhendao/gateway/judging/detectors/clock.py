"""A check whose terminal had no time to be trusted, or one that contradicts what else is known. rule: TIME.

It is about the terminal: nobody at the door sets its clock, and nobody there is blamed for it.
"""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.lasting import lasting
from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "该终端迟到的授时记录，或核实后补录时间；与护理员无关",
    "a trusted time of the terminal that comes late, or the time entered with proof; it is not the caregiver's doing",
)
_HALF = 500


def _find(seen: Seen) -> Iterable[Finding]:
    disputed = seen.flagged("clock_disputed")
    if not disputed and not seen.flagged("clock_unset"):
        return
    sides = [one for one in (seen.visit.record["in"], seen.visit.record["out"]) if one is not None]
    bounds = [one["bound_ms"] for one in sides]
    unknown = None in bounds
    error = None if unknown else (max(bounds) + _HALF) // 1000
    told = Text("大小不明", "of unknown size") if error is None else lasting(error)
    why = (
        Text("终端的时间与其他已知时间矛盾", "the terminal's time contradicts what else is known")
        if disputed
        else Text("终端打卡时没有可信时间", "the terminal had no trusted time at the check")
    )
    yield of_visit(
        "clock", seen.visit, (error, 0, error), "s",
        Text(
            f"{why.zh}：误差{told.zh if error is None else f' {told.zh}'}，应有可信授时",
            f"{why.en}: an error {told.en if error is None else f'of {told.en}'}, where a trusted time was expected",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("clock", _find)
