"""The authority's diary: one JSON line for each act, appended and forced to the disk, each naming the line before it.

Promise: a line that was changed, taken out or put in breaks the chain of hashes from there on (`check`).
Who holds the folder can still write it anew: the diary proves carefulness, not the absence of a forger.
"""

import fcntl
import getpass
import hashlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from zhendao.provisioning.errors import FolderUnusableError, NoAuthorityError

FILE: Final = "audit.jsonl"
_BEGIN: Final = "0" * 64
_TAIL: Final = 8192


def append(folder: Path, act: str, at_s: int, /, **facts: Any) -> None:
    """Write down that ``act`` was done at ``at_s`` (seconds since 1970 UTC) by the present user of the system.

    Raises:
        FolderUnusableError: the diary cannot be written.
    """
    path = folder / FILE
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last, whole = _last_line(file)
            entry = {"at": _iso(at_s), "act": act, "by": _user(), **facts, "prev": _hash(last)}
            # a line that a power cut left in pieces stays by itself, for `check` to name
            file.write((b"" if whole else b"\n") + json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the diary that can be read, oldest first; NoAuthorityError if there is no diary."""
    return [entry for line in _lines(folder) if (entry := _entry(line)) is not None]


def check(folder: Path) -> int | None:
    """Return the number of the first line (from 1) that does not follow from the one before, or None if all do."""
    before: list[bytes] = []
    for number, line in enumerate(_lines(folder), 1):
        entry = _entry(line)
        if entry is None or entry.get("prev") != _hash(before):
            return number
        before = [line]
    return None


def _last_line(file: BinaryIO) -> tuple[list[bytes], bool]:
    """Return the last line (none of an empty diary), and whether it ended; however long the diary has grown."""
    size = file.seek(0, os.SEEK_END)
    step = _TAIL
    while True:
        begin = max(0, size - step)
        file.seek(begin)
        lines = file.read(size - begin).splitlines(keepends=True)
        if len(lines) > 1 or begin == 0:
            return [one.rstrip(b"\n") for one in lines[-1:]], not lines or lines[-1].endswith(b"\n")
        step *= 8


def _lines(folder: Path) -> list[bytes]:
    try:
        return (folder / FILE).read_bytes().splitlines()
    except OSError as error:
        raise NoAuthorityError(folder, f"{FILE}: {error.strerror}") from error


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _hash(last: list[bytes]) -> str:
    return hashlib.sha256(last[0]).hexdigest() if last else _BEGIN


def _iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s).astimezone().isoformat()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
