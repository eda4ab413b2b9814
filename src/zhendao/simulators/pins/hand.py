"""A hand at a board's panel (`zhendao-sim pins`): presses, and sees which lamps are on. For tests and measurements."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from zhendao.simulators.errors import LinkError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_S = 20.0


class Hand:
    """One connection to the panel at ``path``, which may come into being within ``patience_s``. Raises `LinkError`."""

    def __init__(self, path: Path, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._socket = _connected(path, patience_s)
        self._changed = threading.Condition()
        self._answers: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []
        """Every output that changed since: ``pin``, ``on``, ``mono_ns``."""
        self.outputs: dict[int, bool] = {}
        """How the outputs are."""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> Self:
        """Stay connected."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reading.join(self._patience_s)
        self._socket.close()

    def do(self, order: str, *, within_s: float | None = None) -> dict[str, Any]:
        """Give an order; return its acknowledgement once it is done. Raises `TimeoutError`, `ValueError`."""
        self._socket.sendall((order + "\n").encode())
        with self._changed:
            if not self._changed.wait_for(lambda: self._answers, within_s or self._patience_s):
                raise TimeoutError(order)
            answer = self._answers.pop(0)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer

    def wait(self, good: Callable[[Hand], bool], within_s: float | None = None) -> None:
        """Wait until ``good`` of what was seen so far. Raises `TimeoutError`."""
        with self._changed:
            if not self._changed.wait_for(lambda: good(self), within_s or self._patience_s):
                raise TimeoutError(str(self.changes[-20:]))

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._socket.makefile("r") as lines:
            for line in lines:
                said = json.loads(line)
                with self._changed:
                    if "pin" in said:
                        self.changes.append(said)
                        self.outputs[said["pin"]] = said["on"]
                    elif "done" in said or "error" in said:
                        self._answers.append(said)
                    else:
                        self.outputs = {int(pin): on for pin, on in said["outputs"].items()}
                    self._changed.notify_all()


def _connected(path: Path, patience_s: float) -> socket.socket:
    until = time.monotonic() + patience_s
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(path))
        except OSError as error:
            line.close()
            if time.monotonic() >= until:
                raise LinkError(str(path), error.strerror or str(error)) from error
            time.sleep(0.02)
        else:
            return line
