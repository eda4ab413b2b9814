"""What goes to terminals because they are behind (a blocklist, a plan): several of that kind as one."""

from typing import Protocol

from sqlalchemy import Connection

from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.gateway.ingest.steady import Now


class Spread(Protocol):
    """Brings something to the terminals that do not have it yet."""

    def forget(self) -> None:
        """Forget everything: what is in memory may be ahead of the store."""

    def hear(self, session: Session) -> None:
        """Take in what the new events of a transaction tell."""

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether `step` has something to do."""

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return in how many ms `step` may have something to do that it has not now; None: not by time alone."""

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Do it, and return what to publish after the commit; in a write transaction."""


class Spreads:
    """Several of them as one, in their order."""

    def __init__(self, *several: Spread) -> None:
        self._several = several

    def forget(self) -> None:
        """Have each forget."""
        for one in self._several:
            one.forget()

    def hear(self, session: Session) -> None:
        """Tell each."""
        for one in self._several:
            one.hear(session)

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether any is due."""
        return any(one.is_due(connection, now) for one in self._several)

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return the earliest of all."""
        waits = [wait for one in self._several if (wait := one.next_ms(connection, now)) is not None]
        return min(waits, default=None)

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Have each that is due do its part."""
        return [out for one in self._several if one.is_due(connection, now) for out in one.step(connection, now)]
