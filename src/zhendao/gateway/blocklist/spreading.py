"""How the list reaches the terminals: who is behind is sent it, so many a second, and again until it answers.

Promise: only who is online is sent anything; a fleet of ten thousand that is behind is served at a bounded pace (by
count and by bytes), and one that never answers costs a message at longer and longer intervals. Which version a terminal
holds is its own signed word: its `boot` event, its `config` events.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from zhendao.gateway.blocklist.editions import Editions, version_named
from zhendao.gateway.blocklist.tables import terminals
from zhendao.gateway.config import BlocklistTable
from zhendao.gateway.ingest.orders import Commander, orders
from zhendao.gateway.ingest.session import Outgoing, Session, Stored
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import HeldTerminal, Terminals
from zhendao.gateway.store.facts import states
from zhendao.gateway.store.prepared import Prepared, Values
from zhendao.protocol.bodies import Boot, ConfigChange
from zhendao.protocol.command import BLOCKLIST
from zhendao.protocol.vocabulary import ApplyResult, Kind

ROUND_MS: Final = 1_000
LONGEST_MS: Final = 6 * 3_600_000
SLOWEST_BYTES_S: Final = 4_096
"""A line that carries less is not waited for: what is on its way would be overtaken by its own repetition."""
MAX_VERSION: Final = 2**62
_OWN_VERSION: Final = re.compile(r"blocklist ([0-9]{1,19}):")
"""How a terminal that refuses begins what it says: with the version that it holds."""

_BEHIND: Final = Prepared(
    select(terminals.c.device, terminals.c.held, terminals.c.tries, terminals.c.sent, terminals.c.whole)
    .join(states, states.c.device == terminals.c.device)
    .where(
        states.c.online,
        terminals.c.held < bindparam("newest"),
        or_(
            terminals.c.sent != bindparam("same"),
            terminals.c.due_ms <= bindparam("now"),
            terminals.c.due_ms > bindparam("far"),  # written under a clock that was ahead
        ),
    )
    .order_by(terminals.c.tries, terminals.c.due_ms)
    .limit(1_000)
)
_NEXT: Final = Prepared(
    select(func.min(terminals.c.due_ms))
    .join(states, states.c.device == terminals.c.device)
    .where(states.c.online, terminals.c.held < bindparam("newest"))
)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a terminal said: the version that it holds, and what it refused, if it did."""

    held: int
    begun: bool = False
    refused: str | None = None


