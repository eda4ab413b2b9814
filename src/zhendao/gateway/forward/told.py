"""What a platform was told, thing by thing: which number was used for it last, what it said, and what is under way.

Promise: a number is written down here before it is sent, so none is used twice, whatever is cut or killed; what was
asked for and not yet answered is known after a start. One thing is a person, a visit, a check, a row of a file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from zhendao.gateway.forward.outbox import settled_id
from zhendao.gateway.forward.tables import OUTBOX_TOLD
from zhendao.gateway.store.engine import insert_rows

_COLUMNS = ("destination", "kind", "who", "about", "number", "digest", "ticket", "state", "changed_ms")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Told:
    """One thing: its last ``number``, ``digest`` of what was taken, ``ticket`` of what is under way, its ``state``."""

    kind: str
    who: str
    about: int = 0
    number: int = 0
    digest: bytes | None = None
    ticket: str = ""
    state: str = ""


def known(connection: Connection, destination: str, kind: str, whos: Iterable[str]) -> dict[str, Told]:
    """Return what is known of these things of one kind."""
    found: dict[str, Told] = {}
    wanted = sorted(set(whos))
    of = OUTBOX_TOLD.c
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        query = select(of.who, of.about, of.number, of.digest, of.ticket, of.state).where(
            of.destination == destination, of.kind == kind, of.who.in_(some)
        )
        found |= {row[0]: Told(kind, *row) for row in connection.execute(query)}
    return found


def under_way(connection: Connection, destination: str, kind: str) -> list[Told]:
    """Return all of one kind whose answer is still to come."""
    of = OUTBOX_TOLD.c
    query = select(of.who, of.about, of.number, of.digest, of.ticket, of.state).where(
        of.destination == destination, of.kind == kind, of.ticket != ""
    )
    return [Told(kind, *row) for row in connection.execute(query.order_by(of.about))]


def keep(connection: Connection, destination: str, things: Sequence[Told], now_ms: int) -> None:
    """Write these down, in place of what was known of each."""
    for one in things:
        _drop(connection, destination, one.kind, one.who)
    rows = [
        (destination, one.kind, one.who, one.about, one.number, one.digest, one.ticket, one.state, now_ms)
        for one in things
    ]
    insert_rows(connection, OUTBOX_TOLD, rows, *_COLUMNS)


def forget_settled(connection: Connection, destination: str, kind: str) -> None:
    """Forget things of one kind that were about records which have their answer."""
    of = OUTBOX_TOLD.c
    gone = (of.destination == destination) & (of.kind == kind) & (of.about <= settled_id(connection, destination))
    connection.execute(delete(OUTBOX_TOLD).where(gone, of.ticket == ""))


def forget(connection: Connection, destination: str, things: Iterable[Told]) -> None:
    """Forget these things."""
    for one in things:
        _drop(connection, destination, one.kind, one.who)


def _drop(connection: Connection, destination: str, kind: str, who: str) -> None:
    of = OUTBOX_TOLD.c
    connection.execute(delete(OUTBOX_TOLD).where(of.destination == destination, of.kind == kind, of.who == who))
