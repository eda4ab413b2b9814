"""趋势: day by day, or week by week, who checked in, how much was served, and how much was found. Pure.

Promise: each day is held against who was bound to a counted organisation at its end, and a week is the sum of its days.
rule: DAILY-RANK, ORG-TYPES, HOURS
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.reports.moment import Span, day_ms
from zhendao.gateway.reports.report import Cell, Column, Kind, Lines, Report, share
from zhendao.gateway.reports.service_hours import hours
from zhendao.gateway.reports.stock import OTHER, Stock

TITLE: Final = "打卡与服务趋势"
_COLUMNS: Final = (
    Column("打卡率", 10, Kind.SHARE),
    Column("上门人次", 10, Kind.WHOLE),
    Column("核实时长(小时)", 14, Kind.DECIMAL),
    Column("疑点(个)", 10, Kind.WHOLE),
    Column("每百次上门疑点", 12, Kind.DECIMAL),
)
DAILY: Final = (
    Column("日期", 14),
    Column("绑定护理员(人)", 14, Kind.WHOLE),
    Column("打卡人数(人)", 12, Kind.WHOLE),
    *_COLUMNS,
)
WEEKLY: Final = (
    Column("周", 30),
    Column("绑定护理员(人天)", 14, Kind.WHOLE),
    Column("打卡(人天)", 12, Kind.WHOLE),
    *_COLUMNS,
)
LINES: Final = Lines(label=0, values=(3, 5, 6))


@dataclass(slots=True)
class Day:
    """A day's figures, or those of several: bound and present caregivers, visits, verified seconds, findings."""

    bound: int = 0
    present: int = 0
    visits: int = 0
    seconds: int = 0
    found: int = 0

    def add(self, other: "Day") -> None:
        """Add another one."""
        self.bound, self.present = self.bound + other.bound, self.present + other.present
        self.visits, self.seconds = self.visits + other.visits, self.seconds + other.seconds
        self.found += other.found

    def cells(self) -> tuple[Cell, ...]:
        """Return the cells behind the name of it."""
        rate = (self.found * 20_000 + self.visits) // (2 * self.visits) / 100 if self.visits else None
        return (
            self.bound, self.present, share(self.present, self.bound), self.visits, hours(self.seconds), self.found,
            rate,
        )  # fmt: skip


def bound_at(registry: Registry, at_ms: int, region: str | None) -> set[str]:
    """Return who is bound to an organisation of the eight kinds in ``region`` at ``at_ms`` (UTC ms)."""
    standing = registry.standing
    firms = {
        one.organisation
        for one in standing.organisations_at(at_ms)
        if one.type != OTHER
        and (region is None or (one.region is not None and region in standing.regions_from(one.region, at_ms)))
    }
    return {one.caregiver_id for one in registry.caregivers_at(at_ms) if one.organisation in firms}


def days_of(span: Span) -> list[tuple[date, int]]:
    """Return each day of ``span``, and the last moment of it that is in the span (UTC ms)."""
    days = [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]
    ends = (day_ms(one + timedelta(days=1), span.offset_ms) for one in days)
    return [(one, min(end, span.until_ms) - 1) for one, end in zip(days, ends, strict=True)]


def attendance_of(
    registry: Registry, present: Mapping[date, Collection[str]], span: Span, region: str | None
) -> dict[date, Day]:
    """Return of each day of ``span`` who is bound, and who of them is ``present``."""
    made = {}
    for day, at_ms in days_of(span):
        bound = bound_at(registry, at_ms, region)
        made[day] = Day(bound=len(bound), present=len(bound & set(present.get(day, ()))))
    return made


def daily_trend(
    stock: Stock, days: Mapping[date, Day], span: Span, region: str | None = None, *, weekly: bool = False
) -> Report:
    """Return ``days``, all of ``span``, one by one or by weeks from Monday."""
    total = Day()
    groups: dict[str, Day] = {}
    for name, several in _weeks(sorted(days)) if weekly else ((one.isoformat(), [one]) for one in sorted(days)):
        for one in several:
            groups.setdefault(name, Day()).add(days[one])
            total.add(days[one])
    rows: list[tuple[Cell, ...]] = [(name, *one.cells()) for name, one in groups.items()]
    where = "" if region is None else stock.title(region)
    notes = ["打卡率为八类机构当日终了时绑定的护理员中打卡的比例。", "疑点不含待复核线索，以制表时仍成立的为准。"]
    columns = WEEKLY if weekly else DAILY
    sums = ("合计" if weekly else "合计(人天)", *total.cells())
    return Report(TITLE, f"{where}{TITLE}", span.dates, columns, rows, sums, notes, lines=LINES)


def _weeks(days: Sequence[date]) -> list[tuple[str, list[date]]]:
    found: dict[date, list[date]] = {}
    for one in days:
        found.setdefault(one - timedelta(days=one.weekday()), []).append(one)
    return [(f"{several[0]:%Y-%m-%d} 至 {several[-1]:%m-%d}", several) for several in found.values()]
