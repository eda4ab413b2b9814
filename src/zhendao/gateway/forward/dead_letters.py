"""Dead letters (死信): what a platform will not take as it is, and how it is owed to it again.

Promise: each refusal stays, in the platform's words, with who replayed the record and why; a replay takes a number that
was never used (`record.Record.sequence`), so that a platform which keeps refused numbers can take it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, select

from zhendao.gateway.forward.outbox import settled_id
from zhendao.gateway.forward.record import SEQUENCES, Record
from zhendao.gateway.forward.tables import OUTBOX, OUTBOX_ANSWER, OUTBOX_PROGRESS, OUTBOX_REPLAY
from zhendao.gateway.store.engine import insert_or_update

DEAD: Final = "dead"
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that the platform will not take as it is, with its reason and when it said so (UTC ms).

    ``newer``: the highest revision of the same record that the platform has taken since; None where there is none.
    """

    record: Record
    status: str
    reason: str
    attempts: int
    answered_ms: int
    newer: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters: those of ``ids`` (None: all), of ``record_type``, whose reason holds ``saying``."""

    ids: Collection[int] | None = None
    record_type: str | None = None
    saying: str | None = None


ALL: Final = Choice()


@dataclass(frozen=True, slots=True)
class Replayed:
    """Who owed dead letters again, when (UTC ms), and why."""

    by: str
    why: str
    at_ms: int


def _chosen(destination: str, choice: Choice) -> ColumnElement[bool]:
    terms = [OUTBOX_ANSWER.c.destination == destination, OUTBOX_ANSWER.c.state == DEAD]
    if choice.ids is not None:
        terms.append(OUTBOX_ANSWER.c.outbox_id.in_(choice.ids))
    if choice.saying is not None:
        terms.append(OUTBOX_ANSWER.c.reason.contains(choice.saying, autoescape=True))
    if choice.record_type is not None:
        of_type = select(OUTBOX.c.id).where(OUTBOX.c.record_type == choice.record_type)
        terms.append(OUTBOX_ANSWER.c.outbox_id.in_(of_type))
    return and_(*terms)


def dead_letters(connection: Connection, destination: str, limit: int, choice: Choice = ALL) -> list[DeadLetter]:
    """Return up to ``limit`` dead letters of ``destination``, newest first."""
    later, taken = OUTBOX.alias("later"), OUTBOX_ANSWER.alias("taken")
    newer = (
        select(func.max(later.c.revision))
        .join(taken, and_(taken.c.outbox_id == later.c.id, taken.c.destination == destination, taken.c.state == "sent"))
        .where(
            later.c.record_type == OUTBOX.c.record_type,
            later.c.key == OUTBOX.c.key,
            later.c.revision > OUTBOX.c.revision,
        )
        .scalar_subquery()
    )
    query = (
        select(OUTBOX, OUTBOX_ANSWER, _times().label("replay"), newer.label("newer"))
        .join(OUTBOX_ANSWER, OUTBOX_ANSWER.c.outbox_id == OUTBOX.c.id)
        .where(_chosen(destination, choice))
        .order_by(OUTBOX.c.id.desc())
        .limit(limit)
    )
    return [
        DeadLetter(
            Record(row.id, row.record_type, row.key, row.revision, row.replay),
            *(row.status, row.reason, row.attempts, row.answered_ms, row.newer),
        )
        for row in connection.execute(query)
    ]


def _times() -> Any:
    """Return how often the record of an answer was replayed at its destination."""
    return (
        select(func.coalesce(func.max(OUTBOX_REPLAY.c.number), 0))
        .where(
            OUTBOX_REPLAY.c.destination == OUTBOX_ANSWER.c.destination,
            OUTBOX_REPLAY.c.outbox_id == OUTBOX_ANSWER.c.outbox_id,
        )
        .correlate(OUTBOX_ANSWER)
        .scalar_subquery()
    )


def going_again(connection: Connection, destination: str, limit: int, choice: Choice = ALL) -> list[DeadLetter]:
    """Return up to ``limit`` records, newest first, that were refused for now and go again by themselves.

    What is told is the last refusal; `DeadLetter.newer` is not looked for.
    """
    of = OUTBOX_REPLAY.c
    last = (
        select(of.outbox_id, func.max(of.number).label("number"))
        .where(of.destination == destination, of.outbox_id > settled_id(connection, destination))
        .group_by(of.outbox_id)
        .subquery()
    )
    answered = and_(OUTBOX_ANSWER.c.outbox_id == OUTBOX.c.id, OUTBOX_ANSWER.c.destination == destination)
    query = (
        select(OUTBOX, of.number, of.status, of.reason, of.attempts, of.answered_ms)
        .join(last, last.c.outbox_id == OUTBOX.c.id)
        .join(OUTBOX_REPLAY, and_(of.outbox_id == last.c.outbox_id, of.number == last.c.number))
        .outerjoin(OUTBOX_ANSWER, answered)
        .where(of.destination == destination, of.by == "", OUTBOX_ANSWER.c.outbox_id.is_(None))
        .order_by(OUTBOX.c.id.desc())
        .limit(limit)
    )
    if choice.record_type is not None:
        query = query.where(OUTBOX.c.record_type == choice.record_type)
    if choice.saying is not None:
        query = query.where(of.reason.contains(choice.saying, autoescape=True))
    return [
        DeadLetter(
            Record(row.id, row.record_type, row.key, row.revision, row.number),
            *(row.status, row.reason, row.attempts, row.answered_ms),
        )
        for row in connection.execute(query)
    ]


def count_dead(connection: Connection, destination: str, choice: Choice = ALL) -> int:
    """Return how many dead letters ``destination`` has left."""
    query = select(func.count()).select_from(OUTBOX_ANSWER).where(_chosen(destination, choice))
    return connection.execute(query).scalar_one()


def replay(connection: Connection, destination: str, choice: Choice, replayed: Replayed) -> int:
    """Owe ``destination`` the chosen dead letters again, each under a number of its own; return how many.

    One that was replayed so often that no number is left stays where it is.
    """
    may = and_(_chosen(destination, choice), _times() < SEQUENCES - 1)
    again = list(connection.execute(select(OUTBOX_ANSWER.c.outbox_id).where(may)).scalars())
    if not again:
        return 0
    for at in range(0, len(again), _AT_ONCE):
        some = and_(
            OUTBOX_ANSWER.c.destination == destination, OUTBOX_ANSWER.c.outbox_id.in_(again[at : at + _AT_ONCE])
        )
        refusals = select(
            OUTBOX_ANSWER.c.destination,
            OUTBOX_ANSWER.c.outbox_id,
            _times() + 1,
            *(OUTBOX_ANSWER.c.status, OUTBOX_ANSWER.c.reason, OUTBOX_ANSWER.c.attempts, OUTBOX_ANSWER.c.answered_ms),
            *(literal(replayed.at_ms), literal(replayed.by), literal(replayed.why)),
        ).where(some)
        connection.execute(insert(OUTBOX_REPLAY).from_select(list(OUTBOX_REPLAY.c), refusals))
        connection.execute(delete(OUTBOX_ANSWER).where(some))
    before = min(settled_id(connection, destination), min(again) - 1)
    insert_or_update(connection, OUTBOX_PROGRESS, (destination, before), "destination", "settled_id")
    return len(again)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands at one platform; ``state``: sent, dead, or waiting, of which there is no answer yet."""

    destination: str
    state: str
    status: str
    reason: str
    receipt: str
    attempts: int
    answered_ms: int | None
    refusals: tuple[dict[str, Any], ...]
    """Earlier refusals, oldest first, with who replayed it and why."""