class Spreading:
    """Brings the newest version to all terminals of one gateway. Used by the thread that ingests."""

    def __init__(self, table: BlocklistTable, terminals_: Terminals, commander: Commander) -> None:
        """Take the pace, the terminals with their starts, and who signs."""
        self._table, self._terminals, self._commander = table, terminals_, commander
        self._editions = Editions(commander, ended=table.ended)
        self._rest_until_ms = 0

    def forget(self) -> None:
        """Forget everything: what is in memory may be ahead of the store."""
        self._editions.forget()

    # -- what terminals say

    def hear(self, session: Session) -> None:
        """Take in what the new events of a transaction tell about versions that terminals hold."""
        for stored in session.stored:
            event = stored.new.event
            if event is None or event.kind not in {Kind.BOOT, Kind.CONFIG}:
                continue
            terminal = session.terminals[stored.received.batch.device]
            if _is_current(terminal, stored):
                self._take(session, terminal, event.body)

    def _take(self, session: Session, terminal: HeldTerminal, body: object) -> None:
        connection = session.connection
        match body:
            case Boot(blocklist=None):
                connection.execute(delete(terminals).where(terminals.c.device == terminal.device))
            case Boot(blocklist=int() as held):
                self._write(session, terminal.device, _Heard(min(held, MAX_VERSION), begun=True))
            case ConfigChange(result=ApplyResult.APPLIED):
                version = version_named(connection, body.digest)
                if version is not None:
                    self._write(session, terminal.device, _Heard(version))
            case ConfigChange(result=ApplyResult.REFUSED) if version_named(connection, body.digest) is not None:
                said = body.detail or ""
                own = _OWN_VERSION.match(said)
                held = min(int(own[1]), MAX_VERSION) if own is not None else 0
                self._write(session, terminal.device, _Heard(held, refused=said))

    @staticmethod
    def _write(session: Session, device: bytes, heard: _Heard) -> None:
        connection = session.connection
        build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        fresh: dict[str, Any] = {
            "held": heard.held,
            "heard_ms": session.now_ms,
            "refused": heard.refused,
            "whole": bool(heard.refused),
        }
        again = {"sent": 0, "sent_ms": None, "tries": 0, "due_ms": 0}
        statement = build(terminals).values(device=device, **fresh, **again)
        changes = fresh | again if heard.begun else fresh
        connection.execute(statement.on_conflict_do_update(index_elements=["device"], set_=changes))

    # -- what is sent

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether `step` has something to do."""
        if self._editions.is_due(connection, now.wall_ms):
            return True
        newest = self._editions.newest(connection)
        if newest is None or not self._rested(now):
            return False
        version = newest.manifest.version
        return self._behind(connection, version, now) != []

    def _rested(self, now: Now) -> bool:
        return now.steady_ms >= self._rest_until_ms or now.steady_ms < self._rest_until_ms - ROUND_MS

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return in how many ms `step` may have something to do that it has not now; None: not by time alone."""
        waits = []
        if self._editions.is_due(connection, now.wall_ms):
            return 0
        if (at_ms := self._editions.next_ms) is not None:
            waits.append(at_ms - now.wall_ms)
        newest = self._editions.newest(connection)
        if newest is not None:
            version = newest.manifest.version
            rest = 0 if self._rested(now) else self._rest_until_ms - now.steady_ms
            if self._behind(connection, version, now):
                waits.append(rest)
            due_ms = _NEXT.scalar(connection, newest=version)
            if due_ms is not None and due_ms > now.steady_ms:
                waits.append(max(rest, due_ms - now.steady_ms))
        return max(0, min(waits)) if waits else None

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Bring the list up to date and return what to publish after the commit; in a write transaction."""
        if self._editions.is_due(connection, now.wall_ms):
            self._editions.refresh(connection, now.wall_ms)
        newest = self._editions.newest(connection)
        if newest is None or not self._rested(now):
            return []
        version = newest.manifest.version
        outgoing: list[Outgoing] = []
        size, served = 0, 0
        for device, held, tries, sent, whole in self._behind(connection, version, now):
            bodies = self._editions.bodies(connection, 0 if whole else held)
            made = sum(len(body[4]) for body in bodies)
            if served and (served >= self._table.terminals_s or size + made > self._table.kib_s * 1024):
                break
            terminal = self._terminals.get(connection, device)
            several = [(BLOCKLIST, body) for body in bodies]
            outgoing += orders(connection, terminal, self._commander, several, now.wall_ms)
            count = tries + 1 if sent == version else 1
            connection.execute(
                update(terminals)
                .where(terminals.c.device == device)
                .values(
                    sent=version, sent_ms=now.wall_ms, tries=count, due_ms=now.steady_ms + self._wait_ms(count, made)
                )
            )
            served, size = served + 1, size + made
        if served:
            self._rest_until_ms = now.steady_ms + ROUND_MS
        return outgoing

    @staticmethod
    def _behind(connection: Connection, version: int, now: Now) -> list[Values]:
        far = now.steady_ms + LONGEST_MS
        return _BEHIND.all(connection, newest=version, same=version, now=now.steady_ms, far=far)

    def _wait_ms(self, tries: int, size: int) -> int:
        once = self._table.retry_s * 1000 + size * 1000 // SLOWEST_BYTES_S
        return int(min(once * 2 ** min(tries - 1, 20), LONGEST_MS))


def _is_current(terminal: HeldTerminal, stored: Stored) -> bool:
    """Return whether an event is of the start that runs now: what was said before, that start's `boot` event says."""
    current = terminal.current()
    if current is None:
        return False
    return (stored.received.batch.epoch, stored.new.start) == (current.fact.epoch, current.fact.start)
