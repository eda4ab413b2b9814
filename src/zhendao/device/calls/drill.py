"""A drill: for some minutes every call of this terminal says that it is one. Begun by a command, ended by itself.

A small file in the data folder says until when, by the clock of the boot in which it was written: a terminal that is
forgotten, or restarted with the machine, is never left in a drill. Duress is never a drill.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from zhendao.device.files import put, read
from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files

FILE = "drill"
MOST_MINUTES = 120
_BYTES = 64


def begin(files: Files, folder: Path, boot_id: bytes, now_ns: int, minutes: int) -> None:
    """Let every call be a drill for ``minutes``; 0 ends a drill. Raises OSError."""
    put(files, folder / FILE, cbor.encode([boot_id, now_ns, now_ns + minutes * 60_000_000_000]))


def is_drill(files: Files, folder: Path, boot_id: bytes, now_ns: int) -> bool:
    """Return whether a drill goes on; what cannot be read is none: a call is real unless it is known to be none."""
    with contextlib.suppress(OSError, MalformedError):
        match cbor.decode(read(files, folder / FILE, _BYTES), _BYTES):
            case [bytes() as boot, int() as begun_ns, int() as until_ns]:
                whole = until_ns - begun_ns <= MOST_MINUTES * 60_000_000_000
                return boot == boot_id and whole and begun_ns <= now_ns < until_ns
    return False
