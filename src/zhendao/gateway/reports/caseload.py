"""疑点处理情况: cases of each organisation: answered the same day, still due, overdue, closed, by care level. Pure.

Promise: of the cases that were opened in those days each is answered in time, or still due, or overdue, and of those
that wait now each has a care level or none; so figures add up. A case that was opened again counts by its last opening.
rule: SAME-DAY, CARE-LEVEL
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from zhendao.command.roster.choices import CARE_LEVELS
from zhendao.gateway.cases.values import CARE_LEVELS as LEVELS
from zhendao.gateway.cases.values import Decision
from zhendao.gateway.reports.answering import Answering
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.report import Cell, Column, Kind, Report, share
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "疑点处理情况"
_NONE: Final = "未分级"
_CLOSED: Final = {
    None: "疑点消除", Decision.FIXED: "更正", Decision.ACKNOWLEDGED: "情况属实有因", Decision.UPHELD: "疑点成立",
}  # fmt: skip
COLUMNS: Final = (
    Column("序号", 6, Kind.WHOLE),
    Column("乡镇街道", 12, merged=True),
    Column("机构名称", 22, left=True),
    Column("应答复(件)", 11, Kind.WHOLE, over="所列日期内立案"),
    Column("按时答复(件)", 13, Kind.WHOLE, over="所列日期内立案"),
    Column("按时答复率", 11, Kind.SHARE, over="所列日期内立案"),
    Column("未到期(件)", 11, Kind.WHOLE, over="所列日期内立案"),
    Column("逾期(件)", 9, Kind.WHOLE, over="所列日期内立案"),
    *(Column(name, max(7, 2 * len(name) + 2), Kind.WHOLE, over="其中已结(件)") for name in _CLOSED.values()),
    Column("待答复(件)", 11, Kind.WHOLE, over="截至此时未结"),
    Column("逾期已上报(件)", 15, Kind.WHOLE, over="截至此时未结"),
    *(
        Column(name, 7, Kind.WHOLE, over="未结案件按照护等级")
        for name in (*(CARE_LEVELS.word(one, "zh") for one in LEVELS), _NONE)
    ),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stood at a moment; times in UTC ms.

    ``opened_ms``: when it was opened last; ``closed_ms``: when it was closed after that, with which ``decision`` (None:
    nothing was left to doubt); ``escalated``: it is with the supervisors.
    """

    organisation: str | None
    level: str | None
    opened_ms: int
    due_ms: int
    closed_ms: int | None = None
    decision: Decision | None = None
    escalated: bool = False


@dataclass(slots=True)
class _Sums:
    opened: int = 0
    answered: int = 0
    due: int = 0
    closed: dict[Decision | None, int] = field(default_factory=dict)
    waiting: int = 0
    escalated: int = 0
    levels: dict[str | None, int] = field(default_factory=dict)

    def add(self, one: Standing, span: Span) -> None:
        if one.closed_ms is None:
            self.waiting, self.escalated = self.waiting + (not one.escalated), self.escalated + one.escalated
            level = one.level if one.level in LEVELS else None
            self.levels[level] = self.levels.get(level, 0) + 1
        if span.holds(one.opened_ms):
            self.opened += 1
            self.answered += one.closed_ms is not None and one.closed_ms <= one.due_ms
            self.due += one.closed_ms is None and one.due_ms >= span.until_ms
            if one.closed_ms is not None:
                self.closed[one.decision] = self.closed.get(one.decision, 0) + 1

    def cells(self) -> list[Cell]:
        return [
            self.opened, self.answered, share(self.answered, self.opened), self.due,
            self.opened - self.answered - self.due, *(self.closed.get(one, 0) for one in _CLOSED), self.waiting,
            self.escalated, *(self.levels.get(one, 0) for one in (*LEVELS, None)),
        ]  # fmt: skip


def caseload(stock: Stock, cases: Iterable[Standing], span: Span, region: str | None = None) -> Report:
    """Return the report of ``cases`` as they stood at the end of ``span``."""
    answering = Answering(stock)
    sums: dict[str | None, _Sums] = {}
    total = _Sums()
    for one in cases:
        if stock.lies_in(answering.region(one.organisation), region):
            for each in (sums.setdefault(one.organisation, _Sums()), total):
                each.add(one, span)
    ordered = sorted(((answering.place(name), one) for name, one in sums.items()), key=lambda item: item[0])
    rows = [(place, street, title, *one.cells()) for place, ((street, title, _), one) in enumerate(ordered, 1)]
    where = "" if region is None else stock.title(region)
    notes = ["按时答复：当日（至少留足规定小时数）结案；应答复 = 按时答复 + 未到期 + 逾期。"]
    return Report(
        TITLE, f"{where}{TITLE}", span.dates, COLUMNS, rows, ("合计", None, None, *total.cells()), notes, landscape=True
    )
