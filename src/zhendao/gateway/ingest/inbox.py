"""What has come from the broker and waits to be stored; it is bounded. Pure.

Promise: calls for help stand before everything else, in the order in which they came; one terminal has so many places
there and no more. While too much waits nothing more is read, so memory is bounded and the broker keeps the rest. What
waits was numbered by one line to the broker: when that ends it is forgotten here, for the broker delivers it again.
"""

from collections import Counter, deque
from collections.abc import Iterable

from zhendao.gateway.ingest.session import Message

MAX_WAITING = 2_000
MAX_WAITING_BYTES = 16 * 1024 * 1024
MAX_CALLS = 2_000
MAX_CALLS_BYTES = 8 * 1024 * 1024
MOST_OF_ONE = 16
"""Calls of one terminal that stand before everything else; more of them wait with the rest."""
MAX_CALL_BYTES = 64 * 1024
"""A batch that is larger is no call for help by itself, wherever it was sent."""
_CALLS = "/sos"


class Inbox:
    """Messages in the order in which they are to be stored: `waiting`, the first of them calls."""

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self._bytes = 0
        self._first: Counter[str] = Counter()
        self._calls = 0

    @property
    def has_room(self) -> bool:
        """Tell whether more may be read."""
        return len(self.waiting) < MAX_WAITING and self._bytes < MAX_WAITING_BYTES

    @property
    def has_room_for_calls(self) -> bool:
        """Tell whether more calls may be read."""
        return len(self.waiting) < MAX_WAITING + MAX_CALLS and self._bytes < MAX_WAITING_BYTES + MAX_CALLS_BYTES

    @property
    def call_waits(self) -> bool:
        """Tell whether a call stands first."""
        return self._calls > 0

    def add(self, message: Message) -> None:
        """Take in what was read."""
        if self._goes_first(message):
            self.waiting.insert(self._calls, message)
            self._count(message)
        else:
            self.waiting.append(message)
        self._bytes += len(message.payload)

    def taken(self, messages: Iterable[Message]) -> None:
        """Note that ``messages`` were taken out of `waiting`, from the front."""
        for message in messages:
            self._bytes -= len(message.payload)
            if self._calls:
                self._calls -= 1
                self._first[message.topic] -= 1
                if not self._first[message.topic]:
                    del self._first[message.topic]

    def take_back(self, messages: Iterable[Message]) -> None:
        """Put messages in front again that could not be stored yet; what came meanwhile of calls stays before them."""
        at = self._calls
        for message in messages:
            self._bytes += len(message.payload)
            self.waiting.insert(at, message)
            at += 1
            if at == self._calls + 1 and self._goes_first(message):
                self._count(message)

    def forget(self, line: int = 0) -> None:
        """Forget what came over ``line``: it has ended."""
        kept = [message for message in self.waiting if message.line != line]
        self.waiting.clear()
        self._first.clear()
        self._bytes = self._calls = 0
        for message in kept:
            self.add(message)

    def _goes_first(self, message: Message) -> bool:
        return (
            is_call(message)
            and self._first[message.topic] < MOST_OF_ONE
            and len(message.payload) <= MAX_CALL_BYTES
            and self._calls < MAX_CALLS
        )

    def _count(self, message: Message) -> None:
        self._calls += 1
        self._first[message.topic] += 1


def is_call(message: Message) -> bool:
    """Tell whether ``message`` came the way of calls."""
    return message.topic.endswith(_CALLS)
