"""The platform's memory on disk: one line of JSON for each entry, appended, flushed to the disk before it is answered.

Promise: after a kill at any moment a new process holds exactly what was answered for, and perhaps an entry whose
answer nobody saw. A last line that was cut off is removed; anything else that cannot be read is an error.
"""

import os
from pathlib import Path
from typing import BinaryIO

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import SimulatorError
from zhendao.simulators.platform.ledger import Entry, Ledger


class StateFile:
    """The append-only file behind a `Ledger`; without a path nothing is kept."""

    def __init__(self, path: Path | None, ledger: Ledger) -> None:
        """Open ``path`` and fill ``ledger`` from it; `SimulatorError` when it cannot be used."""
        self._file: BinaryIO | None = None
        if path is None:
            return
        try:
            self._file = path.open("a+b")
            self._file.seek(0)
            self._replay(self._file, ledger)
        except (OSError, ValueError, TypeError) as error:
            raise SimulatorError(
                Text(f"状态文件 {path} 无法使用：{error}", f"the state file {path} cannot be used: {error}"),
                Text("换一个文件，或删除它", "use another file, or remove this one"),
            ) from error

    @staticmethod
    def _replay(file: BinaryIO, ledger: Ledger) -> None:
        whole = 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            ledger.take(Entry.from_line(line.decode()))
            whole += len(line)
        file.truncate(whole)

    def append(self, entries: list[Entry]) -> None:
        """Write ``entries`` and wait for the disk. Raises OSError."""
        if self._file is None or not entries:
            return
        self._file.write("".join(entry.to_line() + "\n" for entry in entries).encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
