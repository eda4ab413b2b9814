"""How many waiting messages go into one transaction: bounded by events, not by messages. Pure.

One commit a message wastes the disk; an unbounded group once took 120,000 events and kept every terminal waiting.
The number of events is not known before decoding, so a message's size stands for it.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeVar

LEAST_EVENT_BYTES = 150  # a sealed event with its commitment and no signature of its own
MAX_GROUP_EVENTS = (
    4_000  # of the smallest; of checks some 1,200, which is 0.6 MB and some 0.3 s: a call may wait for it
)
MAX_GROUP_MESSAGES = 2_000
MAX_GROUP_CALLS = 100
"""Calls that are committed together: the first of them is not to wait for the thousandth."""


Hurried = Callable[[], bool]
"""Asked between the messages of a group: does somebody wait who must not?"""


def not_hurried() -> bool:
    """Say that nobody waits who must not."""
    return False


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


def take_first(waiting: deque[T], wanted: Callable[[T], bool], most: int = MAX_GROUP_CALLS) -> list[T]:
    """Take from the front of ``waiting`` what is ``wanted``, at most so many."""
    group: list[T] = []
    while waiting and len(group) < most and wanted(waiting[0]):
        group.append(waiting.popleft())
    return group
