"""Events of lanes opened lately: with each check the two visits before it are judged again, so they are needed.

An event is final, and its identity names every byte of it: what is kept here is never out of date. It is bounded.
"""

from typing import Final

from zhendao.protocol.event import Event

Identity = tuple[bytes, bytes, int, bytes]
"""(device, epoch, seq, h) of an event."""

MOST: Final = 4_096


class Recent:
    """The last events opened, at most ``most``."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: dict[Identity, Event] = {}

    def get(self, identity: Identity) -> Event | None:
        """Return an event that was opened before, if it is still here."""
        return self._held.get(identity)

    def keep(self, identity: Identity, event: Event) -> None:
        """Keep ``event``; the one that came first goes when there are too many."""
        self._held[identity] = event
        if len(self._held) > self._most:
            del self._held[next(iter(self._held))]
