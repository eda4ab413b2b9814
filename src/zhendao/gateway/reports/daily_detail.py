"""数据明细: each caregiver of a day, and whether she has checked in so far. Pure.

Promise: whoever is registered at that moment has a row, also who is bound to no organisation; nobody is named whole
unless that was asked for. rule: DAILY-DETAIL, BINDING
"""

from collections.abc import Collection, Iterable
from typing import Final

from zhendao.gateway.reports.daily_rank import beside
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.people import Person
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "数据明细"
UNBOUND: Final = "（未绑定）"
_YES, _NO = "是", "否"


def columns(span: Span) -> tuple[Column, ...]:
    """Return the columns; the last says of which day it is."""
    return (
        Column("序号", 6, Kind.WHOLE),
        Column("街道(乡镇)", 16),
        Column("姓名", 12),
        Column("联系方式", 16),
        Column("人员类型", 14),
        Column("为老服务机构类型", 22),
        Column("入住机构名称", 34, left=True),
        Column(f"是否打卡{span.last:%m%d}", 14),
    )


def daily_detail(
    stock: Stock,
    people: Iterable[Person],
    present: Collection[str],
    span: Span,
    region: str | None = None,
    *,
    unmasked: bool = False,
) -> Report:
    """Return the report of ``span``, one local day: of ``people``, who are registered at its end.

    ``present``: who checked in, by their numbers. ``region``: only who works in it, as the stock calls it.
    """
    found: list[tuple[tuple[str, str, str], tuple[Cell, ...]]] = []
    for one in people:
        workplace = stock.workplace_of(one.who)
        if not stock.lies_in(workplace, region):
            continue
        firm = stock.firm(one.who.organisation)
        street, title = stock.street(workplace), UNBOUND if firm is None else firm.title
        name, phone = one.named(unmasked=unmasked)
        kind = "" if firm is None else firm.kind_title
        checked = _YES if one.who.caregiver_id in present else _NO
        found.append(
            ((street, title, one.who.caregiver_id), (street, name, phone, one.kind, kind, title, checked)),
        )
    rows = [(place, *cells) for place, (_, cells) in enumerate(sorted(found), 1)]
    checked_in = sum(row[-1] == _YES for row in rows)
    where = "" if region is None else stock.title(region)
    return Report(
        TITLE,
        f"{where}{TITLE}",
        span.stamp,
        columns(span),
        rows,
        notes=[
            f"共 {len(rows)} 人，已打卡 {checked_in} 人，未打卡 {len(rows) - checked_in} 人。",
            *(beside(stock, present) if region is None else ()),
        ],
        landscape=True,
        sifted=True,
        shown=len(rows) if unmasked else 0,
    )
