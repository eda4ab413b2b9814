"""How many waiting messages go into one transaction: bounded by events, not by messages. Pure.

One commit a message wastes the disk; an unbounded group once took 120,000 events and kept every terminal waiting.
The number of events is not known before decoding, so a message's size stands for it.
"""

from collections import deque
from typing import Protocol, TypeVar

LEAST_EVENT_BYTES = 150  # a sealed event with its commitment and no signature of its own
MAX_GROUP_EVENTS = 12_000  # of the smallest; of checks some 3,500, which is 2 MB
MAX_GROUP_MESSAGES = 2_000


class Sized(Protocol):
    """Anything that waits with its payload."""

    @property
    def payload(self) -> bytes:
        """The message as it came."""
        ...


T = TypeVar("T", bound=Sized)


def estimated_events(payload: bytes) -> int:
    """Return how many events a message of this size can hold at most, at least one."""
    return max(1, len(payload) // LEAST_EVENT_BYTES)


def take_group(waiting: deque[T], max_events: int = MAX_GROUP_EVENTS) -> list[T]:
    """Take from the front of ``waiting`` what goes into one transaction: always one, and no more than the bound."""
    group: list[T] = []
    events = 0
    while waiting and len(group) < MAX_GROUP_MESSAGES:
        events += estimated_events(waiting[0].payload)
        if group and events > max_events:
            break
        group.append(waiting.popleft())
    return group
