"""护理员信息清单 held against a day: the list in its own columns, then whether each on it has checked in so far. Pure.

Promise: whoever is on the list has a row and a result, and so has whoever checked in without being on it. Names and
phones are masked unless they were asked for whole. rule: ROSTER
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhendao.command.roster.caregiver_list import CAREGIVER_LIST
from zhendao.command.roster.writing import as_cell
from zhendao.gateway.reports.moment import DAY_MS, Span
from zhendao.gateway.reports.people import veiled
from zhendao.gateway.reports.report import Cell, Column, Report
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "护理员信息清单比对"
PRESENT: Final = "已打卡"
ABSENT: Final = "未打卡"
STRANGER: Final = "未入驻系统"
"""On the list, and not registered: no card of hers can check in."""
BESIDE: Final = "名册外打卡"
_RESULTS: Final = (PRESENT, ABSENT, STRANGER, BESIDE)
_WIDTHS: Final = {
    "name": 10, "phone": 14, "organisation": 26, "public_title": 20, "address": 26, "yesterday": 32,
    "source_check": 10, "month_days": 9, "month_valid": 9, "week_days": 9, "week_valid": 9, "type": 17,
    "employed_on": 15,
}  # fmt: skip
_LEFT: Final = frozenset({"organisation", "public_title", "address"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody to be compared: what the list says of her, by its columns' names, and her numbers in the registry.

    ``numbers``: none where she is not registered, several where the registry knows several of that name and phone.
    ``region``: where she counts, as a table or the list calls it.
    """

    cells: Mapping[str, Any]
    numbers: Sequence[str]
    region: str | None
    on_roster: bool = True


def columns(span: Span) -> tuple[Column, ...]:
    """Return the columns: those of the list in their order, the day's, and the result."""
    return (
        *(Column(one.zh[0], _WIDTHS.get(one.name, 12), left=one.name in _LEFT) for one in CAREGIVER_LIST.columns),
        Column(f"打卡情况{span.last:%m%d}", 24),
        Column("比对结果", 12),
    )


def check_ins(times: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """Return the check-ins (UTC ms) of each caregiver, in their order."""
    found: dict[str, list[int]] = {}
    for who, at_ms in times:
        found.setdefault(who, []).append(at_ms)
    return {who: sorted(several) for who, several in found.items()}


def roster(
    stock: Stock,
    entries: Iterable[Entry],
    checked_in: Mapping[str, Sequence[int]],
    span: Span,
    region: str | None = None,
    *,
    unmasked: bool = False,
) -> Report:
    """Return ``entries`` held against who ``checked_in`` in ``span``, one local day (see `check_ins`)."""
    found: list[tuple[tuple[bool, str, str, tuple[str, ...]], tuple[Cell, ...]]] = []
    counts = dict.fromkeys(_RESULTS, 0)
    for one in entries:
        place = stock.called(one.region)
        if not stock.lies_in(place, region):
            continue
        times = sorted(at_ms for number in one.numbers for at_ms in checked_in.get(number, ()))
        result = _result(one, times)
        counts[result] += 1
        cells = (*_listed(stock, one, unmasked=unmasked), said(times, span.offset_ms), result)
        order = (not one.on_roster, stock.title(place), one.cells["organisation"] or "", tuple(one.numbers))
        found.append((order, cells))
    found.sort(key=lambda item: item[0])
    listed = sum(counts.values()) - counts[BESIDE]
    told = "，".join(f"{name} {counts[name]} 人" for name in (PRESENT, ABSENT, STRANGER))
    where = "" if region is None else stock.title(region)
    return Report(
        TITLE,
        f"{where}{TITLE}",
        f"截至 {span.stamp}",
        columns(span),
        [cells for _, cells in found],
        notes=[f"名册 {listed} 人：{told}；{BESIDE} {counts[BESIDE]} 人。"],
        landscape=True,
        sifted=True,
        shown=len(found) if unmasked else 0,
    )


def said(times: Sequence[int], offset_ms: int) -> str:
    """Return a day's check-ins (UTC ms, in order) in words: how many, the first and the last by the local clock."""
    if not times:
        return ABSENT
    clocks = [(at_ms + offset_ms) % DAY_MS // 60_000 for at_ms in dict.fromkeys((times[0], times[-1]))]
    return f"打卡 {len(times)} 次（{'–'.join(f'{one // 60:02}:{one % 60:02}' for one in clocks)}）"


def _result(one: Entry, times: Sequence[int]) -> str:
    if not one.on_roster:
        return BESIDE
    if not one.numbers:
        return STRANGER
    return PRESENT if times else ABSENT


def _listed(stock: Stock, one: Entry, *, unmasked: bool) -> list[Cell]:
    cells: dict[str, Cell] = {each.name: as_cell(each.kind, one.cells[each.name]) for each in CAREGIVER_LIST.columns}
    nameless = list(one.numbers) == [one.cells["name"]]  # her number stands for it, and is no secret
    cells["name"], cells["phone"] = veiled(one.cells["name"], one.cells["phone"], unmasked=unmasked or nameless)
    place = stock.called(one.region)
    cells["region"] = "" if place is None else stock.title(place)
    return [cells[each.name] for each in CAREGIVER_LIST.columns]
