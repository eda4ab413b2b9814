"""Ports of the loopback address for servers that a test or a demo starts.

A port that the system picks itself (binding to 0) lies in the range that it also gives to outgoing connections: between
the asking and the server's start, or while a killed server is being started again, a client may get it. These lie
below that range (``ip_local_port_range`` begins at 32768 on Linux).
"""

import random
import socket

_FIRST = 10_240
_BEHIND = 32_768
_TRIES = 1000


def free_ports(count: int) -> int:
    """Return the first of ``count`` loopback ports in a row that are free now. Raises `OSError` when there are none."""
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        first = chance.randrange(_FIRST, _BEHIND - count)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise OSError(f"no {count} free ports in a row between {_FIRST} and {_BEHIND - 1}")


def free_port() -> int:
    """Return a loopback port that is free now. Raises `OSError` when there is none."""
    return free_ports(1)


def _is_free(port: int) -> bool:
    with socket.socket() as line:
        try:
            line.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
