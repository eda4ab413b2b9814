"""Feeds events into the process that it runs in, as a socket says: the same for our agent and for the peer.

Orders, one a line: ``offer FIRST COUNT RATE`` (a RATE of 0: as fast as they are taken). Each is answered by ``offered``
once the last of them was handed over and answered. Standard library only: the peer's Python runs it too.
"""

import os
import socket
import threading
import time
from collections.abc import Callable


class Accepted:
    """The file of what was accepted, a line each, written at once: it outlives a kill of its process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, name: str) -> None:
        """Note that the event ``name`` was accepted."""
        os.write(self._file, f"{name}\n".encode())


def serve(path: str, offer: Callable[[int], None], settle: Callable[[], None] = lambda: None) -> None:
    """Listen at the socket ``path`` on a thread of its own; ``offer`` hands one event over, and may wait.

    ``settle`` returns once all that was handed over has been answered.
    """
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    threading.Thread(target=_obey, args=(listener, offer, settle), daemon=True).start()


def _obey(listener: socket.socket, offer: Callable[[int], None], settle: Callable[[], None]) -> None:
    while True:
        line, _ = listener.accept()
        with line, line.makefile("rw") as words:
            for order in words:
                _, first, count, rate = order.split()
                _offer(int(first), int(count), float(rate), offer)
                settle()
                words.write("offered\n")
                words.flush()


def _offer(first: int, count: int, rate: float, offer: Callable[[int], None]) -> None:
    begun = time.monotonic()
    for number in range(count):
        if rate:
            ahead = begun + number / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        offer(first + number)
