"""已故老人用餐清单, 助餐补录答复, 助餐疑点: records to be looked at one by one. Pure.

Promise: nobody who died is filtered silently, every back-filled row has its answer, and what is worth a look is a hint
for people; names are masked unless they were asked for whole. rule: MEAL-DEAD, MEAL-BACKFILL, PIPL
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.meals.findings import KINDS, MealFinding
from zhendao.gateway.meals.values import MEALS, STATES, Meals, State
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.people import veiled
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.stock import Stock

DEAD: Final = "已故老人用餐清单"
BACKFILL: Final = "助餐补录答复"
ODD: Final = "助餐疑点"
_SERIAL: Final = Column("序号", 6, Kind.WHOLE)
DEAD_COLUMNS: Final = (
    _SERIAL,
    Column("乡镇街道", 14),
    Column("村社", 14),
    Column("老人编号", 14),
    Column("姓名", 10),
    Column("去世日期", 12),
    Column("用餐日期", 12),
    Column("餐次", 7),
    Column("助餐点", 20, left=True),
    Column("来源", 8),
)
BACKFILL_COLUMNS: Final = (
    _SERIAL,
    Column("导入", 7, Kind.WHOLE),
    Column("文件", 20, left=True),
    Column("导入时间", 17),
    Column("行", 7, Kind.WHOLE),
    Column("助餐点", 20, left=True),
    Column("日期", 12),
    Column("餐次", 7),
    Column("老人编号", 14),
    Column("姓名", 10),
    Column("是否计入", 10),
    Column("说明", 30, left=True),
)
ODD_COLUMNS: Final = (
    _SERIAL,
    Column("类别", 16),
    Column("日期", 12),
    Column("时间", 17),
    Column("乡镇街道", 14),
    Column("助餐点", 20, left=True),
    Column("老人编号", 14),
    Column("测得", 9, Kind.WHOLE),
    Column("单位", 7),
    Column("其他终端同类(‰)", 14, Kind.WHOLE),
    Column("说明", 44, left=True),
)
_UNITS: Final = {"min": "分钟", "m": "米", "cards": "张", "": ""}


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that was imported, and when (UTC ms)."""

    file: str
    made_ms: int


def meal_dead(
    stock: Stock,
    dead: Iterable[Meals],
    names: Mapping[str, str],
    span: Span,
    region: str | None = None,
    *,
    unmasked: bool = False,
) -> Report:
    """Return the records of elders who had died, or were registered no longer; ``names`` by elder."""
    rows: list[tuple[Cell, ...]] = []
    for one in dead:
        told = one.told
        if one.state is not State.DEAD or not stock.lies_in(told.village, region):
            continue
        name, _ = veiled(names.get(told.elder_id or ""), None, unmasked=unmasked)
        rows.append(
            (len(rows) + 1, stock.street(told.village), stock.title(told.village), told.elder_id, name,
             told.dead_on or "登记已终止", told.day, MEALS[told.meal].zh, _point(stock, told.point),
             "刷卡" if told.signed else "补录")
        )  # fmt: skip
    return Report(
        DEAD, f"{_where(stock, region)}{DEAD}", span.dates, DEAD_COLUMNS, rows,
        notes=[f"共 {len(rows)} 条，均已剔除，不计人次与覆盖。"], landscape=True, sifted=True,
        shown=len(rows) if unmasked else 0,
    )  # fmt: skip


def meal_backfill(
    stock: Stock,
    filled: Iterable[Meals],
    files: Mapping[int, Imported],
    names: Mapping[str, str],
    span: Span,
    region: str | None = None,
    *,
    unmasked: bool = False,
) -> Report:
    """Return the answer to every back-filled row of these days, as it stands now; ``files`` by import."""
    rows: list[tuple[Cell, ...]] = []
    counted = 0
    for one in sorted(filled, key=lambda meal: meal.told.order):
        told = one.told
        if told.signed or not stock.lies_in(told.village, region):
            continue
        brought = files[told.number]
        name, _ = veiled(names.get(told.elder_id or ""), None, unmasked=unmasked)
        counted += one.counted
        rows.append(
            (len(rows) + 1, told.number, brought.file, span.clock(brought.made_ms), told.line,
             _point(stock, told.point), told.day, MEALS[told.meal].zh, told.elder_id, name,
             "是" if one.counted else "否", STATES[one.state].zh)
        )  # fmt: skip
    return Report(
        BACKFILL, f"{_where(stock, region)}{BACKFILL}", span.dates, BACKFILL_COLUMNS, rows,
        notes=[f"共 {len(rows)} 条，计入 {counted} 条。刷卡记录晚到的，以刷卡为准，补录改为不计。"], landscape=True,
        sifted=True, shown=len(rows) if unmasked else 0,
    )  # fmt: skip


def meal_findings(stock: Stock, found: Iterable[MealFinding], span: Span, region: str | None = None) -> Report:
    """Return what is worth a look in the meals of these days; elders by their numbers alone."""
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        place = _region(stock, one.point)
        if not stock.lies_in(place, region):
            continue
        rows.append(
            (len(rows) + 1, KINDS[one.kind].zh, one.day, span.clock(one.at_ms), stock.street(place),
             _point(stock, one.point), one.elder_id or "", one.measured, _UNITS[one.unit], one.base_permille,
             one.text.zh)
        )  # fmt: skip
    return Report(
        ODD, f"{_where(stock, region)}{ODD}", span.dates, ODD_COLUMNS, rows,
        notes=["疑点供人复核，不作结论。"], landscape=True, sifted=True,
    )  # fmt: skip


def _region(stock: Stock, point: str | None) -> str | None:
    row = None if point is None else stock.registry.standing.last_meal_point(point, stock.at_ms)
    return None if row is None else row.region


def _point(stock: Stock, point: str | None) -> str:
    row = None if point is None else stock.registry.standing.last_meal_point(point, stock.at_ms)
    return (point or "（未登记）") if row is None else row.title


def _where(stock: Stock, region: str | None) -> str:
    return "" if region is None else stock.title(region)
