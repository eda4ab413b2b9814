"""A round: everybody of a plan is looked at, and whoever is to be reminded is owed it by each way of the plan.

Promise: who has not checked in is decided from one moment of the store; each other is counted with the reason. What is
owed is written with its round in one transaction, so a round that was made twice owes nothing twice. rule: REMIND
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.plans.today import Span, local_day
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.book import Owed, Round
from zhendao.gateway.reminders.deciding import NO_PLAN, Known, Verdict, plan_of, verdict
from zhendao.gateway.reminders.duties import Duties
from zhendao.gateway.reminders.present import Silences, all_present
from zhendao.gateway.reminders.settings import RemindTable
from zhendao.gateway.reminders.times import Slot

OWED: Final = "owed"


@dataclass(frozen=True, slots=True)
class Rules:
    """By what is decided: the plans, when a terminal is not heard of, and where the local day begins."""

    plans: tuple[RemindTable, ...] = ()
    cases: CasesTable = field(default_factory=CasesTable)
    offset_ms: int = 8 * 3_600_000


def survey(
    connection: Connection,
    registry: Registry,
    rules: Rules,
    now_ms: int,
    duties: Duties | None = None,
    *,
    up_to_now: bool = False,
) -> list[Verdict]:
    """Return of everybody who is registered at ``now_ms`` (UTC ms) whether she is reminded, in order of their numbers.

    ``up_to_now``: only check-ins before that moment count, as for a moment that is over.
    """
    duties, day = duties or Duties(registry), local_day(now_ms, rules.offset_ms)
    seen = all_present(connection, Span(day.from_ms, now_ms, day.weekday) if up_to_now else day)
    told = book.told_all(connection, now_ms)
    silences = Silences(connection, day, now_ms, rules.cases)
    known = Known(seen.__contains__, lambda who: told.get(who, ()), silences)
    found = []
    for who in sorted(registry.caregivers_at(now_ms), key=lambda one: one.caregiver_id):
        plan = plan_of(rules.plans, who, registry, now_ms)
        found.append(verdict(plan, who, duties, known, None, now_ms, rules.offset_ms))
    return found


def round_of(slot: Slot, verdicts: Iterable[Verdict], by: str = "") -> tuple[Round, list[Owed]]:
    """Return the round of ``slot`` as it is written down, and what it owes to those of its plan."""
    mine = [one for one in verdicts if one.plan is not None and one.plan.name == slot.plan.name]
    counts = Counter(one.why or OWED for one in mine if one.why != NO_PLAN)
    owed = [
        Owed(channel.name, one.caregiver_id, one.organisation, bool(one.offline))
        for one in mine
        if not one.why
        for channel in slot.plan.channel
    ]
    return Round(slot.name, slot.plan.name, slot.day, slot.due_ms, book.MADE, counts, by), owed


def missed(slot: Slot) -> Round:
    """Return what is written down of a time of day that went by without a round."""
    return Round(slot.name, slot.plan.name, slot.day, slot.due_ms, book.MISSED, {})


def narrowed(verdicts: Sequence[Verdict], only: Collection[str] | None, organisation: str | None) -> list[Verdict]:
    """Return those of ``only`` these caregivers, and of this ``organisation``; None: of all."""
    return [
        one
        for one in verdicts
        if (only is None or one.caregiver_id in only) and (organisation is None or one.organisation == organisation)
    ]
