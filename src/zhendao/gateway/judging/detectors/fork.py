"""Two different events under one number of one journal: a terminal cloned, or a journal rewritten. rule: EVIDENCE.

The same event told twice is one event; only another content under the same number counts.
"""

from collections.abc import Iterable

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "查明两段历史的来源：收回复制的终端或恢复的磁盘映像，并为真正的终端重新入网",
    "where the two histories come from is found: the clone or the restored image withdrawn, the terminal enrolled anew",
)


def _find(whole: Whole) -> Iterable[Finding]:
    for device, told in whole.terminals.items():
        doubled = sum(len(one.forks) for one in told.epochs)
        if not doubled:
            continue
        first = min(one.forks[0] for one in told.epochs if one.forks)
        yield Finding(
            "fork", None, ("terminal", device.hex()), doubled, 0, doubled, "events",
            Text(
                f"终端有 {doubled} 个编号各有两种内容（从第 {first} 条起），每个编号应只有一条记录",
                f"{doubled} numbers of the terminal's journal have two contents each, from event {first} on; "
                "each should have one",
            ),
            _CLEARS,
        )  # fmt: skip


SURVEY = Survey("fork", _find)
