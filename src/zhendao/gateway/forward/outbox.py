"""The transactional outbox: what is decided and what is owed to the platform become true in one commit.

Promise: `enqueue_many` inside the transaction that stores the conclusion, and either both are there or neither; the
same (type, key, revision) again changes nothing. A record leaves the owed ones only by `settle`, with its answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Select, and_, bindparam, func, select

from zhendao.command.atrest.catalogue import of_owed
from zhendao.gateway.forward.record import Answer, Letter, Record, Verdict
from zhendao.gateway.forward.tables import OUTBOX, OUTBOX_ANSWER, OUTBOX_PROGRESS, OUTBOX_REPLAY
from zhendao.gateway.store.engine import insert_new_rows, insert_or_update
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey


@dataclass(frozen=True, slots=True)
class Owed:
    """What is to be enqueued: one ``revision`` of the record ``key``; ``payload`` as JSON-able values."""

    record_type: str
    key: str
    revision: int
    payload: Mapping[str, Any]


def enqueue_many(connection: Connection, store_key: StoreKey, owed: Iterable[Owed], now_ms: int) -> None:
    """Owe the platform all of ``owed``, in order, within the caller's transaction; what is owed already stays."""
    sealing = store_key.of("outbox")
    rows = [
        (
            one.record_type,
            one.key,
            one.revision,
            sealing.seal(
                orjson.dumps(one.payload, option=orjson.OPT_SORT_KEYS),
                of_owed(one.record_type, one.key, one.revision),
            ),
            now_ms,
        )
        for one in owed
    ]
    insert_new_rows(connection, OUTBOX, rows, "record_type", "key", "revision", "payload", "enqueued_ms")


def _unanswered(destination: str, after_id: int) -> Select[tuple[int, str, str, int]]:
    answered = and_(OUTBOX_ANSWER.c.outbox_id == OUTBOX.c.id, OUTBOX_ANSWER.c.destination == destination)
    return (
        select(OUTBOX.c.id, OUTBOX.c.record_type, OUTBOX.c.key, OUTBOX.c.revision)
        .select_from(OUTBOX.outerjoin(OUTBOX_ANSWER, answered))
        .where(OUTBOX.c.id > after_id, OUTBOX_ANSWER.c.outbox_id.is_(None))
        .order_by(OUTBOX.c.id)
    )


_FEW: Final = 8
_SETTLED: Final = Prepared(
    select(OUTBOX_PROGRESS.c.settled_id).where(OUTBOX_PROGRESS.c.destination == bindparam("destination"))
)
_ANSWERED: Final = and_(
    OUTBOX_ANSWER.c.outbox_id == OUTBOX.c.id, OUTBOX_ANSWER.c.destination == bindparam("destination")
)
_WAITING: Final = Prepared(
    select(OUTBOX.c.id, OUTBOX.c.record_type, OUTBOX.c.key, OUTBOX.c.revision)
    .select_from(OUTBOX.outerjoin(OUTBOX_ANSWER, _ANSWERED))
    .where(OUTBOX.c.id > bindparam("after_id"), OUTBOX_ANSWER.c.outbox_id.is_(None))
    .order_by(OUTBOX.c.id)
    .limit(bindparam("most"))
)
_REPLAYED: Final = Prepared(
    select(OUTBOX_REPLAY.c.outbox_id, func.max(OUTBOX_REPLAY.c.number))
    .where(OUTBOX_REPLAY.c.destination == bindparam("destination"), OUTBOX_REPLAY.c.outbox_id > bindparam("after_id"))
    .group_by(OUTBOX_REPLAY.c.outbox_id)
)
_PAYLOAD: Final = Prepared(select(OUTBOX.c.id, OUTBOX.c.payload).where(OUTBOX.c.id == bindparam("id")))
_NEWEST: Final = Prepared(select(func.coalesce(func.max(OUTBOX.c.id), 0)))


def settled_id(connection: Connection, destination: str) -> int:
    """Return the number up to which every record has its answer from ``destination``."""
    return _SETTLED.scalar(connection, destination=destination) or 0


def waiting(connection: Connection, destination: str, limit: int) -> list[Record]:
    """Return up to ``limit`` records that ``destination`` has not answered, oldest first."""
    after_id = settled_id(connection, destination)
    rows = _WAITING.all(connection, destination=destination, after_id=after_id, most=limit)
    if not rows:
        return []
    replayed: dict[int, int] = dict(_REPLAYED.all(connection, destination=destination, after_id=after_id))
    return [Record(id_, kind, key, number, replayed.get(id_, 0)) for id_, kind, key, number in rows]


def letters(connection: Connection, store_key: StoreKey, records: Sequence[Record]) -> list[Letter]:
    """Return ``records`` with what they say. Raises `CryptoError` under another store key."""
    if len(records) <= _FEW:
        sealed = {id_: payload for one in records for id_, payload in _PAYLOAD.all(connection, id=one.id)}
    else:
        query = select(OUTBOX.c.id, OUTBOX.c.payload).where(OUTBOX.c.id.in_([record.id for record in records]))
        sealed = {row.id: row.payload for row in connection.execute(query)}
    return [
        Letter(
            record,
            store_key.open(sealed[record.id], of_owed(record.record_type, record.key, record.revision)).decode(),
        )
        for record in records
    ]


def count_waiting(connection: Connection, destination: str) -> int:
    """Return how many records ``destination`` has not answered."""
    query = select(func.count()).select_from(
        _unanswered(destination, settled_id(connection, destination)).order_by(None).subquery()
    )
    return connection.execute(query).scalar_one()


def settle(
    connection: Connection,
    destination: str,
    answers: Sequence[tuple[Record, Answer, int]],
    now_ms: int,
) -> None:
    """Keep each record's answer and its number of attempts; answers of verdict ``LATER`` settle nothing."""
    rows = [
        (
            destination,
            record.id,
            "sent" if answer.verdict is Verdict.TAKEN else "dead",
            answer.status,
            answer.reason,
            answer.receipt,
            attempts,
            now_ms,
        )
        for record, answer, attempts in answers
        if answer.verdict is not Verdict.LATER
    ]
    if not rows:
        return
    insert_new_rows(connection, OUTBOX_ANSWER, rows, *_OF_ANSWER)
    before = settled_id(connection, destination)
    oldest = _WAITING.first(connection, destination=destination, after_id=before, most=1)
    settled = oldest[0] - 1 if oldest is not None else _NEWEST.scalar(connection)
    insert_or_update(connection, OUTBOX_PROGRESS, (destination, settled), "destination", "settled_id")


_OF_ANSWER: Final = (
    "destination", "outbox_id", "state", "status", "reason", "receipt", "attempts", "answered_ms",
)  # fmt: skip
