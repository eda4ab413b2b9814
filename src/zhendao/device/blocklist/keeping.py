"""The blocklist in the data folder: one file with its manifest, put in the place of the old one whole.

Promise: after a power cut at any byte it is the old list or the new one. What is read back is proved like what came
over the air, by the gateway's signature: a file that is torn, rotten, altered or another tenant's counts as none.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from zhendao.device.files import discard, put, read
from zhendao.protocol.blocklist import MAX_FILE_BYTES, open_file, to_file
from zhendao.protocol.errors import ProtocolError

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files
    from zhendao.device.identity.values import Identity
    from zhendao.protocol.blocklist import Blocklist

FILE = "blocklist"
SPARE_BYTES = 2 << 20
"""So much stays free for the journal beside a list that is written."""
OFFERED = "blocklist.offered"
"""A list that a person brought (a USB stick); the running terminal looks for it now and again, and at its start."""


class Keeper:
    """The files of one data folder, believed for the gateway's key of ``who``."""

    def __init__(self, who: Identity, folder: Path, files: Files) -> None:
        self._who, self._files = who, files
        self._path, self._offered = folder / FILE, folder / OFFERED

    def load(self) -> tuple[Blocklist | None, str | None]:
        """Return the list that is kept; else None, and why, where there is one that cannot be used."""
        try:
            return self._read(self._path), None
        except FileNotFoundError:
            return None, None
        except ProtocolError as error:
            return None, error.detail
        except OSError as error:
            return None, error.strerror or type(error).__name__

    def replace(self, blocklist: Blocklist) -> None:
        """Put ``blocklist`` in the place of what was kept; it is on the disk when this returns. Raises `OSError`.

        Visits come first: a disk that would have little room beside it takes no list.
        """
        data, folder = to_file(blocklist), self._path.parent
        if self._files.free_bytes(folder) < len(data) + SPARE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        try:
            put(self._files, self._path, data)
        except OSError:
            self._clear()
            raise
        self._files.sync_folder(folder)

    def _clear(self) -> None:
        """Give back the room of what was half written, if the disk lets that be done."""
        with contextlib.suppress(OSError):
            discard(self._files, self._path.with_name(FILE + ".new"))

    def offered(self) -> Blocklist | None:
        """Return the list that a person brought, None where there is none. Raises `ProtocolError`, `OSError`."""
        return self._read(self._offered) if self._files.exists(self._offered) else None

    def take_away(self) -> None:
        """Remove what a person brought. Raises `OSError`."""
        discard(self._files, self._offered)

    def _read(self, path: Path) -> Blocklist:
        data = read(self._files, path, MAX_FILE_BYTES + 1)
        return open_file(self._who.suite, self._who.gateway, self._who.tenant, data)
