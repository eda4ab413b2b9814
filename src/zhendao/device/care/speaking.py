"""A running terminal tells how it is: one JSON object to whoever of its own user, or root, connects to its socket.

The socket is one of Linux's abstract names, made from the data folder's path: nothing is written to the disk, and two
terminals on one machine do not meet. It says figures and states; no name, no key, no content of an event. A second
name beside it tells as it happens (`feedback.streaming`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MOST_BYTES = 65_536
_PATIENCE_S = 2.0
_CREDENTIALS = struct.Struct("3i")


def address(data_dir: Path) -> str:
    """Return the socket's name, which begins with a NUL."""
    return f"\0zhendao-device/{sha256(os.fsencode(data_dir.resolve())).hexdigest()[:32]}"


async def speak(data_dir: Path, facts: Callable[[], Mapping[str, Any]]) -> None:
    """Answer for ever with ``facts``. Raises OSError if the name is taken."""
    server = await asyncio.start_unix_server(lambda _reader, writer: _answer(writer, facts), address(data_dir))
    async with server:
        await server.serve_forever()


async def _answer(writer: asyncio.StreamWriter, facts: Callable[[], Mapping[str, Any]]) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        if may_hear(writer):
            writer.write(json.dumps(facts(), ensure_ascii=False).encode())
            async with asyncio.timeout(_PATIENCE_S):
                await writer.drain()
    writer.close()


def may_hear(writer: asyncio.StreamWriter) -> bool:
    """Return whether this user, or root, is at the other end, as the kernel knows it."""
    return _peer(writer.get_extra_info("socket"))[1] in {0, os.geteuid()}


def _peer(line: socket.socket) -> tuple[int, int, int]:
    """Return process, user and group of the other end."""
    found: tuple[int, int, int] = _CREDENTIALS.unpack(
        line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    return found


def ask(data_dir: Path) -> dict[str, Any] | None:
    """Return what the terminal of ``data_dir`` says of itself now; None where none runs, or it is another user's."""
    said = b""
    with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_PATIENCE_S)
        line.connect(address(data_dir))
        while len(said) <= MOST_BYTES and (more := line.recv(MOST_BYTES)):
            said += more
        found = json.loads(said)
        return found if isinstance(found, dict) else None
    return None
