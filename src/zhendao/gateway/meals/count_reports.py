"""年度助餐人次, 助餐点情况, 村社助餐覆盖, 未覆盖村社清单: meals by village and by point, and who is covered. Pure.

Promise: what does not count is told beside what does; both figures of coverage are said, with the villages that have
no elders and without. Nothing of it is personal. rule: MEAL-COUNT, MEAL-COVERAGE, MEAL-POINT
"""

from collections.abc import Iterable, Mapping
from typing import Final

from zhendao.command.roster.choices import MEAL_POINT_KINDS
from zhendao.gateway.meals.coverage import Village, figures
from zhendao.gateway.meals.figures import Sum
from zhendao.gateway.meals.values import State
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.report import Cell, Column, Kind, Report, as_text, share
from zhendao.gateway.reports.stock import UNREGISTERED, Stock

COUNT: Final = "助餐人次"
POINTS: Final = "助餐点情况"
COVERAGE: Final = "村社助餐覆盖"
UNCOVERED: Final = "未覆盖村社清单"
_SERIAL, _STREET, _VILLAGE = (
    Column("序号", 6, Kind.WHOLE),
    Column("乡镇街道", 14, merged=True),
    Column("村社", 16),
)
COUNT_COLUMNS: Final = (
    _SERIAL,
    _STREET,
    _VILLAGE,
    Column("登记老人(人)", 12, Kind.WHOLE),
    Column("用餐老人(人)", 12, Kind.WHOLE),
    Column("助餐人次", 11, Kind.WHOLE),
    Column("堂食", 9, Kind.WHOLE),
    Column("送餐", 9, Kind.WHOLE),
    Column("其中补录", 10, Kind.WHOLE),
    Column("其中无场所码", 13, Kind.WHOLE),
)
POINT_COLUMNS: Final = (
    _SERIAL,
    _STREET,
    Column("助餐点", 22, left=True),
    Column("类型", 8),
    Column("场所码", 16),
    Column("助餐人次", 11, Kind.WHOLE),
    Column("有刷卡记录(天)", 13, Kind.WHOLE),
    Column("其中补录", 10, Kind.WHOLE),
    Column("重复刷卡", 10, Kind.WHOLE),
    Column("补录不计", 10, Kind.WHOLE),
    Column("其他不计", 10, Kind.WHOLE),
    Column("备注", 22, left=True),
)
COVERAGE_COLUMNS: Final = (
    _SERIAL,
    _STREET,
    _VILLAGE,
    Column("登记老人(人)", 12, Kind.WHOLE),
    Column("助餐记录(条)", 12, Kind.WHOLE),
    Column("是否覆盖", 10),
    Column("备注", 16, left=True),
)
UNCOVERED_COLUMNS: Final = (*COVERAGE_COLUMNS[:5], Column("还差(条)", 9, Kind.WHOLE))
_ON_A_NOTE: Final = 50
"""More names make a row that is higher than a row can be."""
_FILLS: Final = frozenset({State.SIGNED_DAY, State.FILLED_DAY})


def meal_count(
    stock: Stock,
    sums: Iterable[Sum],
    fed: Mapping[str | None, int],
    elders: Mapping[str, int],
    span: Span,
    region: str | None = None,
) -> Report:
    """Return the meals of each village in whose register the elders are; ``fed``: elders who had one."""
    held = [one for one in sums if stock.lies_in(one.place, region)]
    wanted = [one for one in elders if stock.lies_in(one, region)]
    villages = sorted({*wanted, *(one.place for one in held)}, key=lambda one: (stock.street(one), one or "~"))
    rows: list[tuple[Cell, ...]] = []
    for village in villages:
        counted = [one for one in held if one.place == village and one.state is State.COUNTED]
        rows.append(
            (len(rows) + 1, stock.street(village), stock.title(village), elders.get(village or ""),
             fed.get(village, 0), *_parts(counted))
        )  # fmt: skip
    left = {state: sum(one.records for one in held if one.state is state) for state in State}
    told = "，".join(f"{title} {left[state]} 条" for state, title in _LEFT.items() if left[state])
    return Report(
        COUNT,
        f"{_where(stock, region)}{COUNT}",
        span.dates,
        COUNT_COLUMNS,
        rows,
        _total(rows, 3),
        notes=[
            "按老人户籍所在村社；每位老人每餐计一次。无场所码的助餐点计人次，不计覆盖。",
            *([f"另有记录未计：{told}。"] if told else []),
        ],
        landscape=True,
    )


