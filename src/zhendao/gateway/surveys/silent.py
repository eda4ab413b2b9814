"""Terminals whose silence excuses a visit: what is heard of them next has it looked at again.

Promise: nobody stays excused by a silence that is over. Which these are follows from the cases that wait, so a start
forgets none; one too many costs one look. Used by the ingest thread. rule: SAME-DAY
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from zhendao.gateway.cases.book import Book
from zhendao.gateway.ingest.session import Session
from zhendao.protocol.vocabulary import ClockSource


class Silent:
    """The terminals, and when each was heard of last (UTC ms) when a visit of it was excused."""

    def __init__(self) -> None:
        self._since: dict[bytes, int] | None = None

    def note(self, connection: Connection, silent: Mapping[bytes, int]) -> None:
        """Take in that these ``silent`` terminals excuse a visit."""
        if silent:
            self._held(connection).update(silent)

    def heard(self, session: Session) -> Iterator[tuple[bytes, int]]:
        """Give the terminals that are silent no more, once, and since when (UTC ms) they had been."""
        held = self._held(session.connection)
        if not held:
            return
        for one in session.stored:
            device, event = one.received.batch.device, one.new.event
            since_ms = held.get(device)
            if since_ms is None or event is None or event.clock_source < ClockSource.NTP:
                continue
            if event.clock_bound_ms is not None and event.wall_ms > since_ms:
                del held[device]
                yield device, since_ms

    def forget(self) -> None:
        """Look again which they are: a transaction failed."""
        self._since = None

    def _held(self, connection: Connection) -> dict[bytes, int]:
        if self._since is None:
            self._since = dict.fromkeys(Book.excused_at(connection), 0)
        return self._since
