"""打卡情况数据晾晒: who of each organisation has checked in on a day so far, by 乡镇街道, the best first. Pure.

Promise: each caregiver counts once, with the organisation that she is bound to at that moment. Organisations of none
of the eight kinds are shown and not summed, caregivers bound to none are told of below, who is no 持证护理员 is told of
in 备注: nobody is left out silently. rule: DAILY-RANK, ORG-TYPES, ROLES, BINDING
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.judging.counted import Uncounted, uncounted
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.report import Bars, Cell, Column, Kind, Report, share
from zhendao.gateway.reports.stock import Firm, Stock

TITLE: Final = "打卡情况数据晾晒"
COLUMNS: Final = (
    Column("序号", 6, Kind.WHOLE),
    Column("乡镇街道", 14, merged=True),
    Column("机构类型", 22),
    Column("机构名称", 34, left=True),
    Column("系统入驻并绑定(人)", 12, Kind.WHOLE),
    Column("打卡人数(人)", 10, Kind.WHOLE),
    Column("打卡率", 10, Kind.SHARE),
    Column("备注", 24, left=True),
)
BARS: Final = Bars(group=1, label=3, value=6, part=5, whole=4)
_THEMSELVES: Final = {Uncounted.OCCUPATION, Uncounted.CERTIFICATE}
"""What keeps a caregiver from being a 持证护理员, whatever her organisation is."""


@dataclass(slots=True)
class Standing:
    """An organisation's figures: how many are bound to it, how many of them checked in, how many hold no paper."""

    firm: Firm
    bound: int = 0
    present: int = 0
    without: int = 0

    @property
    def remark(self) -> str:
        """What is to be said of it in 备注."""
        said = []
        if not self.firm.counts:
            said.append("机构未登记，不计入合计" if self.firm.kind is None else "不属八类机构，不计入合计")
        if self.bound == 0:
            said.append("无绑定护理员")
        elif self.without:
            said.append(f"其中 {self.without} 人非持证护理员")
        return "；".join(said)


def standings(stock: Stock, present: Collection[str], region: str | None) -> tuple[list[Standing], int, int]:
    """Return the figures of each organisation in ``region``, and how many are bound to none and of those checked in.

    ``present``: who checked in, by their numbers.
    """
    found = {name: Standing(firm) for name, firm in stock.firms.items() if stock.lies_in(firm.region, region)}
    loose = loose_present = 0
    for who in stock.registry.caregivers_at(stock.at_ms):
        firm, here = stock.firm(who.organisation), who.caregiver_id in present
        if who.organisation is None or firm is None:
            if stock.lies_in(who.region, region):
                loose, loose_present = loose + 1, loose_present + here
            continue
        if not stock.lies_in(firm.region, region):
            continue
        one = found.setdefault(who.organisation, Standing(firm))
        why = uncounted(who.caregiver_id, stock.at_ms, stock.registry)
        one.bound, one.present, one.without = one.bound + 1, one.present + here, one.without + (why in _THEMSELVES)
    return list(found.values()), loose, loose_present


def daily_rank(stock: Stock, present: Collection[str], span: Span, region: str | None = None) -> Report:
    """Return the report of ``span``, one local day; ``present``: who checked in, by their numbers."""
    found, loose, loose_present = standings(stock, present, region)
    streets: dict[str, list[Standing]] = {}
    for one in found:
        streets.setdefault(stock.street(one.firm.region), []).append(one)
    ordered = [
        (street, one)
        for street, several in sorted(streets.items(), key=lambda item: (_order(item[1]), item[0]))
        for one in sorted(several, key=lambda one: (_order([one]), one.firm.title))
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            place, street, one.firm.kind_title, one.firm.title, one.bound, one.present, share(one.present, one.bound),
            one.remark or None,
        )
        for place, (street, one) in enumerate(ordered, 1)
    ]  # fmt: skip
    bound, checked = _sums(found)
    total = ("合计", None, None, None, bound, checked, share(checked, bound), "")
    where = "" if region is None else stock.title(region)
    notes = [f"另有未绑定机构的护理员 {loose} 人，其中打卡 {loose_present} 人。"] if loose else []
    if region is None:
        notes += beside(stock, present)
    return Report(TITLE, f"{where}{TITLE}", f"截至 {span.stamp}", COLUMNS, rows, total, notes, bars=BARS)


def beside(stock: Stock, present: Collection[str]) -> list[str]:
    """Return what is to be said of those who checked in and are not registered at that moment."""
    registered = {who.caregiver_id for who in stock.registry.caregivers_at(stock.at_ms)}
    unknown = len(set(present) - registered)
    return [f"另有此时未登记的持卡人打卡 {unknown} 人。"] if unknown else []


def _sums(several: Collection[Standing]) -> tuple[int, int]:
    """Return how many are bound to those that count, and how many of them checked in."""
    counted = [one for one in several if one.firm.counts]
    return sum(one.bound for one in counted), sum(one.present for one in counted)


def _order(several: Collection[Standing]) -> tuple[bool, float, int]:
    """Return what puts the higher share first, of equal shares the larger; what has none or does not count, last."""
    bound, present = _sums(several)
    return bound == 0, -(share(present, bound) or 0.0), -bound
