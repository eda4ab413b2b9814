"""Events missing from a terminal's journal: it numbers them without gaps, so what is missing was there. rule: EVIDENCE.

Counted are numbers between two that are held, and those that the next journal remembers of the one before.
"""

from collections.abc import Iterable
from typing import Final

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.judging.told import Told
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "终端补传缺失的记录，或说明其日志为何丢失（更换、损坏）",
    "the missing events when they come, or a record of why the journal was lost (replaced, damaged)",
)


_MOST: Final = 2**53
"""No more are counted: a terminal cannot count so far honestly, and figures stay numbers of JSON and of a database."""


def _find(whole: Whole) -> Iterable[Finding]:
    for device, told in whole.terminals.items():
        missing = sum(last - first + 1 for one in told.epochs for first, last in one.missing) + _cut_off(told)
        missing = min(missing, _MOST)
        if missing < whole.hints.gap_least:
            continue
        yield Finding(
            "gap", None, ("terminal", device.hex()), missing, 0, missing, "events",
            Text(
                f"终端日志缺少 {missing} 条记录，应为连续编号、无一缺失",
                f"{missing} events are missing from the terminal's journal; its numbers should run without a gap",
            ),
            _CLEARS,
        )  # fmt: skip


def _cut_off(told: Told) -> int:
    """Return how many events the journals before are known to have had beyond what is held of them."""
    last = {one.epoch: one.last for one in told.epochs}
    knew: dict[bytes, int] = {}
    for one in told.starts:
        if one.start == 1 and one.previous_epoch in last and one.previous_epoch != one.epoch:
            knew[one.previous_epoch] = max(knew.get(one.previous_epoch, 0), one.previous_seq or 0)
    return sum(max(0, seq - last[epoch]) for epoch, seq in knew.items())


SURVEY = Survey("gap", _find)
