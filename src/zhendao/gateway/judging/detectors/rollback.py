"""A terminal that starts before what it remembers: its journal was replaced by an older copy. rule: EVIDENCE.

The terminal keeps its last number outside the journal too; a start names it.
"""

from collections.abc import Iterable

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "维护记录说明何人何时恢复了磁盘映像，并补传被替换的记录",
    "a record of maintenance that says who restored an image and when, and the events that were replaced",
)


def _find(whole: Whole) -> Iterable[Finding]:
    for device, told in whole.terminals.items():
        # A start that is told in two histories is one return to the older copy, not two.
        back = {
            (one.epoch, one.start): (one.previous_seq or 0) - one.start + 1
            for one in told.starts
            if one.start > 1 and one.previous_epoch == one.epoch and (one.previous_seq or 0) >= one.start
        }
        if not back:
            continue
        lost = max(back.values())
        yield Finding(
            "rollback", None, ("terminal", device.hex()), lost, 0, lost, "events",
            Text(
                f"终端启动时回到更早的日志 {len(back)} 次，最多退回 {lost} 条，应为 0 条",
                f"the terminal returned to an older journal at {len(back)} starts, by {lost} events at most; "
                "it should be by none",
            ),
            _CLEARS,
        )  # fmt: skip


SURVEY = Survey("rollback", _find)
