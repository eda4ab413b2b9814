"""The files of SQLite on simulated disks: its file layer (VFS), in which each call goes to the disk of one process.

SQLite's own code runs, in the build that apsw brings; only its files are simulated. No locks and no shared memory: a
journal is held exclusively, so the index of its log is in the process. What is asked after the end of the process, as
SQLite does to clean up, changes nothing.
"""

from __future__ import annotations

import errno
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from zhendao.simulators.world.disk.gone import PowerGoneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.disk.content import Content
    from zhendao.simulators.world.disk.folder import Folder
    from zhendao.simulators.world.disk.mount import Mount

NAME = "world"
_CREATED = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL
"""Files of which the name is synced with the first sync of their content, as SQLite does on Unix."""
_SECTOR = 4096
"""What SQLite takes a disk's sector for on Unix; the simulated one tears smaller ones."""

_mounts: dict[int, Mount] = {}
_numbers = itertools.count(1)
_seeds: list[bytes] = []


def introduce(mount: Mount) -> int:
    """Let SQLite find the files of ``mount`` under the number returned: ``/<number>/path``."""
    number = next(_numbers)
    _mounts[number] = mount
    return number


def forget(number: int) -> None:
    """Forget a mount."""
    _mounts.pop(number, None)


def seed(mount: Mount) -> None:
    """Draw what SQLite takes for random from the chance of this disk, whatever was opened before."""
    apsw.randomness(0)
    _seeds[:] = [mount.disk.chance.bytes(32)]


class _Second:
    """Keeps still about a second error of one statement, which apsw would tell the whole process: SQLite tells one."""

    def __init__(self) -> None:
        self._told: Callable[[Any], object] | None = None

    def hush(self) -> None:
        """Begin; an error is on its way into SQLite."""
        if self._told is None:
            self._told, sys.unraisablehook = sys.unraisablehook, self._tell

    def end(self) -> None:
        """End; the statement is done."""
        if self._told is not None:
            sys.unraisablehook, self._told = self._told, None

    def _tell(self, unraisable: Any) -> None:
        if self._told is not None and not isinstance(unraisable.exc_value, apsw.Error):
            self._told(unraisable)


second = _Second()


class _File:
    """One open file, as SQLite asks for it. After its mount's end it takes everything and changes nothing."""

    __slots__ = ("_content", "_folder", "_mount")

    def __init__(self, mount: Mount, content: Content, folder: Folder | None) -> None:
        self._mount, self._content, self._folder = mount, content, folder

    def xRead(self, amount: int, offset: int) -> bytes | bytearray:
        mount = self._mount
        if mount.dead:
            return bytes(amount)
        try:
            mount.disk.reading()
            return self._content.read(amount, offset)
        except OSError as error:
            raise _failed(error, apsw.SQLITE_IOERR_CORRUPTFS) from error

    def xWrite(self, data: bytes, offset: int) -> None:
        mount = self._mount
        if mount.dead:
            return
        try:
            mount.write(self._content, bytes(data), offset)
        except OSError as error:
            raise _failed(error, apsw.SQLITE_IOERR_WRITE) from error
        except PowerGoneError:
            return  # whoever asked SQLite is told

    def xTruncate(self, size: int) -> None:
        mount = self._mount
        if mount.dead:
            return
        try:
            mount.resize(self._content, size)
        except OSError as error:
            raise _failed(error, apsw.SQLITE_IOERR_TRUNCATE) from error
        except PowerGoneError:
            return

    def xSync(self, flags: int) -> None:  # noqa: ARG002 - all of the content, each time
        mount = self._mount
        if mount.dead:
            return
        try:
            mount.sync_content(self._content)
        except OSError as error:
            raise _failed(error, apsw.SQLITE_IOERR_FSYNC) from error
        if self._folder is not None:
            mount.sync_names(self._folder)
            self._folder = None

    def xFileSize(self) -> int:
        return len(self._content.data)

    def xClose(self) -> None:
        pass

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: ARG002 - none is known
        return False

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


class _Vfs(apsw.VFS):
    """Finds files by ``/<number of the mount>/path``."""

    def __init__(self) -> None:
        super().__init__(NAME, base="", makedefault=True)  # the default one is asked for randomness

    def xFullPathname(self, name: str) -> str:
        return name

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> Any:  # whatever has the calls of a file
        flags[1] = flags[0]
        if name is None:
            raise _coded(apsw.SQLITE_CANTOPEN)  # what is temporary stays in memory
        mount, path = _place(name if isinstance(name, str) else name.filename())
        if mount is None:
            raise _coded(apsw.SQLITE_CANTOPEN)
        try:
            folder = mount.folder_of(path)
            content = folder.names.get(path.name)
            if content is None:
                if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                    raise _coded(apsw.SQLITE_CANTOPEN)
                content = mount.make(folder, path.name)
            elif content.stale and mount.disk.chance.likely(500):
                content.evict()
        except (OSError, PowerGoneError) as error:
            raise _failed(error, apsw.SQLITE_CANTOPEN) from error
        syncs_name = flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & _CREATED
        return _File(mount, content, folder if syncs_name else None)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: ARG002 - whoever may see it may write it
        mount, path = _place(pathname)
        return mount is not None and mount.exists(path)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001 - as SQLite calls it
        mount, path = _place(filename)
        if mount is None:
            return
        try:
            mount.unlink(path)
            if syncdir:
                mount.sync_folder(path.parent)
        except FileNotFoundError as error:
            raise _coded(apsw.SQLITE_IOERR_DELETE_NOENT) from error
        except OSError as error:
            raise _failed(error, apsw.SQLITE_IOERR_DELETE) from error
        except PowerGoneError:
            return

    def xRandomness(self, numbytes: int) -> bytes:
        return _seeds[0][:numbytes]

    def xCurrentTimeInt64(self) -> int:
        return 0

    def xSleep(self, microseconds: int) -> int:
        return microseconds


def _place(name: str) -> tuple[Mount | None, Path]:
    """Return whose file it is, None after the end of the process, and where it is."""
    number, _, path = name[1:].partition("/")
    return _mounts.get(int(number)), Path("/" + path)


def _failed(error: BaseException, code: int) -> Exception:
    """Return what SQLite makes of ``error`` on Unix; ``code`` where it is not that the disk is full."""
    second.hush()
    return _coded(apsw.SQLITE_FULL if getattr(error, "errno", 0) == errno.ENOSPC else code)


def _coded(code: int) -> Exception:
    return apsw.exception_for(code)


_vfs = _Vfs()
