"""Files and folders that are there whole or not at all: written beside, forced to the disk, and renamed into place."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zhendao.provisioning.errors import FolderBusyError, FolderExistsError, FolderUnusableError

SECRET, PUBLIC, SECRET_FOLDER = 0o600, 0o644, 0o700


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill, and make it ``target`` (mode 0700) when the block ends well; else nothing stays.

    Raises:
        FolderExistsError: ``target`` is there and not an empty folder.
        FolderUnusableError: the disk says no.
    """
    target = target.absolute()
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise FolderExistsError(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise FolderUnusableError(target, error.strerror or str(error)) from error
    try:
        yield made
        for folder, _, _ in os.walk(made):
            _sync(Path(folder))
        made.rename(target)
        _sync(target.parent)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise FolderUnusableError(target, error.strerror or str(error)) from error
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def write_file(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Write a file whole or not at all, readable from its first moment by those of ``mode`` alone.

    Raises:
        FolderUnusableError: the disk says no.
    """
    path = path.absolute()
    try:
        path.parent.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).rename(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(path.parent)
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only one who works under the name of ``path``, as long as the block lasts or this process lives.

    Raises:
        FolderBusyError: another process is at it.
        FolderUnusableError: the disk says no.
    """
    try:
        path.parent.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, SECRET)
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderBusyError(path.parent) from error
        yield
    finally:
        os.close(handle)


def append_line(path: Path, line: bytes) -> None:
    """Append a line (without its end) and wait until the disk has it; the file and its folder are made if need be.

    What a crash has left of a line stays a line of its own, and spoils none that follows.

    Raises:
        FolderUnusableError: the disk says no.
    """
    try:
        path.parent.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)
        new = not path.exists()
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, os.SEEK_END)
            torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
            file.write((b"\n" if torn else b"") + line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if new:
            _sync(path.parent)
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error


def read_file(path: Path, max_bytes: int) -> bytes:
    """Return a file's bytes, at most ``max_bytes``; FolderUnusableError if it cannot be read or is longer."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error
    if len(data) > max_bytes:
        raise FolderUnusableError(path, f"more than {max_bytes} bytes")
    return data


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
