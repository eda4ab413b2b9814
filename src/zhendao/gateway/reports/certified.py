"""每万老年人拥有持证护理员数: of each region, the larger before what lies in it. Pure.

Promise: counted is whom `judge` counts (`judging.per_10k`); who has a valid month and does not count is told of with
the reason, and a region whose elders are not written down is shown without a figure. rule: PER-10K, ORG-TYPES, ROLES
"""

from collections.abc import Collection, Iterator
from typing import Final

from zhendao.command.roster.choices import LEVELS
from zhendao.gateway.judging.counted import Uncounted
from zhendao.gateway.judging.days import Period
from zhendao.gateway.judging.per_10k import counts_of, hundredths, region_of
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.registry.standing import Region
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "每万老年人拥有持证护理员数"
NAME: Final = "每万老年人持证护理员"
COLUMNS: Final = (
    Column("序号", 6, Kind.WHOLE),
    Column("区划", 22, left=True),
    Column("级别", 8),
    Column("户籍老年人(人)", 14, Kind.WHOLE),
    Column("打卡有效的持证护理员(人)", 14, Kind.WHOLE),
    Column("每万老年人拥有持证护理员数", 16, Kind.DECIMAL),
    Column("备注", 20, left=True),
)
_REASONS: Final = {
    Uncounted.OCCUPATION: "不属三类职业",
    Uncounted.CERTIFICATE: "无有效的资格或技能等级证书",
    Uncounted.UNBOUND: "未绑定机构",
    Uncounted.ORGANISATION: "机构不属八类",
    Uncounted.UNKNOWN: "未登记",
}


def certified(
    stock: Stock, periods: Collection[Period], span: Span, rule: ValidRule, region: str | None = None
) -> Report:
    """Return the report of the month of ``span`` up to its end; ``periods``: each caregiver's of that month."""
    counts = counts_of(periods, stock.registry, stock.at_ms)
    regions = [one for one in stock.registry.standing.regions_at(stock.at_ms) if stock.lies_in(one.region, region)]
    rows: list[tuple[Cell, ...]] = []
    tops: list[Region] = []
    for deep, one in _tree(regions):
        count, residents = counts.get(one.region, 0), one.residents or 0
        if deep == 0:
            tops.append(one)
        figure = hundredths(count, residents) / 100 if residents else None
        name = stock.title(one.region)
        remark = None if residents else "未登记户籍老年人数"
        rows.append((len(rows) + 1, name, LEVELS.word(one.level, "zh"), one.residents, count, figure, remark))
    caregivers, elders = _sum(counts, tops, regions)
    total = ("合计", None, None, elders, caregivers, hundredths(caregivers, elders) / 100 if elders else "—", "")
    where = "" if region is None else stock.title(region)
    notes = [
        f"打卡有效：{span.last:%Y年%m月}有效打卡不少于 {rule.month_days} 天；各区划含其下级，合计不重复计。",
        *_uncounted(stock, periods, region),
    ]
    return Report(NAME, f"{where}{TITLE}", span.dates, COLUMNS, rows, total, notes)


def _tree(regions: Collection[Region]) -> Iterator[tuple[int, Region]]:
    """Give the regions, what lies in one behind it, and how deep each lies."""
    names = {one.region for one in regions}
    below: dict[str | None, list[Region]] = {}
    for one in regions:
        below.setdefault(one.parent if one.parent in names else None, []).append(one)
    waiting = [(0, one) for one in reversed(below.get(None, []))]
    while waiting:
        deep, one = waiting.pop()
        yield deep, one
        waiting += [(deep + 1, inner) for inner in reversed(below.get(one.region, []))]


def _sum(counts: dict[str, int], tops: Collection[Region], regions: Collection[Region]) -> tuple[int, int]:
    """Return caregivers and elders of all: of a region whose elders are not written down, those of what lies in it."""
    below: dict[str | None, list[Region]] = {}
    for one in regions:
        below.setdefault(one.parent, []).append(one)

    def elders(one: Region) -> int:
        return one.residents if one.residents is not None else sum(map(elders, below.get(one.region, [])))

    return sum(counts.get(one.region, 0) for one in tops), sum(map(elders, tops))


def _uncounted(stock: Stock, periods: Collection[Period], region: str | None) -> Iterator[str]:
    """Tell of those with a valid month that no region counts."""
    found: dict[Uncounted, int] = {}
    nowhere = 0
    for one in periods:
        place = region_of(one.caregiver_id, stock.registry, stock.at_ms) if one.valid else None
        if not one.valid or not stock.lies_in(place, region):
            continue
        if one.uncounted is not None:
            found[one.uncounted] = found.get(one.uncounted, 0) + 1
        elif place is None or stock.registry.standing.region(place, stock.at_ms) is None:
            nowhere += 1
    if found:
        said = "，".join(f"{_REASONS[why]} {found[why]} 人" for why in Uncounted if why in found)
        yield f"打卡有效而不计入：{said}。"
    if nowhere:
        yield f"另有打卡有效的持证护理员 {nowhere} 人，所属区划未登记。"
