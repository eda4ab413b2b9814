"""Small files of a terminal that are there whole or not at all, for their owner alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from zhendao.device.errors import DataFolderError


def replace(path: Path, data: bytes) -> None:
    """Put a file of mode 0600 in place of what was there, on the disk before it returns. Raises `DataFolderError`."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).rename(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise DataFolderError(path.parent, error.strerror or type(error).__name__) from error
