"""Whoever watches alerts is woken when one has changed. Safe for threads; what changed is read from the store."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class News:
    """Wakes the streams of the interface; `tell` and `close` from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ears: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.closed = False

    @property
    def ears(self) -> int:
        """How many listen."""
        return len(self._ears)

    def tell(self) -> None:
        """Say that alerts have changed."""
        with self._lock:
            for loop, event in self._ears:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """Have every stream end: the gateway stops."""
        self.closed = True
        self.tell()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Give an event of the running loop that is set when something has changed."""
        ear = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._ears.add(ear)
        try:
            yield ear[1]
        finally:
            with self._lock:
                self._ears.discard(ear)
