"""服务量汇总（护理员）: hours of service of each caregiver in each organisation, for pay. Pure.

Promise: the same visits, told apart in the same way, as in `service_hours`; names and phones are masked unless they
were asked for whole, and her number says who it is. rule: HOURS, PAYER, PIPL
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from zhendao.gateway.judging.hours import Served
from zhendao.gateway.reports.daily_detail import UNBOUND
from zhendao.gateway.reports.doubts import Doubt
from zhendao.gateway.reports.moment import DAY_MS, Span
from zhendao.gateway.reports.people import Person
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.service_hours import VERIFIED, Sums, doubt_columns, hours, payer_columns
from zhendao.gateway.reports.stock import UNREGISTERED, Stock

TITLE: Final = "护理员服务量汇总"
COLUMNS: Final = (
    Column("序号", 6, Kind.WHOLE),
    Column("乡镇街道", 14),
    Column("机构名称", 26, left=True),
    Column("护理员编号", 14),
    Column("姓名", 10),
    Column("联系方式", 14),
    Column("服务天数", 9, Kind.WHOLE),
    Column("服务人次", 9, Kind.WHOLE),
    Column("核实时长(小时)", 15, Kind.DECIMAL),
    *payer_columns(),
    *doubt_columns(),
)


@dataclass(slots=True)
class _Worked:
    sums: Sums = field(default_factory=Sums)
    days: set[int] = field(default_factory=set)


def working_hours(
    stock: Stock,
    people: Mapping[str, Person],
    served: Iterable[tuple[Served, Doubt | None]],
    span: Span,
    region: str | None = None,
    *,
    unmasked: bool = False,
) -> Report:
    """Return what ``people`` served in ``span``; whoever served and is not among them stands by her number."""
    found: dict[tuple[str | None, str], _Worked] = {}
    total = Sums()
    for one, doubt in served:
        firm = stock.firm(one.organisation)
        if not stock.lies_in(None if firm is None else firm.region, region):
            continue
        worked = found.setdefault((one.organisation, one.caregiver_id), _Worked())
        worked.sums.add(one, doubt)
        total.add(one, doubt)
        if doubt is None:
            worked.days.add((one.at_ms + span.offset_ms) // DAY_MS)
    rows: list[tuple[Cell, ...]] = []
    for street, title, _, number, worked in sorted(
        ((*_firm(stock, organisation), number, worked) for (organisation, number), worked in found.items()),
        key=lambda one: one[:4],
    ):
        person = people.get(number)
        name, phone = (UNREGISTERED, "") if person is None else person.named(unmasked=unmasked)
        sums = worked.sums
        rows.append(
            (len(rows) + 1, street, title, number, name, phone, len(worked.days), sums.visits, hours(sums.seconds),
             *sums.paid(), *sums.doubtful())
        )  # fmt: skip
    where = "" if region is None else stock.title(region)
    return Report(
        TITLE,
        f"{where}{TITLE}",
        span.dates,
        COLUMNS,
        rows,
        (
            "合计",
            None,
            None,
            None,
            None,
            None,
            "",
            total.visits,
            hours(total.seconds),
            *total.paid(),
            *total.doubtful(),
        ),
        [VERIFIED, f"共 {len({number for _, number in found})} 人。在几家机构服务的，各列一行。"],
        landscape=True,
        sifted=True,
        shown=len(rows) if unmasked else 0,
    )


def _firm(stock: Stock, organisation: str | None) -> tuple[str, str, str]:
    firm = stock.firm(organisation)
    if firm is None:
        return stock.street(None), UNBOUND, ""
    return stock.street(firm.region), firm.title, organisation or ""
