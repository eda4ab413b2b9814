"""Which cards have keys of ours: one that then shows no more than a record, or its number, is perhaps a copy of it.

Whoever copies record and uid of a card to an ordinary tag copies all that a signed token is. That the true one can
prove more is known here: its keys were given to whoever wrote it. What a reading proves goes into one event, and its
record alone into another that it honestly takes part in: a door tag on its wall (the terminal itself misses what it
held), a card held there again. Promise: what is said of an event follows from facts, since keys count from when they
were given, and an event from when it came.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.tokens.gathered import DOOR
from zhendao.gateway.tokens.tables import GIVEN
from zhendao.protocol.bodies import Body, Check, Tap
from zhendao.protocol.vocabulary import Mounting, TapReason, Technology

_SHOWN: Final = (Technology.NTAG424, Technology.CPU_CARD)
"""Those that show what they can without the gateway; a DESFire is asked live, and else shows its record honestly."""

_NEW: Final = Prepared(
    select(GIVEN.c.id, GIVEN.c.tag, GIVEN.c.at_ms, GIVEN.c.technology)
    .where(GIVEN.c.id > bindparam("after"))
    .order_by(GIVEN.c.id)
)


class Keyed:
    """The cards whose keys were given, by the keyed hash of their uid; a few dozen bytes each."""

    def __init__(self) -> None:
        self._since_ms: dict[bytes, int] = {}
        self._last = 0

    def catch_up(self, connection: Connection) -> None:
        """Take in what was given since."""
        for number, tag, at_ms, technology in _NEW.all(connection, after=self._last):
            self._last = number
            if technology in _SHOWN:
                self._since_ms.setdefault(bytes(tag), at_ms)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._since_ms)

    def before(self, tag: bytes, received_ms: int) -> bool:
        """Tell whether the keys of the card behind ``tag`` were given before an event came (UTC ms)."""
        since_ms = self._since_ms.get(tag)
        return since_ms is not None and since_ms < received_ms


def proved_elsewhere(body: Body, part: int) -> bool:
    """Tell whether this token of an event may have proved what it can in another one."""
    if isinstance(body, Tap):
        return body.reason is TapReason.REPEATED
    return isinstance(body, Check) and part == DOOR and body.mounting is Mounting.WALL
