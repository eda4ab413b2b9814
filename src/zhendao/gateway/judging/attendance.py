"""Valid days of caregivers from the visits that a store holds: the figures of the list of caregivers.

Promise: a day is judged as `judge` judges it (`judging.days`); between two checks of one start of a terminal the time
is that of its monotonic clock. rule: ROSTER, VALID-DAY, VALID-WEEK, VALID-MONTH
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, or_, select

from zhendao.gateway.judging.days import CheckIn, Day, days_of, local_date, names_of
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.registry.caregiver_list import Figures
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.prepared import Prepared

_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)
_AT_ONCE: Final = 2_000
_EVENT: Final = Prepared(
    select(events.c.boot_id, events.c.mono_ns).where(
        events.c.device == bindparam("device"), events.c.epoch == bindparam("epoch"), events.c.seq == bindparam("seq")
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Check:
    """A check as the record of its visit tells of it."""

    caregiver_id: str
    device: bytes
    epoch: bytes
    seq: int
    wall_ms: int
    bound_ms: int


def days_held(connection: Connection, first: date, until: date, rule: ValidRule) -> list[Day]:
    """Return the days from ``first`` to before ``until`` on which somebody checked in, by caregiver and day."""
    from_ms, until_ms = (((one - _EPOCH).days * _DAY_MS) - rule.offset_ms for one in (first, until))
    checks: dict[tuple[str, date], list[_Check]] = {}
    for one in _checks(connection, from_ms, until_ms):
        if from_ms <= one.wall_ms < until_ms:
            checks.setdefault((one.caregiver_id, local_date(one.wall_ms, rule.offset_ms)), []).append(one)
    return days_of((one for several in checks.values() for one in _check_ins(connection, several)), rule)


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


def _checks(connection: Connection, from_ms: int, until_ms: int) -> Iterator[_Check]:
    """Give the checks of visits that may lie between the two moments (UTC ms); a visit lasts two days at most."""
    c = visits.c
    early, late = from_ms - 2 * _DAY_MS, until_ms
    ended = and_(c.begin_ms.is_(None), c.end_ms >= early, c.end_ms < late)
    near = or_(and_(c.begin_ms >= early, c.begin_ms < late), ended)
    query = select(c.device, c.caregiver_id, c.record).where(c.state != "withdrawn", c.caregiver_id.is_not(None), near)
    for part in connection.execution_options(stream_results=True).execute(query).partitions(_AT_ONCE):
        for device, caregiver_id, record in part:
            yield from _of_record(device, caregiver_id, record)


def _of_record(device: bytes, caregiver_id: str, record: dict[str, Any]) -> Iterator[_Check]:
    sides = [side for side in (record["in"], record["out"]) if side is not None and side["bound_ms"] is not None]
    for side in sides:
        yield _Check(caregiver_id, device, bytes.fromhex(side["epoch"]), side["seq"], side["at_ms"], side["bound_ms"])
    for check in record.get("rechecks", ()) if sides else ():
        # Of what was between the record tells the time alone: its clock is that of the check that began it.
        first = sides[0]
        yield _Check(
            caregiver_id, device, bytes.fromhex(first["epoch"]), check["seq"], check["at_ms"], first["bound_ms"]
        )


def _check_ins(connection: Connection, several: list[_Check]) -> Iterator[CheckIn]:
    """Give the check-ins of one caregiver and day; where one terminal saw first and last, with its monotonic clock."""
    several.sort(key=lambda one: (one.wall_ms, one.device))
    one_terminal = several[0].device == several[-1].device
    for place, one in enumerate(several):
        boot_id, mono_ns = b"%d" % place, 0  # a start of its own: then the wall clock counts
        if one_terminal and place in {0, len(several) - 1}:
            row = _EVENT.first(connection, device=one.device, epoch=one.epoch, seq=one.seq)
            boot_id, mono_ns = (row[0], row[1]) if row is not None and row[0] is not None else (boot_id, 0)
        yield CheckIn(one.caregiver_id, one.device, boot_id, mono_ns, one.wall_ms, one.bound_ms)
