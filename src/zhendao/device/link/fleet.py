"""How many terminals share the broker, as it said last; kept over a restart, for a power cut meets a city at once.

Promise: written only when the number has doubled or halved, and a disk that takes nothing costs nothing but the memory.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from zhendao.device.files import HOST, put, read
from zhendao.device.link.schedule import fleet_of

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files

FILE = "fleet"
RECENT_S = 600.0
"""A broker that has just started counts only those who are back already: what it said before counts as long."""


class Fleet:
    """The number, in the file ``path``, if there is one. Used on the link's thread."""

    def __init__(self, path: Path | None = None, files: Files = HOST) -> None:
        self._path, self._files = path, files
        self._heard_s: float | None = None
        self._mute = False
        self._count = 0
        if path is not None:
            with contextlib.suppress(OSError):
                self._count = fleet_of(read(files, path, 16)) or 0
        self._kept = self._count

    @property
    def count(self) -> int | None:
        """How many there are; 0 before a broker was met, None where brokers do not tell."""
        return self._count or (None if self._mute else 0)

    @property
    def told(self) -> bool:
        """Whether a broker has said it since this process began."""
        return self._heard_s is not None

    def hear(self, payload: bytes, now_s: float) -> None:
        """Take in what the broker says at ``now_s`` (any clock that runs evenly)."""
        said = fleet_of(payload)
        if said is None:
            return
        recent = self._heard_s is None or now_s - self._heard_s < RECENT_S
        self._count = max(said, self._count) if recent else said
        self._heard_s, self._mute = now_s, False
        if self._path is not None and not self._kept <= 2 * self._count <= 4 * self._kept:
            with contextlib.suppress(OSError):
                put(self._files, self._path, str(self._count).encode())
                self._kept = self._count

    def heard_nothing(self) -> None:
        """Note that a link has held, and the broker has never said how many there are."""
        self._mute = self._heard_s is None
