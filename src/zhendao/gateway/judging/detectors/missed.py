"""A visit that was agreed and did not take place: nobody was in the home at its hours. rule: TIME, SERVICES.

Promise: silence is no absence. It is told only of a home whose terminal ran from before the hours until after them,
with no number of its journal missing; who came at another hour of that day, or in somebody's stead, was there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from zhendao.gateway.judging.detectors.saying import DAY_MS, when
from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.judging.planned import planned_of
from zhendao.gateway.judging.told import Told
from zhendao.gateway.plans.today import local_day
from zhendao.gateway.registry.snapshot import Schedule
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.living import PROFILE
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "迟到的记录；老人一方取消或改期的说明；核实后补录服务",
    "records that come late, word that the visit was called off or moved, or the visit entered with proof",
)
_ALL_DAY: Final = "00:00-00:00"
_Planned = tuple[int, int, Schedule]
_SILENT_DAYS: Final = 8
"""A terminal tells of itself every day; of one that was silent for longer nobody knows that it ran."""


def _find(whole: Whole) -> Iterable[Finding]:
    homes = _homes(whole)
    came: dict[str, list[Visit]] = {elder: [] for elder in homes}
    for visit in whole.visits:
        if visit.elder_id in came:
            came[visit.elder_id].append(visit)
    for elder, planned in sorted(_planned(whole, homes).items()):
        offset = whole.policy.thresholds.offset_ms
        days: dict[int, list[_Planned]] = {}
        for one in sorted(planned, key=lambda plan: (plan[0], plan[1], plan[2].caregiver_id, plan[2].code)):
            days.setdefault(local_day(one[0], offset).from_ms, []).append(one)
        for from_ms, several in sorted(days.items()):
            yield from _judge(elder, from_ms, several, came[elder], homes[elder], whole)


def _homes(whole: Whole) -> dict[str, list[tuple[bytes, Told]]]:
    """Return the terminals of each elder, with what they told; one that misses anything says nothing."""
    found: dict[str, list[tuple[bytes, Told]]] = {}
    for device, told in whole.terminals.items():
        where = whole.registry.terminal(device, whole.as_of_ms)
        whole_journal = not any(epoch.missing for epoch in told.epochs)
        if where is not None and where.elder_id is not None and where.placement is Placement.HOME and whole_journal:
            found.setdefault(where.elder_id, []).append((device, told))
    return found


def _planned(whole: Whole, homes: dict[str, list[tuple[bytes, Told]]]) -> dict[str, list[_Planned]]:
    planned: dict[str, list[_Planned]] = {}
    offset = whole.policy.thresholds.offset_ms
    for elder, several in sorted(homes.items()):
        rows = whole.registry.schedules_with(elder)
        days = _days(several, offset) if rows else ()
        for row in rows:
            for begin, end in _spans(row, days, whole):
                if end <= whole.as_of_ms:
                    planned.setdefault(elder, []).append((begin, end, row.row))
    return planned


def _spans(row: Valid[Schedule], days: Sequence[int], whole: Whole) -> Iterator[tuple[int, int]]:
    """Give when on ``days``, counted from 1970, somebody was to be there: the agreed hours; who lives in, all day."""
    offset_ms = whole.policy.thresholds.offset_ms
    first_ms = days[0] * DAY_MS - offset_ms if days else whole.as_of_ms
    if PROFILE in {_profile(row.row.code, at_ms, whole) for at_ms in (first_ms, whole.as_of_ms)}:
        row = replace(row, row=replace(row.row, hours=_ALL_DAY))
    for begin, end in planned_of(row, DAY_MS // 2 - offset_ms, offset_ms, days):
        if _profile(row.row.code, begin, whole) == (PROFILE if row.row.hours == _ALL_DAY else "visit"):
            yield begin, end


def _profile(code: str, at_ms: int, whole: Whole) -> str:
    service = whole.registry.service(code, at_ms)
    return "visit" if service is None else service.profile


def _days(several: Iterable[tuple[bytes, Told]], offset: int) -> list[int]:
    """Return the local days, counted from 1970, in which a terminal of the home can have run all the time.

    It goes by what this home's terminals told, and over no long silence: one that takes a day for one of 1999, as a
    receiver does after 1,024 weeks, must not have everybody's plans of twenty years looked through.
    """
    heard = sorted({(ms + offset) // DAY_MS for _, told in several for ms in told.heard_ms})
    between = (day for one, other in pairwise(heard) if other - one <= _SILENT_DAYS for day in range(one, other))
    return sorted({*heard, *between, heard[0] - 1}) if heard else []


def _judge(
    elder: str, from_ms: int, planned: Sequence[_Planned], came: Sequence[Visit],
    homes: Sequence[tuple[bytes, Told]], whole: Whole,
) -> Iterable[Finding]:  # fmt: skip
    slack, offset = whole.hints.schedule_slack_s * 1000, whole.policy.thresholds.offset_ms
    spans = [_span(visit) for visit in came]
    if None in spans:
        return  # somebody was there, and nobody knows when
    known = [span for span in spans if span is not None]
    that_day = sum(from_ms - slack <= begin < from_ms + DAY_MS + slack for begin, _ in known)
    open_slots = [
        one
        for one in planned
        if not any(begin <= one[1] + slack and end >= one[0] - slack for begin, end in known)
        and any(_ran(device, told, one, slack, elder, whole) for device, told in homes)
    ]
    for begin, end, one in open_slots[: max(0, len(planned) - that_day)]:
        at = f"{when(begin, offset)}–{when(end, offset)[-5:]}"
        yield Finding(
            "missed", None, ("schedule", f"{elder}/{one.caregiver_id}/{one.code}/{when(begin, offset)}"), 0, 1, 1,
            "visits",
            Text(
                f"{at} 应有 {one.code} 服务 1 次，终端一直在运行而没有打卡，少 1 次",
                f"one visit ({one.code}) was agreed for {at}; the terminal ran all the time and saw none: one less",
            ),
            _CLEARS, at_ms=begin,
        )  # fmt: skip


def _span(visit: Visit) -> tuple[int, int] | None:
    begin, end = visit.begin_ms, visit.end_ms
    if begin is None and end is None:
        return None
    return (begin if begin is not None else end or 0), (end if end is not None else begin or 0)


def _ran(device: bytes, told: Told, one: _Planned, slack: int, elder: str, whole: Whole) -> bool:
    """Tell whether the elder's terminal ran, in one start, from before the hours until after them."""
    where = whole.registry.terminal(device, one[0])
    if where is None or where.elder_id != elder:
        return False
    before, after = bisect_right(told.heard_ms, one[0] - slack) - 1, bisect_left(told.heard_ms, one[1] + slack)
    if before < 0 or after == len(told.heard_ms):
        return False
    first, last = told.heard_ms[before], told.heard_ms[after]
    return not any(dark.from_ms < last and first < dark.to_ms for dark in told.dark)


SURVEY = Survey("missed", _find)