def meal_points(
    stock: Stock, sums: Iterable[Sum], days: Mapping[str | None, int], span: Span, region: str | None = None
) -> Report:
    """Return each meal point that is registered at the end of ``span`` or has records, with what it has."""
    several = list(sums)
    standing = stock.registry.standing
    registered = {one.point: one for one in standing.meal_points_at(stock.at_ms)}
    names = {*registered, *(one.place for one in several)}
    known = {name: None if name is None else standing.last_meal_point(name, stock.at_ms) for name in names}
    places = {name: None if point is None else point.region for name, point in known.items()}
    rows: list[tuple[Cell, ...]] = []
    for name in sorted(names, key=lambda one: (stock.street(places[one]), one or "~")):
        point = known[name]
        if not stock.lies_in(places[name], region):
            continue
        own = [one for one in several if one.place == name]
        counted = [one for one in own if one.state is State.COUNTED]
        left = [sum(one.records for one in own if one.state in states) for states in _GROUPS]
        remark = "未登记助餐点" if point is None else "" if point.place_code else "无场所码，不计覆盖"
        if point is not None and name not in registered:
            remark = "；".join(["现已停用", *([remark] if remark else [])])
        rows.append(
            (len(rows) + 1, stock.street(places[name]),
             (name or UNREGISTERED) if point is None else point.title,
             "" if point is None else MEAL_POINT_KINDS.word(point.kind, "zh"),
             "" if point is None else point.place_code or "", sum(one.records for one in counted), days.get(name, 0),
             sum(one.records for one in counted if not one.signed), *left, remark)
        )  # fmt: skip
    return Report(
        POINTS, f"{_where(stock, region)}{POINTS}", span.dates, POINT_COLUMNS, rows, _total(rows, 5, text=1),
        landscape=True,
    )  # fmt: skip


def meal_coverage(stock: Stock, villages: Iterable[Village], span: Span, region: str | None = None) -> Report:
    """Return whether each village is covered in the week of ``span``, with both figures."""
    held = _sorted(stock, villages, region)
    rows: list[tuple[Cell, ...]] = [
        (n, stock.street(one.region), stock.title(one.region), one.elders, one.records,
         "是" if one.covered else "否", "" if one.elders else "无登记老人")
        for n, one in enumerate(held, 1)
    ]  # fmt: skip
    told = figures(held)
    total = (
        "合计", None, None, sum(one.elders for one in held), sum(one.records for one in held),
        f"{told.covered}/{told.villages}", "",
    )  # fmt: skip
    return Report(
        COVERAGE, f"{_where(stock, region)}{COVERAGE}", _week(span), COVERAGE_COLUMNS, rows, total,
        notes=[*_both(held)],
    )  # fmt: skip


def meal_uncovered(
    stock: Stock, villages: Iterable[Village], least: int, span: Span, region: str | None = None
) -> Report:
    """Return the villages that have elders and are not covered yet in the week of ``span``; ``least`` records do."""
    held = _sorted(stock, villages, region)
    rows: list[tuple[Cell, ...]] = []
    for one in held:
        if one.elders and not one.covered:
            rows.append(
                (len(rows) + 1, stock.street(one.region), stock.title(one.region), one.elders, one.records,
                 least - one.records)
            )  # fmt: skip
    empty = [stock.title(one.region) for one in held if not one.elders]
    return Report(
        UNCOVERED,
        f"{_where(stock, region)}{UNCOVERED}",
        _week(span),
        UNCOVERED_COLUMNS,
        rows,
        notes=[
            *_both(held),
            *(
                f"无登记老人、无法覆盖的村社：{'、'.join(empty[at : at + _ON_A_NOTE])}。"
                for at in range(0, len(empty), _ON_A_NOTE)
            ),
        ],
    )


def _both(held: list[Village]) -> Iterable[str]:
    told = figures(held)
    shares = [as_text(share(told.covered, whole), Kind.SHARE) for whole in (told.villages, told.with_elders)]
    yield f"全部村社 {told.villages} 个，已覆盖 {told.covered} 个（{shares[0]}）。"
    without = sum(one.covered and not one.elders for one in held)
    odd = f"，其中 {without} 个村社有记录而无登记老人" if without else ""
    yield f"不计无登记老人的村社，共 {told.with_elders} 个，已覆盖 {told.covered} 个（{shares[1]}）{odd}。"


def _sorted(stock: Stock, villages: Iterable[Village], region: str | None) -> list[Village]:
    held = [one for one in villages if stock.lies_in(one.region, region)]
    return sorted(held, key=lambda one: (stock.street(one.region), one.region))


def _week(span: Span) -> str:
    year, week, _ = span.last.isocalendar()
    return f"{year}年第{week}周，截至 {span.stamp}"


def _where(stock: Stock, region: str | None) -> str:
    return "" if region is None else stock.title(region)


def _parts(counted: Iterable[Sum]) -> tuple[int, ...]:
    several = list(counted)
    return (
        sum(one.records for one in several),
        sum(one.records for one in several if one.way == "canteen"),
        sum(one.records for one in several if one.way == "delivery"),
        sum(one.records for one in several if not one.signed),
        sum(one.records for one in several if not one.coded),
    )


def _total(rows: Iterable[tuple[Cell, ...]], first: int, text: int = 0) -> tuple[Cell, ...]:
    """Return 合计 of the columns from ``first`` on; the last ``text`` of them are texts."""
    several = list(rows)
    width = len(several[0]) if several else len(COUNT_COLUMNS) if not text else len(POINT_COLUMNS)
    sums = [sum(cell for row in several if isinstance(cell := row[place], int)) for place in range(first, width - text)]
    return ("合计", *[None] * (first - 1), *sums, *[""] * text)


_LEFT: Final = {
    State.REPEATED: "同一餐重复",
    State.ELSEWHERE: "同一餐另点",
    State.DEAD: "已故或注销老人",
    State.UNKNOWN: "非登记老人的卡",
    State.SIGNED_DAY: "补录日已有刷卡",
    State.FILLED_DAY: "补录日已补录",
}
_GROUPS: Final = (
    frozenset({State.REPEATED}),
    _FILLS,
    frozenset({State.ELSEWHERE, State.DEAD, State.UNKNOWN}),
)
