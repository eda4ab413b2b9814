"""Rounds and reminders in the store: what was owed, what went out, what is to be counted. rule: REMIND."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from zhendao.gateway.plans.today import DAY_MS, local_day
from zhendao.gateway.reminders.limits import Told
from zhendao.gateway.reminders.tables import REMINDERS, ROUNDS
from zhendao.gateway.store.engine import insert_new_rows
from zhendao.gateway.store.prepared import Prepared

WAITING, SENDING, SENT, UNSURE, REFUSED, LATE = "waiting", "sending", "sent", "unsure", "refused", "late"
NO_NUMBER, LIMITED = "no_number", "limited"
MADE, MISSED = "made", "missed"
_C: Final = REMINDERS.c
_SEEN: Final = _C.state != REFUSED
"""With a time at which it was tried: what went out, or may have; one that surely did not has no such time."""
_BACK_MS: Final = 2 * DAY_MS
"""Longer than a local day and than two reminders can be apart."""

_TOLD: Final = Prepared(
    select(_C.caregiver_id, _C.round_id, _C.tried_ms).where(
        _SEEN, _C.tried_ms > bindparam("since"), _C.tried_ms < bindparam("until")
    )
)
_TOLD_ONE: Final = Prepared(
    select(_C.round_id, _C.tried_ms).where(
        _C.caregiver_id == bindparam("who"), _SEEN, _C.tried_ms > bindparam("since"), _C.tried_ms < bindparam("until")
    )
)
_NUMBER: Final = Prepared(
    select(func.count()).where(
        _C.recipient_find == bindparam("found"), _SEEN, _C.tried_ms >= bindparam("since"),
        _C.tried_ms < bindparam("until"), _C.id != bindparam("but"),
    )
)  # fmt: skip
_LATELY: Final = Prepared(
    select(func.count(_C.message_id.distinct())).where(
        _C.channel == bindparam("channel"), _SEEN, _C.tried_ms > bindparam("since")
    )
)
_WAITS: Final = Prepared(
    select(_C.id).where(_C.channel == bindparam("channel"), _C.state == bindparam("state")).limit(1)
)
_ROWS: Final = Prepared(
    select(
        _C.id, _C.round_id, _C.caregiver_id, _C.organisation, _C.message_id, _C.attempts, ROUNDS.c.due_ms
    )
    .join(ROUNDS, ROUNDS.c.id == _C.round_id)
    .where(_C.channel == bindparam("channel"), _C.state == WAITING)
    .order_by(_C.round_id, _C.organisation, _C.id)
    .limit(bindparam("most"))
)  # fmt: skip
_MADE: Final = Prepared(select(ROUNDS.c.id).where(ROUNDS.c.name == bindparam("name")))


@dataclass(frozen=True, slots=True)
class Row:
    """A reminder that waits. ``message_id``: it may have gone out under this id already."""

    id: int
    round_id: int
    caregiver_id: str
    organisation: str
    message_id: str | None
    attempts: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class Owed:
    """A reminder that a round owes."""

    channel: str
    caregiver_id: str
    organisation: str
    offline: bool


@dataclass(frozen=True, slots=True)
class Round:
    """A round as it is written down; ``by``: who asked for it, empty where the plan did."""

    name: str
    plan: str
    day: date
    due_ms: int
    state: str
    counts: Mapping[str, int]
    by: str = ""


def is_made(connection: Connection, name: str) -> bool:
    """Return whether the round of this name was made, or missed."""
    return _MADE.first(connection, name=name) is not None


def enter(connection: Connection, one: Round, owed: Iterable[Owed], now_ms: int) -> bool:
    """Write down a round with what it owes; return False where it is there already: then nothing is written."""
    if is_made(connection, one.name):
        return False
    values = {
        "name": one.name, "plan": one.plan, "day": one.day.isoformat(), "due_ms": one.due_ms, "made_ms": now_ms,
        "state": one.state, "by": one.by, "counts": json.dumps(dict(one.counts), sort_keys=True),
    }  # fmt: skip
    connection.execute(insert(ROUNDS).values(values))
    round_id = _MADE.scalar(connection, name=one.name)
    rows = [
        (round_id, one.plan, each.channel, each.caregiver_id, each.organisation, each.offline, WAITING, now_ms, 0, "")
        for each in owed
    ]
    insert_new_rows(connection, REMINDERS, rows, *_NEW)
    return True


_NEW: Final = (
    "round_id", "plan", "channel", "caregiver_id", "organisation", "offline", "state", "owed_ms", "attempts", "detail",
)  # fmt: skip


def told_all(connection: Connection, now_ms: int) -> dict[str, list[Told]]:
    """Return who was reminded, or may have been, not long before or after ``now_ms`` (UTC ms)."""
    found: dict[str, list[Told]] = {}
    for who, round_id, at_ms in _TOLD.all(connection, since=now_ms - _BACK_MS, until=now_ms + _BACK_MS):
        found.setdefault(who, []).append(Told(round_id, at_ms))
    return found


def told_today(connection: Connection, now_ms: int, offset_ms: int) -> dict[str, set[int]]:
    """Return who was reminded, or may have been, on the local day of ``now_ms`` (UTC ms), and by which rounds."""
    day = local_day(now_ms, offset_ms)
    told = told_all(connection, now_ms)
    found = {
        who: {one.round_id for one in several if day.from_ms <= one.at_ms < day.to_ms} for who, several in told.items()
    }
    return {who: rounds for who, rounds in found.items() if rounds}


def told_of(connection: Connection, who: str, now_ms: int) -> list[Told]:
    """Return when this caregiver was reminded, or may have been, not long before or after ``now_ms`` (UTC ms)."""
    rows = _TOLD_ONE.all(connection, who=who, since=now_ms - _BACK_MS, until=now_ms + _BACK_MS)
    return [Told(*row) for row in rows]


def texted(connection: Connection, found: bytes, from_ms: int, to_ms: int, but: int) -> int:
    """Return how many reminders beside ``but`` went to a number from ``from_ms`` to before ``to_ms``."""
    count: int = _NUMBER.scalar(connection, found=found, since=from_ms, until=to_ms, but=but)
    return count


def lately(connection: Connection, channel: str, since_ms: int) -> int:
    """Return how many messages a channel sent since ``since_ms``."""
    count: int = _LATELY.scalar(connection, channel=channel, since=since_ms)
    return count


def has(connection: Connection, channel: str, state: str) -> bool:
    """Return whether a reminder of a channel is in this state."""
    return _WAITS.first(connection, channel=channel, state=state) is not None


def waiting(connection: Connection, channel: str, most: int) -> list[Row]:
    """Return the next reminders that wait for a channel, round by round and organisation by organisation."""
    return [Row(*row) for row in _ROWS.all(connection, channel=channel, most=most)]


def close(connection: Connection, rows: Sequence[Row], state: str, now_ms: int, detail: str = "") -> None:
    """End reminders that are not sent; of one that may have gone out it is written that nobody knows."""
    for row in rows:
        final = state if row.message_id is None else UNSURE
        values = {"state": final, "settled_ms": now_ms, "detail": detail[:300] or (state if final != state else "")}
        connection.execute(update(REMINDERS).where(_C.id == row.id).values(values))


def claim(
    connection: Connection, row: Row, message_id: str, found: bytes | None, now_ms: int, *, offline: bool
) -> None:
    """Write down that a reminder goes out now, before it does."""
    values = {
        "state": SENDING, "message_id": message_id, "recipient_find": found, "tried_ms": now_ms, "offline": offline,
        "attempts": row.attempts + 1,
    }  # fmt: skip
    connection.execute(update(REMINDERS).where(_C.id == row.id).values(values))


def settle(connection: Connection, ids: Sequence[int], state: str, now_ms: int, detail: str) -> None:
    """Write down what became of reminders that went out."""
    values = {"state": state, "settled_ms": now_ms, "detail": detail[:300]}
    connection.execute(update(REMINDERS).where(_C.id.in_(ids)).values(values))


def again(connection: Connection, ids: Sequence[int], detail: str, *, may_be_out: bool) -> None:
    """Have reminders wait once more; ``may_be_out``: under the id that they went out with."""
    values: dict[str, object] = {"state": WAITING, "detail": detail[:300]}
    if not may_be_out:
        values |= {"message_id": None, "tried_ms": None}
    connection.execute(update(REMINDERS).where(_C.id.in_(ids)).values(values))


def left_over(connection: Connection, channel: str, now_ms: int, *, once: bool) -> int:
    """Take up what a gateway that ended left under way; return how many. ``once``: the receiver knows ids.

    To such a receiver it goes again under its id; to any other not: a reminder twice is worse than none.
    """
    mine = (_C.channel == channel) & (_C.state == SENDING)
    if once:
        values: dict[str, object] = {"state": WAITING}
    else:
        values = {"state": UNSURE, "settled_ms": now_ms, "detail": "the gateway ended before the answer came"}
    return connection.execute(update(REMINDERS).where(mine).values(values)).rowcount
