"""What has come from the broker and waits to be stored; it is bounded. Pure.

Promise: while too much waits nothing more is read, so memory is bounded and the broker keeps the rest. What waits was
numbered by one connection: when that ends it is forgotten here, for the broker delivers it again.
"""

from collections import deque
from collections.abc import Iterable

from zhendao.gateway.ingest.session import Message

MAX_WAITING = 2_000
MAX_WAITING_BYTES = 16 * 1024 * 1024


class Inbox:
    """Messages in the order in which they are to be stored: `waiting`."""

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self._bytes = 0

    @property
    def has_room(self) -> bool:
        """Tell whether more may be read."""
        return len(self.waiting) < MAX_WAITING and self._bytes < MAX_WAITING_BYTES

    def add(self, message: Message) -> None:
        """Take in what was read."""
        self.waiting.append(message)
        self._bytes += len(message.payload)

    def taken(self, messages: Iterable[Message]) -> None:
        """Note that ``messages`` were taken out of `waiting`."""
        self._bytes -= sum(len(message.payload) for message in messages)

    def take_back(self, messages: Iterable[Message]) -> None:
        """Put messages in front again that could not be stored yet."""
        for message in reversed(list(messages)):
            self.waiting.appendleft(message)
            self._bytes += len(message.payload)

    def forget(self) -> None:
        """Forget all that waits: its connection has ended."""
        self.waiting.clear()
        self._bytes = 0
