"""逾期事项清单: follow-ups, monthly checks, papers, licences, bindings and places that are due, red and orange first.

Promise: it is what `judge` finds overdue at that moment, in its order; names are masked unless they were asked for
whole. Pure. rule: FOLLOW-UP, PAPERS, CARE-LEVEL, BINDING, MARK-LOCATION, PIPL
"""

from collections.abc import Iterable, Mapping
from typing import Final

from zhendao.command.roster.choices import CARE_LEVELS
from zhendao.gateway.judging.days import local_date
from zhendao.gateway.judging.overdue import Overdue
from zhendao.gateway.reports.moment import DAY_MS, Span
from zhendao.gateway.reports.people import veiled
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "逾期事项清单"
KINDS: Final = {
    "follow_up": "首次随访", "household_check": "每月入户核查", "paper": "证照过期", "paper_soon": "证照将到期",
    "licence": "机构许可过期", "licence_soon": "机构许可将到期", "unbound": "未绑定机构", "unmarked": "未标记定位",
}  # fmt: skip
_TIMELESS: Final = frozenset({"unbound", "unmarked"})
_SUBJECTS: Final = {"elder": "老人", "caregiver": "护理员", "organisation": "机构"}
COLUMNS: Final = (
    Column("序号", 6, Kind.WHOLE),
    Column("照护等级", 9),
    Column("事项", 16),
    Column("乡镇街道", 14),
    Column("责任机构", 26, left=True),
    Column("对象", 8),
    Column("编号", 14),
    Column("姓名", 12),
    Column("联系方式", 14),
    Column("应于", 12),
    Column("逾期(天)", 9, Kind.WHOLE),
    Column("说明", 56, left=True),
)


def overdue_list(
    stock: Stock,
    due: Iterable[Overdue],
    named: Mapping[tuple[str, str], tuple[str, str | None]],
    span: Span,
    region: str | None = None,
    *,
    unmasked: bool = False,
) -> Report:
    """Return what is ``due`` at the end of ``span``; ``named``: name and phone of ("elder", number) and the like."""
    rows: list[tuple[Cell, ...]] = []
    counts: dict[str, int] = {}
    for one in due:
        place = _region(stock, one)
        if not stock.lies_in(place, region):
            continue
        counts[one.kind] = counts.get(one.kind, 0) + 1
        what, number = one.subject
        firm = stock.firm(one.organisation)
        title, phone = named.get(one.subject, ("", None))
        if what == "organisation":
            name, phone = ("" if firm is None else firm.title), ""
        else:
            name, phone = veiled(title, phone, unmasked=unmasked)
        level = "" if one.level is None else CARE_LEVELS.word(one.level, "zh")
        timeless = one.kind in _TIMELESS
        late = (span.at_ms - one.due_ms) // DAY_MS + 1 if one.due_ms <= span.at_ms else 0
        rows.append(
            (len(rows) + 1, level, KINDS[one.kind], stock.street(place), "" if firm is None else firm.title,
             _SUBJECTS[what], number, name, phone,
             "" if timeless else local_date(one.due_ms, span.offset_ms).isoformat(), None if timeless else late,
             one.text.zh)
        )  # fmt: skip
    where = "" if region is None else stock.title(region)
    sums = "，".join(f"{title} {counts[kind]} 项" for kind, title in KINDS.items() if kind in counts)
    return Report(
        TITLE,
        f"{where}{TITLE}",
        f"截至 {span.stamp}",
        COLUMNS,
        rows,
        notes=[f"共 {len(rows)} 项{f'：{sums}' if sums else ''}。将到期的逾期 0 天。"],
        landscape=True,
        sifted=True,
        shown=len(rows) if unmasked else 0,
    )


def _region(stock: Stock, one: Overdue) -> str | None:
    what, number = one.subject
    firm = stock.firm(one.organisation)
    if what == "caregiver":
        who = stock.registry.caregiver(number, stock.at_ms)
        return None if who is None else stock.workplace_of(who)
    if what == "elder":
        elder = stock.registry.elder(number, stock.at_ms)
        home = None if elder is None or elder.place_id is None else stock.registry.place(elder.place_id, stock.at_ms)
        if home is not None and home.region is not None:
            return home.region
        if elder is not None and elder.household is not None:
            return elder.household
    return None if firm is None else firm.region
