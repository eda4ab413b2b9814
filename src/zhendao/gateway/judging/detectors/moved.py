"""A fixed terminal that stands elsewhere than it did: by its checks' fixes, or by its own word. rule: LOCATION.

The home is learned from the fixes of its checks (`place.learned`); drift indoors is no move. It is about the terminal:
who checked in there meanwhile is asked nothing by it.
"""

from collections import deque
from collections.abc import Iterable

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.place.learned import sample_of, watch
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.home import Answer
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "现场查看终端；确需移位的重新勘测并登记新地点",
    "a look at the terminal; where it had to be moved, a new survey on record",
)


def _find(whole: Whole) -> Iterable[Finding]:
    checks: dict[bytes, list[CheckFact]] = {}
    for visit in whole.visits:
        for check in visit.pair.checks if visit.pair is not None else ():
            if check.body.fix is not None and check.body.placement is not Placement.CARRIED and check.moment.known:
                checks.setdefault(check.device, []).append(check)
    for device in sorted({*checks, *(device for device, told in whole.terminals.items() if told.moves)}):
        found = _by_fixes(device, checks.get(device, ()), whole) or _by_itself(device, whole)
        if found is not None:
            yield found


def _by_fixes(device: bytes, checks: Iterable[CheckFact], whole: Whole) -> Finding | None:
    ordered = sorted(checks, key=lambda one: (one.moment.wall_ms, one.epoch, one.seq, one.h))
    if len(ordered) < whole.policy.learning.least + whole.policy.learning.soon:
        return None
    where = _place(device, whole.as_of_ms, whole)
    # What was at another registered place teaches nothing about this one.
    samples = [
        sample
        for one in ordered
        if one.body.fix is not None and _place(device, one.moment.wall_ms, whole) == where
        if (sample := sample_of(one.body.fix, one.moment.wall_ms)) is not None
    ]
    verdict = next(iter(deque(watch(samples, whole.policy.learning), maxlen=1)), None)
    if verdict is None or verdict.answer is not Answer.MOVED:
        return None
    away, reach = round(verdict.distance_m or 0), round(verdict.reach_m or 0)
    return Finding(
        "moved", None, ("terminal", device.hex()), away, reach, away - reach, "m", verdict.text, _CLEARS
    )  # fmt: skip


def _by_itself(device: bytes, whole: Whole) -> Finding | None:
    told = whole.terminals.get(device)
    where = _place(device, whole.as_of_ms, whole)
    moves = [one for one in (told.moves if told is not None else ()) if _place(device, one.wall_ms, whole) == where]
    if not moves:
        return None
    return Finding(
        "moved", None, ("terminal", device.hex()), len(moves), 0, len(moves), "reports",
        Text(
            f"终端自报已不在原处 {len(moves)} 次，应为 0 次，多 {len(moves)} 次",
            f"the terminal reported {len(moves)} times that it is not where it was; none was expected",
        ),
        _CLEARS,
    )  # fmt: skip


def _place(device: bytes, at_ms: int, whole: Whole) -> str | None:
    terminal = whole.registry.terminal(device, at_ms)
    return terminal.place_id if terminal is not None else None


SURVEY = Survey("moved", _find)
