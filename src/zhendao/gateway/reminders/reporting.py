"""催打卡情况: who was reminded on a day, how often, and whether she checked in then. See `reports.making`.

Promise: whoever was owed a reminder has a row; one that did not go out counts for nothing; each time of day of the day
is told of below, made or missed. rule: REMIND, DAILY-DETAIL
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from zhendao.gateway.judging.attendance import times_held
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.listing import STATES, Line, RoundLine, lines, round_lines
from zhendao.gateway.reminders.message import moment_of
from zhendao.gateway.reports.people import people
from zhendao.gateway.reports.report import Cell, Column, Kind, Report

if TYPE_CHECKING:
    from zhendao.gateway.reports.asked import Asked
    from zhendao.gateway.reports.making import Source

TITLE: Final = "催打卡情况"


@dataclass(slots=True)
class _Told:
    """What was owed to one caregiver: rounds that went out or may have, when, by which ways, what came of it."""

    rounds: set[str] = field(default_factory=set)
    times: list[int] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)


def columns(mmdd: str) -> tuple[Column, ...]:
    """Return the columns; one says of which day it is."""
    return (
        Column("序号", 6, Kind.WHOLE),
        Column("街道(乡镇)", 16),
        Column("姓名", 12),
        Column("联系方式", 16),
        Column("入住机构名称", 34, left=True),
        Column(f"是否打卡{mmdd}", 12),
        Column("提醒次数", 10, Kind.WHOLE),
        Column("首次提醒", 10),
        Column("末次提醒", 10),
        Column("首次打卡", 10),
        Column("途径", 20, left=True),
        Column("结果", 20, left=True),
    )


def _reminders(source: "Source", asked: "Asked") -> Report:
    span = source.day(asked)
    held, day = source.stock(span), span.last.isoformat()
    region = held.wanted(asked.region)
    owed = [
        one
        for one in lines(source.connection, source.book, day, span.at_ms)
        if (one.tried_ms or one.owed_ms) < span.until_ms
    ]
    first_ms: dict[str, int] = {}
    for who, at_ms in times_held(source.connection, span.from_ms, span.until_ms):
        first_ms[who] = min(at_ms, first_ms.get(who, at_ms))
    named = people(source.connection, source.book, span.at_ms, span.at_ms + 1)
    found: list[tuple[tuple[str, str, str], tuple[Cell, ...]]] = []
    for who, told in _told(owed).items():
        person = named.get(who)
        workplace = None if person is None else held.workplace_of(person.who)
        if not held.lies_in(workplace, region):
            continue
        firm = None if person is None else held.firm(person.who.organisation)
        name, phone = (who, "") if person is None else person.named(unmasked=asked.unmasked)
        street, title = held.street(workplace), "" if firm is None else firm.title
        came = first_ms.get(who)
        cells: tuple[Cell, ...] = (
            street, name, phone, title, "否" if came is None else "是", len(told.rounds),
            _clock(min(told.times, default=None), source), _clock(max(told.times, default=None), source),
            _clock(came, source), "、".join(dict.fromkeys(told.ways)),
            "、".join(dict.fromkeys(STATES[one].zh for one in told.states)),
        )  # fmt: skip
        found.append(((street, title, who), cells))
    rows = [(place, *cells) for place, (_, cells) in enumerate(sorted(found, key=lambda one: one[0]), 1)]
    came_after = sum(row[5] == "是" and bool(row[6]) for row in rows)
    where = "" if region is None else held.title(region)
    return Report(
        TITLE,
        f"{where}{TITLE}",
        span.stamp,
        columns(f"{span.last:%m%d}"),
        rows,
        notes=[
            f"共提醒 {sum(bool(row[6]) for row in rows)} 人，其中已打卡 {came_after} 人。",
            *(_said(one, source) for one in round_lines(source.connection, day) if one.due_ms < span.until_ms),
        ],
        landscape=True,
        sifted=True,
        shown=len(rows) if asked.unmasked else 0,
    )


def _told(owed: Sequence[Line]) -> dict[str, _Told]:
    found: dict[str, _Told] = {}
    for one in owed:
        told = found.setdefault(one.caregiver_id, _Told())
        told.states.append(one.state)
        if one.tried_ms is not None and one.state != book.REFUSED:
            told.rounds.add(one.round)
            told.times.append(one.tried_ms)
            told.ways.append(one.channel)
    return found


def _clock(at_ms: int | None, source: "Source") -> str:
    return "" if at_ms is None else moment_of(at_ms, source.offset_ms, "zh").time


def _said(one: RoundLine, source: "Source") -> str:
    counts = "，".join(f"{STATES[why].zh} {count} 人" for why, count in sorted(one.counts.items(), key=_owed_first))
    what = counts if one.state == book.MADE else "已错过，未提醒"
    return f"{_clock(one.due_ms, source)} {one.plan}：{what or '无人'}。"


def _owed_first(item: tuple[str, int]) -> tuple[bool, str]:
    return item[0] != "owed", item[0]


MAKERS: "Final[dict[str, Callable[[Source, Asked], Report]]]" = {"reminders": _reminders}
"""The report by its name."""
