"""Requests that wait for their authority: taken, listed, answered, fetched. Bounded in number, in size and in time.

The gateway believes nothing of them and decides nothing: it looks at their form, so that junk takes no place.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, update

from zhendao.gateway.enrolment.tables import ENROLMENTS
from zhendao.protocol.enrolment import open_request
from zhendao.protocol.invitation import split_invited

MOST_WAITING: Final = 500
KEPT_MS: Final = 7 * 86_400_000
"""So long a request waits, and an answer lies ready."""


class QueueFullError(Exception):
    """Too many wait already."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request, and what became of it."""

    id: str
    request: bytes
    device: bytes
    received_ms: int
    answer: bytes | None = None
    refused: str | None = None


def leave(connection: Connection, data: bytes, now_ms: int) -> str:
    """Keep a request and return its id; the same request again is the same one, and one refused waits again.

    Raises:
        ProtocolError: it is no request.
        QueueFullError: too many wait.
    """
    content, _, _ = split_invited(data)
    request = open_request(content)
    found = request.suite.hash(content).hex()
    connection.execute(delete(ENROLMENTS).where(ENROLMENTS.c.received_ms < now_ms - KEPT_MS))
    known = fetch(connection, found)
    if known is not None:
        if known.answer is None:
            again = {"request": data, "refused": None, "answered_ms": None}
            connection.execute(update(ENROLMENTS).where(ENROLMENTS.c.id == found).values(**again))
        return found
    unanswered = select(func.count()).select_from(ENROLMENTS).where(ENROLMENTS.c.answered_ms.is_(None))
    if connection.execute(unanswered).scalar_one() >= MOST_WAITING:
        raise QueueFullError
    connection.execute(insert(ENROLMENTS).values(id=found, request=data, device=request.device, received_ms=now_ms))
    return found


def fetch(connection: Connection, enrolment: str) -> Waiting | None:
    """Return one by its id."""
    row = connection.execute(select(ENROLMENTS).where(ENROLMENTS.c.id == enrolment)).one_or_none()
    return None if row is None else Waiting(row.id, row.request, row.device, row.received_ms, row.answer, row.refused)


def waiting(connection: Connection) -> list[Waiting]:
    """Return those that nobody has answered, in order of arrival."""
    query = select(ENROLMENTS).where(ENROLMENTS.c.answered_ms.is_(None)).order_by(ENROLMENTS.c.received_ms)
    return [Waiting(row.id, row.request, row.device, row.received_ms) for row in connection.execute(query)]


def settle(connection: Connection, enrolment: str, answer: bytes | None, refused: str | None, now_ms: int) -> bool:
    """Note the authority's answer, or why it refused; False where there is no such request."""
    values = {"answer": answer, "refused": refused, "answered_ms": now_ms}
    done = connection.execute(update(ENROLMENTS).where(ENROLMENTS.c.id == enrolment).values(**values))
    return done.rowcount == 1
