"""How a terminal finds its journal at start: sound, damaged, missing, or put back to an older state.

Promise: a damaged file is set aside as ``journal.db.corrupt.<time>``, never deleted, and a new epoch begins, announced
in its boot event; the last head known comes from the copy outside the database. The last events are hashed again: a
flipped bit in them is damage too, which the database itself would not notice. A power cut at any step ends in one of
these states again (docs/decisions/journal-check.md).
"""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from zhendao.device.errors import (
    JournalDamagedError,
    JournalError,
    JournalFullError,
    JournalOwnerError,
    JournalWriteError,
)
from zhendao.device.files import CREATE, WRITE, discard
from zhendao.device.journal import carrying, unread
from zhendao.device.journal.beside import open_beside
from zhendao.device.journal.checking import NONSENSE, check_tail
from zhendao.device.journal.entries import Opening
from zhendao.device.journal.headcopy import Head, HeadCopy, copy_heads
from zhendao.device.journal.schema import LOG_BYTES, connect, is_full
from zhendao.protocol import ledger
from zhendao.protocol.vocabulary import BootReason

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Connection, Files
    from zhendao.device.journal.folder import DataFolder
    from zhendao.protocol.suite import Suite

FILE, HEAD = "journal.db", "journal.head"
_BLOCK = 4096
_INTO_DATABASE = "PRAGMA wal_checkpoint(TRUNCATE)"
"""Closing does so too, and does not say if it failed."""
_HOPELESS = "the disk does not give it back"
_NEW, _FIRST = "journal.new", "journal.first"


def open_journal(
    folder: DataFolder, suite: Suite, device: bytes, now_s: int, damaged: str | None = None
) -> tuple[Connection, HeadCopy, Opening]:
    """Open the journal of ``folder``; ``now_s`` names a file that is set aside, as it is if ``damaged`` says why.

    Raises `JournalFullError`, `JournalWriteError`, `JournalForeignError`.
    """
    path, files = folder.path / FILE, folder.files
    hopeless = unread.given_up(files, folder.path)
    copy: HeadCopy | None = None
    connection: Connection | None = None
    try:
        _finish_setting_aside(files, path, now_s)
        _write_log_again(files, path, hopeless=hopeless)
        existed = files.exists(path)
        if not existed:
            _make(folder, path, device)
        copy = HeadCopy(folder.path / HEAD, files)
        known = copy.read()
        try:
            connection, last = _sound(folder, path, suite, device, damaged or (_HOPELESS if hopeless else None))
        except JournalDamagedError as error:
            aside, carried = _begin_anew(folder, path, suite, device, now_s, known)
            connection = _connect(folder, path, device)
            detail = f"{error.detail[:80]}; kept as {aside.name}, {carried} undelivered events taken over"
            opening = Opening(BootReason.JOURNAL_DAMAGED, known, detail)
        else:
            opening = _judge(connection, existed=existed, last=last, known=known)
        if hopeless:
            unread.forget(files, folder.path)
        with contextlib.suppress(OSError):  # a log that grows as it is needed wears the card more, and is as safe
            _lay_log(folder, path)
    except BaseException as error:
        for one in (copy, connection):
            if one is not None:
                one.close()
        if unread.is_unread(error):
            unread.note(files, folder.path, now_s)
        if isinstance(error, sqlite3.Error | OSError):
            raise _refused(error, folder.path) from error
        raise
    return connection, copy, opening


def _refused(error: sqlite3.Error | OSError, folder: Path) -> JournalError:
    if isinstance(error, OSError):
        return JournalWriteError(error.strerror or type(error).__name__)
    return JournalFullError(folder) if is_full(error) else JournalWriteError(str(error))


def _sound(
    folder: DataFolder, path: Path, suite: Suite, device: bytes, damaged: str | None
) -> tuple[Connection, Head | None]:
    if damaged is not None:
        raise JournalDamagedError(damaged)
    try:
        connection = _connect(folder, path, device)
    except JournalOwnerError as error:
        if _has_epoch_of(folder.files, path, suite, device):
            raise JournalDamagedError("the owner is not what was written") from error
        raise
    return connection, check_tail(connection, suite, device)


def _has_epoch_of(files: Files, path: Path, suite: Suite, device: bytes) -> bool:
    """Return whether the journal holds an epoch that nobody but ``device`` can have begun: its h[0] says so."""
    with contextlib.suppress(JournalDamagedError, sqlite3.Error, *NONSENSE), closing(open_beside(path, files)) as db:
        epochs = db.execute("SELECT epoch, genesis FROM epoch").fetchall()
        return any(ledger.genesis(suite, device, epoch) == genesis for epoch, genesis in epochs)
    return False


