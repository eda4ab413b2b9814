"""The planned visits of one home: the body of command kind 4 (docs/protocol.md section 8).

A plan takes the place of the one that the terminal holds, whole. It names cards, never people. Times are UTC
milliseconds. Raises `MalformedError` for everything that is not a plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import SINT, exactly

MOST_VISITS = 64
"""Visits in a plan, at most."""

_CARD = exactly(16)
_FIELDS = 3


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """Whoever holds the card with this token id is to be there from ``begin_ms`` to ``end_ms``."""

    card: bytes
    begin_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All visits that are planned between ``from_ms`` and ``to_ms``; outside of that nothing is said."""

    from_ms: int
    to_ms: int
    visits: tuple[PlannedVisit, ...] = ()


def plan_body(plan: Plan) -> dict[int, Any]:
    """Return the body of the command that carries ``plan``; raises `MalformedError` if it cannot be one."""
    _check(plan)
    visits = [[_CARD.to_raw(one.card), SINT.to_raw(one.begin_ms), SINT.to_raw(one.end_ms)] for one in plan.visits]
    return {1: SINT.to_raw(plan.from_ms), 2: SINT.to_raw(plan.to_ms), 3: visits}


def read_plan(body: dict[int, Any]) -> Plan:
    """Return the plan that a command of kind `PLAN` carries; raises `MalformedError`."""
    if body.keys() != {1, 2, 3} or not isinstance(body[3], list):
        raise MalformedError("command", "a plan has from, to and visits")
    plan = Plan(SINT.from_raw(body[1]), SINT.from_raw(body[2]), tuple(map(_read_visit, body[3][: MOST_VISITS + 1])))
    _check(plan)
    return plan


def _read_visit(raw: Any) -> PlannedVisit:
    if not isinstance(raw, list) or len(raw) != _FIELDS:
        raise MalformedError("command", "a planned visit is card, begin and end")
    return PlannedVisit(_CARD.from_raw(raw[0]), SINT.from_raw(raw[1]), SINT.from_raw(raw[2]))


def _check(plan: Plan) -> None:
    if len(plan.visits) > MOST_VISITS:
        raise MalformedError("length", f"a plan has at most {MOST_VISITS} visits")
    if plan.to_ms < plan.from_ms or any(one.end_ms < one.begin_ms for one in plan.visits):
        raise MalformedError("command", "what is planned ends before it begins")