def find(connection: Connection, number: int) -> Record | None:
    """Return the record of this number, if there is one."""
    query = select(OUTBOX.c.id, OUTBOX.c.record_type, OUTBOX.c.key, OUTBOX.c.revision).where(OUTBOX.c.id == number)
    row = connection.execute(query).first()
    return None if row is None else Record(*row)


def standing(connection: Connection, destination: str, number: int) -> Standing:
    """Return how the record ``number`` stands at ``destination``."""
    answers, replays = OUTBOX_ANSWER.c, OUTBOX_REPLAY.c
    answer = connection.execute(
        select(OUTBOX_ANSWER).where(answers.destination == destination, answers.outbox_id == number)
    ).first()
    told = ("number", "status", "reason", "attempts", "answered_ms", "replayed_ms", "by", "why")
    before = connection.execute(
        select(*(replays[name] for name in told))
        .where(replays.destination == destination, replays.outbox_id == number)
        .order_by(replays.number)
    )
    refusals = tuple(dict(row._mapping) for row in before)  # noqa: SLF001 - SQLAlchemy's own name for it
    if answer is None:
        return Standing(destination, "waiting", "", "", "", 0, None, refusals)
    return Standing(
        *(destination, answer.state, answer.status, answer.reason, answer.receipt, answer.attempts, answer.answered_ms),
        refusals,
    )
