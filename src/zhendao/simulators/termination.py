"""SIGTERM and SIGINT as something a `select` can wait for."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def termination() -> Iterator[socket.socket]:
    """Give a socket that becomes readable when this process is told to end."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)  # noqa: FBT003 - the socket's own signature
    writer.setblocking(False)  # noqa: FBT003 - the socket's own signature
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield reader
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        reader.close()
        writer.close()
