"""How much may be under way: what the link carries in a second or two, and little until the gateway answers. Pure.

A batch that is larger than the link can carry in time is never finished, and sent again for ever; a call for help waits
behind it. So the size begins small, doubles while batches arrive quickly, and is cut where they do not. The broker's
receipt tells what the link carries; only the gateway's answer lets more than one batch go, and more than one event
after it has been silent: what it cannot take lies in the broker's memory, times the number of terminals.
"""

from __future__ import annotations

from dataclasses import dataclass

_SECOND = 1_000_000_000
FIRST_BYTES = 16 * 1024
"""Size of a batch on a link that is new."""
LEAST_BYTES = 1024
"""Below this a batch is one event."""
QUICK_NS = 1 * _SECOND
SLOW_NS = 4 * _SECOND


@dataclass(frozen=True, slots=True)
class Flight:
    """A batch that was sent and is not answered; ``carried``: the broker has said that it has it.

    ``urgent``: it holds a call for help.
    """

    epoch: bytes
    first: int
    last: int
    size: int
    sent_ns: int
    deadline_ns: int
    carried: bool = False
    urgent: bool = False


class Pace:
    """What one link allows. ``batches``, ``events`` and ``max_bytes`` are never passed."""

    def __init__(self, batches: int, events: int, max_bytes: int) -> None:
        self._batches, self._events, self._max_bytes = batches, events, max_bytes
        self._bytes = min(FIRST_BYTES, max_bytes)
        self._answered = False
        self._silent = False

    @property
    def batches(self) -> int:
        """How many batches may be under way."""
        return self._batches if self._answered else 1

    @property
    def events(self) -> int:
        """How many events a batch may hold."""
        return 1 if self._silent else self._events

    @property
    def bytes(self) -> int:
        """About how many bytes a batch may have, more only if it is one event."""
        return self._bytes

    def begin(self) -> None:
        """Note that a link has begun: nothing is known of it but that the last one may have been bad."""
        self._bytes = min(self._bytes, FIRST_BYTES)
        self._answered = self._silent = False

    def carried(self, size: int, took_ns: int) -> None:
        """Note that the broker has a message of ``size`` bytes, ``took_ns`` after it was sent."""
        if took_ns >= SLOW_NS:
            self._bytes = max(LEAST_BYTES, self._bytes // 2)
        elif took_ns <= QUICK_NS and size >= self._bytes // 2:
            self._bytes = min(self._max_bytes, self._bytes * 2)

    def lost(self) -> None:
        """Note that a link ended before it had carried what was under way."""
        self._bytes = max(LEAST_BYTES, self._bytes // 4)

    def answered(self) -> None:
        """Note that the gateway has taken something."""
        self._answered, self._silent = True, False

    def unanswered(self) -> None:
        """Note that the broker has had a message for long enough, and the gateway has said nothing."""
        self._answered, self._silent = False, True
