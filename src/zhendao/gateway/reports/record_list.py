"""打卡记录: on how many days each caregiver checked in, for whoever is looked for. Pure.

Promise: a day counts once, however often she checked in on it, and is a local day. Names and phones are masked unless
they were asked for whole. What is on another page is told of. rule: RECORD-LIST
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.reports.daily_detail import UNBOUND
from zhendao.gateway.reports.moment import DAY_MS, Span
from zhendao.gateway.reports.people import Person
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "打卡记录"
COLUMNS: Final = (
    Column("姓名", 14),
    Column("性别", 8),
    Column("年龄", 8, Kind.WHOLE),
    Column("手机号码", 18),
    Column("人员类型", 16),
    Column("所属区划", 24),
    Column("打卡天数", 12, Kind.WHOLE),
)


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is looked for: a part of the name, of the organisation's title or its number, the 人员类型, the region.

    None: whoever. ``page`` from 1, of ``size`` rows; no size: all on one page.
    """

    name: str | None = None
    organisation: str | None = None
    kind: str | None = None
    region: str | None = None
    page: int = 1
    size: int | None = None

    def fits(self, one: Person, stock: Stock) -> bool:
        """Return whether ``one`` is looked for."""
        firm = stock.firm(one.who.organisation)
        title = UNBOUND if firm is None else firm.title
        return (
            (self.name is None or self.name in one.name)
            and (self.organisation is None or self.organisation == one.who.organisation or self.organisation in title)
            and (self.kind is None or self.kind == one.kind)
            and stock.lies_in(stock.region_of(one.who), self.region)
        )


def days_present(times: Iterable[tuple[str, int]], offset_ms: int) -> dict[str, int]:
    """Return on how many local days each caregiver checked in, from who did and when (UTC ms)."""
    found: dict[str, set[int]] = {}
    for who, at_ms in times:
        found.setdefault(who, set()).add((at_ms + offset_ms) // DAY_MS)
    return {who: len(days) for who, days in found.items()}


def record_list(
    stock: Stock,
    people: Collection[Person],
    days: Mapping[str, int],
    span: Span,
    sought: Sought,
    *,
    unmasked: bool = False,
) -> Report:
    """Return the page that is ``sought``, of ``people`` with so many ``days`` each, by their numbers."""
    found = [one for one in people if sought.fits(one, stock)]
    found.sort(
        key=lambda one: (stock.title(stock.region_of(one.who)), one.who.organisation or "", one.who.caregiver_id)
    )
    size = sought.size or max(len(found), 1)
    shown = found[(sought.page - 1) * size : sought.page * size]
    rows = [_row(one, stock, days, span, unmasked=unmasked) for one in shown]
    dates = " 至 ".join(f"{day.year}年{day.month}月{day.day}日" for day in sorted({span.first, span.last}))
    pages = max(-(-len(found) // size), 1)
    return Report(
        TITLE,
        TITLE,
        dates if pages == 1 else f"{dates}　第 {sought.page} 页，共 {pages} 页",
        COLUMNS,
        rows,
        notes=[f"共 {len(found)} 人。"],
        sifted=True,
        shown=len(rows) if unmasked else 0,
    )


def _row(one: Person, stock: Stock, days: Mapping[str, int], span: Span, *, unmasked: bool) -> tuple[Cell, ...]:
    name, phone = one.named(unmasked=unmasked)
    region = stock.title(stock.region_of(one.who))
    age = one.age(span.last)
    return name, one.sex_title, age, phone, one.kind, region, days.get(one.who.caregiver_id, 0)
