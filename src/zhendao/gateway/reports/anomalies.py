"""疑点统计: what was found in some days, kind by kind, of each organisation. Pure.

Promise: what is found now of those days is in one row and one column, whoever it asks; how much of it a fault of
terminals can have caused stands beside it. A finding is a hint, and no verdict. rule: LOCATION, TIME, RATING, SUPPLY
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from zhendao.gateway.reports.answering import Answering
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "疑点统计"
REVIEW: Final = "待复核线索"
GROUPS: Final[dict[str, dict[str, str]]] = {
    "定位异常": {
        "foreign_door": "门牌不属于该终端", "outside": "位置在登记地点之外", "travel": "行程不可能",
        "moved": "终端被移动",
    },
    "时间异常": {
        "short": "服务时长不足", "long": "服务时长超限", "no_out": "没有签退", "clock": "时间不可信",
        "no_in": "没有签到", "off_schedule": "不在约定时段", "overlap": "服务时间重叠", "missed": "未上门",
    },
    "评价异常": {"low_rating": "评价低于标准", "no_rating": "评价中断", "rating_pattern": "评价异于常情"},
    "供给异常": {
        "blocklisted": "使用名单上的卡", "papers": "证照过期", "unbound": "未绑定", "unlicensed": "机构许可过期",
        "over_capacity": "超出容量", "over_hours": "超出核定时数",
    },
    "设备与日志": {
        "gap": "日志缺失", "fork": "日志分叉", "rollback": "日志回退", "tamper": "拆动报警",
        "weak_token": "防伪强度不足", "replayed": "计数回退", "cloned": "复制迹象",
    },
    REVIEW: {
        "booked_under_others": "借名记时", "cards_together": "多卡同行", "minute_regular": "掐点签退",
    },
}  # fmt: skip
"""The kinds of findings, under the words that offices know."""
KINDS: Final = tuple(kind for several in GROUPS.values() for kind in several)
COLUMNS: Final = (
    Column("序号", 6, Kind.WHOLE),
    Column("乡镇街道", 12, merged=True),
    Column("机构名称", 22, left=True),
    Column("上门人次", 9, Kind.WHOLE),
    *(Column(title, 7, Kind.WHOLE, over=group) for group, several in GROUPS.items() for title in several.values()),
    Column("疑点合计", 9, Kind.WHOLE),
    Column("每百次上门疑点", 9, Kind.DECIMAL),
    Column("其中可由设备故障造成", 11, Kind.WHOLE),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: its kind, who answers for it, and whether a fault of ours can have caused it."""

    kind: str
    organisation: str | None
    excused: bool = False


@dataclass(slots=True)
class _Sums:
    visits: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    excused: int = 0

    def cells(self) -> list[Cell]:
        found = sum(self.kinds.values())
        rate = (found * 10_000 * 2 + self.visits) // (2 * self.visits) / 100 if self.visits else None
        return [self.visits, *(self.kinds.get(kind, 0) for kind in KINDS), found, rate, self.excused]


def anomalies(
    stock: Stock, found: Iterable[Found], visits: Mapping[str | None, int], span: Span, region: str | None = None
) -> Report:
    """Return what is ``found`` in ``span``; ``visits``: how many of each organisation began in it."""
    answering = Answering(stock)
    sums: dict[str | None, _Sums] = {}
    total = _Sums()
    for organisation, count in visits.items():
        if stock.lies_in(answering.region(organisation), region):
            sums.setdefault(organisation, _Sums()).visits += count
            total.visits += count
    for one in found:
        if not stock.lies_in(answering.region(one.organisation), region):
            continue
        for each in (sums.setdefault(one.organisation, _Sums()), total):
            each.kinds[one.kind] = each.kinds.get(one.kind, 0) + 1
            each.excused += one.excused
    ordered = sorted(((answering.place(name), one) for name, one in sums.items()), key=lambda item: item[0])
    rows = [(place, street, title, *one.cells()) for place, ((street, title, _), one) in enumerate(ordered, 1)]
    where = "" if region is None else stock.title(region)
    notes = ["疑点是提示，不是结论；待复核线索只供复核。以制表时仍成立的为准。"]
    return Report(
        TITLE, f"{where}{TITLE}", span.dates, COLUMNS, rows, ("合计", None, None, *total.cells()), notes, landscape=True
    )
