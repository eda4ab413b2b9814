"""The door tag bound to this terminal (`taps.owndoor`), and the file that keeps it over a restart: `data_dir/door.tag`.

Written when the tag is read for the first time and when it is another one: a few hundred bytes, no secret. A file that
is not there or torn costs the healing until the tag was read again, nothing else.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from zhendao.device.files import put, read
from zhendao.device.taps.owndoor import MOST_BYTES, Kept, OwnDoor
from zhendao.protocol.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zhendao.device.journal.folder import DataFolder
    from zhendao.device.taps.decisions import Seen

FILE = "door.tag"


class DoorFile:
    """``bound``: token id of the door tag, if one is; ``also`` does work on the thread that touches the disk."""

    def __init__(
        self, bound: bytes | None, folder: DataFolder, also: Callable[[Callable[[], None]], Awaitable[None]]
    ) -> None:
        self._folder, self._also = folder, also
        self.door = OwnDoor(bound, recall(folder) if bound is not None else None)
        self._learnt: Kept | None = None

    def learn(self, seen: Seen) -> None:
        """Take in a token that was read."""
        self._learnt = self.door.learn(seen) or self._learnt

    async def keep(self) -> None:
        """Write what was learnt, if anything was."""
        if (kept := self._learnt) is not None:
            self._learnt = None
            await self._also(lambda: put_aside(self._folder, kept))


def recall(folder: DataFolder) -> Kept | None:
    """Return what the file says, None where it says nothing that can be used."""
    with contextlib.suppress(OSError, ProtocolError):
        return Kept.decode(read(folder.files, folder.path / FILE, MOST_BYTES))
    return None


def put_aside(folder: DataFolder, kept: Kept) -> None:
    """Put ``kept`` in the place of the file; a disk that is full or gone keeps the old one, or none."""
    with contextlib.suppress(OSError):
        put(folder.files, folder.path / FILE, kept.encode())
