"""The survey of everybody in a process of its own: a city's week of visits takes minutes, and memory.

Promise: the gateway neither waits for it nor grows by it; what stays on the list when the process fails is tried again
an hour later, and it ends with the gateway.
"""

import logging
import subprocess
from pathlib import Path
from typing import Final

from zhendao.gateway.giving_way import giving_way

_LOG = logging.getLogger(__name__)
_STOP_S: Final = 2.0


class Apart:
    """Runs `zhendao-gateway survey` with the gateway's own settings, one at a time."""

    def __init__(self, config: Path) -> None:
        self._config = config.absolute()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, if it does not run; what it says goes where the gateway's words go."""
        if self._process is not None and self._process.poll() is None:
            return
        try:
            self._process = giving_way(["survey", "--config", str(self._config)])
        except OSError as error:
            _LOG.warning("the survey of everybody could not be started: %s", error)

    def stop(self) -> None:
        """End it; what it would have found is found the next time."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
