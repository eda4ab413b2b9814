"""Which times of day are due, and which were missed. Pure. rule: REMIND.

Promise: a time of day is due from itself until the plan's window is over, whatever the clock did before; one whose
window went by unused (the gateway was down, or heard of no terminal) is missed, and never made up for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from zhendao.gateway.judging.days import local_date
from zhendao.gateway.plans.today import local_day
from zhendao.gateway.reminders.settings import RemindTable


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of day of a plan on one local day; ``name`` is the only one of its kind."""

    plan: RemindTable
    name: str
    day: date
    due_ms: int

    def open_at(self, now_ms: int) -> bool:
        """Return whether it may be made at ``now_ms`` (UTC ms)."""
        return self.due_ms <= now_ms < self.due_ms + self.plan.late_min * 60_000


def slots_of(plans: Iterable[RemindTable], now_ms: int, offset_ms: int) -> Iterator[Slot]:
    """Give the times of day of ``plans`` on the local day of ``now_ms`` (UTC ms) that have come."""
    day, begin_ms = local_date(now_ms, offset_ms), local_day(now_ms, offset_ms).from_ms
    for plan in plans:
        for minute in plan.at:
            due_ms = begin_ms + minute * 60_000
            if due_ms <= now_ms:
                yield Slot(plan, f"{plan.name} {day} {minute // 60:02}:{minute % 60:02}", day, due_ms)


def in_window(plan: RemindTable, due_ms: int, now_ms: int, offset_ms: int) -> bool:
    """Return whether what was owed for ``due_ms`` may go out at ``now_ms``: on its local day, within the window.

    A clock that was set back since does not make it wait for hours.
    """
    same = local_date(now_ms, offset_ms) == local_date(due_ms, offset_ms)
    return same and abs(now_ms - due_ms) < plan.late_min * 60_000
