"""Valid days of caregivers from the visits that a store holds: the figures of the list of caregivers.

Promise: a day is judged as `judge` judges it (`judging.days`); between two checks of one start of a terminal the time
is that of its monotonic clock. rule: ROSTER, VALID-DAY, VALID-WEEK, VALID-MONTH
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

import orjson
from sqlalchemy import Connection, and_, bindparam, or_, select

from zhendao.gateway.judging.days import CheckIn, Day, day_of, local_date, names_of
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.registry.caregiver_list import Figures
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.prepared import Prepared

_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)
_C: Final = visits.c
_NEAR: Final = Prepared(
    select(_C.device, _C.caregiver_id, _C.record).where(
        _C.state != "withdrawn",
        _C.caregiver_id.is_not(None),
        or_(
            and_(_C.begin_ms >= bindparam("early"), _C.begin_ms < bindparam("late")),
            and_(_C.begin_ms.is_(None), _C.end_ms >= bindparam("early"), _C.end_ms < bindparam("late")),
        ),
    )
)
_EVENT: Final = Prepared(
    select(events.c.boot_id, events.c.mono_ns).where(
        events.c.device == bindparam("device"), events.c.epoch == bindparam("epoch"), events.c.seq == bindparam("seq")
    )
)  # fmt: skip


class _Check(NamedTuple):
    """A check as the record of its visit tells of it; the earlier one is the smaller."""

    wall_ms: int
    device: bytes
    epoch: bytes
    seq: int
    bound_ms: int


@dataclass(slots=True)
class _Held:
    """A caregiver's day: how many checks, the first and the last."""

    checks: int
    first: _Check
    last: _Check


def days_held(
    connection: Connection, first: date, until: date, rule: ValidRule, before_ms: int | None = None
) -> list[Day]:
    """Return the days from ``first`` to before ``until`` on which somebody checked in, by caregiver and day.

    ``before_ms``: only of check-ins before that moment (UTC ms).
    """
    from_ms, until_ms = (((one - _EPOCH).days * _DAY_MS) - rule.offset_ms for one in (first, until))
    until_ms = until_ms if before_ms is None else min(until_ms, before_ms)
    held: dict[tuple[str, int], _Held] = {}
    for caregiver_id, one in _checks(connection, from_ms, until_ms):
        if from_ms <= one.wall_ms < until_ms:
            name = caregiver_id, (one.wall_ms + rule.offset_ms) // _DAY_MS
            known = held.get(name)
            if known is None:
                held[name] = _Held(1, one, one)
            else:
                known.checks, known.first, known.last = known.checks + 1, min(known.first, one), max(known.last, one)
    return [
        day_of(who, _EPOCH + timedelta(days=day), one.checks, *_check_ins(connection, who, one), rule)
        for (who, day), one in sorted(held.items(), key=lambda item: item[0])
    ]


def times_held(connection: Connection, from_ms: int, until_ms: int) -> Iterator[tuple[str, int]]:
    """Give who checked in and when (UTC ms), of check-ins from ``from_ms`` to before ``until_ms``, in no order."""
    for caregiver_id, one in _checks(connection, from_ms, until_ms):
        if from_ms <= one.wall_ms < until_ms:
            yield caregiver_id, one.wall_ms


def figures(days: Iterable[Day], at_ms: int, rule: ValidRule) -> dict[str, Figures]:
    """Return the figures of each caregiver of whom there are ``days``, as of ``at_ms`` (UTC ms).

    The last week and the last month are those before the ones in which that moment lies.
    """
    today = local_date(at_ms, rule.offset_ms)
    yesterday = today - timedelta(days=1)
    week, month = _before(today)
    found: dict[str, list[Day]] = {}
    for one in days:
        found.setdefault(one.caregiver_id, []).append(one)
    made = {}
    for caregiver, several in found.items():
        of_week = sum(one.valid for one in several if names_of(one.day)[0] == week)
        of_month = sum(one.valid for one in several if names_of(one.day)[1] == month)
        last = next((one for one in several if one.day == yesterday), None)
        made[caregiver] = Figures(
            of_month, of_month >= rule.month_days, of_week, of_week >= rule.week_days, _said(last, rule)
        )
    return made


def span_of(at_ms: int, rule: ValidRule) -> tuple[date, date]:
    """Return the first day that the figures as of ``at_ms`` (UTC ms) need, and the one behind the last."""
    today = local_date(at_ms, rule.offset_ms)
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return min(month, today - timedelta(days=today.weekday() + 7)), today


def _before(today: date) -> tuple[str, str]:
    """Return the names of the week and of the month before those of ``today``."""
    return names_of(today - timedelta(days=7))[0], names_of(today.replace(day=1) - timedelta(days=1))[1]


def _said(day: Day | None, rule: ValidRule) -> str | None:
    if day is None:
        return None
    times = "–".join(_clock(ms, rule) for ms in sorted({day.first_ms, day.last_ms}))
    return f"打卡 {day.checks} 次（{times}），{'有效' if day.valid else '无效'}"


def _clock(at_ms: int, rule: ValidRule) -> str:
    minutes = (at_ms + rule.offset_ms) // 60_000 % 1_440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _checks(connection: Connection, from_ms: int, until_ms: int) -> Iterator[tuple[str, _Check]]:
    """Give the checks of visits that may lie between the two moments (UTC ms); a visit lasts two days at most."""
    for device, caregiver_id, told in _NEAR(connection, early=from_ms - 2 * _DAY_MS, late=until_ms):
        record = orjson.loads(told) if isinstance(told, str | bytes) else told
        ends = [side for side in (record["in"], record["out"]) if side is not None]
        # What was between told the time alone by older rules: its clock was that of the check that began it.
        for side in (*ends, *(ends[0] | one for one in record.get("rechecks", ()) if ends)):
            if side["bound_ms"] is not None:
                epoch, at = bytes.fromhex(side["epoch"]), side.get("device")
                where = device if at is None else bytes.fromhex(at)
                yield caregiver_id, _Check(side["at_ms"], where, epoch, side["seq"], side["bound_ms"])


def _check_ins(connection: Connection, caregiver_id: str, held: _Held) -> tuple[CheckIn, CheckIn]:
    """Return the first and the last check-in of a day; where one terminal saw both, with its monotonic clock."""
    made = []
    for place, one in enumerate((held.first, held.last)):
        row = None
        if held.first.device == held.last.device:
            row = _EVENT.first(connection, device=one.device, epoch=one.epoch, seq=one.seq)
        # Without it each is of a start of its own: then the wall clock counts.
        boot_id, mono_ns = (row[0], row[1]) if row is not None and row[0] is not None else (b"%d" % place, 0)
        made.append(CheckIn(caregiver_id, one.device, boot_id, mono_ns, one.wall_ms, one.bound_ms))
    return made[0], made[1]