def _judge(connection: Connection, *, existed: bool, last: Head | None, known: Head | None) -> Opening:
    """Compare what the database holds with what the copy outside it knows."""
    if last is None:
        if connection.execute("SELECT 1 FROM epoch").fetchone():
            return Opening(BootReason.JOURNAL_DAMAGED, known, "no event of the newest epoch; the power went meanwhile")
        gone = Opening(BootReason.JOURNAL_MISSING, known, "emptied" if existed else None)
        return Opening(BootReason.FIRST) if known is None else gone
    if known is None or (known.epoch == last.epoch and known.seq <= last.seq):
        return Opening(BootReason.START)
    query = "SELECT 1 FROM epoch WHERE epoch = ?"
    if known.epoch != last.epoch and connection.execute(query, (known.epoch,)).fetchone():
        return Opening(BootReason.START)
    return Opening(BootReason.HEAD_MISMATCH, known, f"the journal ends at {last.seq}, the copy of its head is newer")


def _connect(folder: DataFolder, path: Path, device: bytes) -> Connection:
    try:
        return connect(path, device, folder.files)
    except sqlite3.Error as error:
        if not (is_full(error) or isinstance(error, sqlite3.OperationalError)) or not folder.drop_ballast():
            raise
        return connect(path, device, folder.files)


def _write_log_again(files: Files, path: Path, *, hopeless: bool) -> None:
    """Write what the log seems to hold, and sync it, before anybody believes it.

    After a sync that failed the kernel may show pages that are not on the disk, and that no later sync will write.
    Where it is hopeless to wait, zeros are written for what cannot be read: what stands before it is then read again.
    """
    try:
        log = files.open(_log_of(path), WRITE)
    except FileNotFoundError:
        return
    try:
        at = 0
        while block := _block(files, log, at, hopeless=hopeless):
            at += files.pwrite(log, block, at)
        files.sync(log)
    finally:
        files.close(log)


def _block(files: Files, log: int, at: int, *, hopeless: bool) -> bytes:
    try:
        return files.pread(log, _BLOCK, at)
    except OSError:
        if not hopeless:
            raise
        return unread.blank(files, log, at, min(_BLOCK, files.size(log) - at))


def _lay_log(folder: DataFolder, path: Path) -> None:
    """Write the log's file to its full size, if there is room: then a commit changes no size and allocates nothing.

    What follows the last frame is not looked at by SQLite. In pieces of a block, so that the kernel keeps it so.
    """
    if folder.free_bytes() < 4 * LOG_BYTES:
        return
    files = folder.files
    log = files.open(_log_of(path), CREATE)
    try:
        at = files.size(log)
        while at < LOG_BYTES:
            at += files.pwrite(log, bytes(_BLOCK - at % _BLOCK), at)
        files.sync(log)
    finally:
        files.close(log)


def _make(folder: DataFolder, path: Path, device: bytes) -> None:
    """Put an empty journal in place, whole: who reads beside it takes no lock, and must not meet a file half made."""
    first = path.with_name(_FIRST)
    _discard(folder.files, first)
    with closing(_connect(folder, first, device)) as connection:
        connection.execute(_INTO_DATABASE)
    folder.files.rename(first, path)
    folder.files.sync_folder(path.parent)


def _begin_anew(
    folder: DataFolder, path: Path, suite: Suite, device: bytes, now_s: int, known: Head | None
) -> tuple[Path, int]:
    """Set the damaged journal aside and put a new one in its place, with what could be taken over of it.

    The new one is complete before the old one goes, so a power cut leaves the one or the other.
    """
    files, new = folder.files, path.with_name(_NEW)
    _discard(files, new)
    with closing(_connect(folder, new, device)) as connection:
        carried = carrying.carry_over(files, path, connection, suite, device, known)
        connection.execute(_INTO_DATABASE)
    number = 0
    while files.exists(aside := path.with_name(f"{path.name}.corrupt.{now_s}{f'.{number}' if number else ''}")):
        number += 1
    with contextlib.suppress(OSError):  # which epoch it was in, for whoever salvages it
        copy_heads(path.with_name(HEAD), head_aside(aside), files)
    files.rename(path, aside)
    _move_log(files, path, aside)
    files.rename(new, path)
    files.sync_folder(path.parent)
    return aside, carried


def head_aside(aside: Path) -> Path:
    """Return where the copy of the head goes that belongs to a journal set aside as ``aside``."""
    return aside.with_name(aside.name.replace(FILE, HEAD, 1))


def _finish_setting_aside(files: Files, path: Path, now_s: int) -> None:
    """Do what `_begin_anew` had not yet done when the power went."""
    new = path.with_name(_NEW)
    if files.exists(path):
        _discard(files, new)
        return
    if files.exists(_log_of(path)):  # SQLite would delete it
        names = [one for one in files.names(path.parent) if fnmatch(one, f"{path.name}.corrupt.*[0-9]")]
        found = [one for name in names if not files.exists(_log_of(one := path.with_name(name)))]
        nameless = path.with_name(f"{path.name}.corrupt.{now_s}")
        _move_log(files, path, max(found, key=files.changed_ns, default=nameless))
        files.sync_folder(path.parent)
    if files.exists(new):
        files.rename(new, path)
        files.sync_folder(path.parent)


def _discard(files: Files, new: Path) -> None:
    for suffix in ("-journal", "-wal", ""):
        discard(files, new.with_name(new.name + suffix))


def _move_log(files: Files, path: Path, aside: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        files.rename(_log_of(path), _log_of(aside))
    discard(files, path.with_name(path.name + "-shm"))  # an index of the log; made anew by whoever opens it


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")
