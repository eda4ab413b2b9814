"""The processes of the demo: started, listened to line by line, and always stopped.

Promise: none outlives the demo, however it ends: `Children` stops all on the way out (SIGTERM, then SIGKILL), and the
kernel ends those of a demo that was killed (`setpriv --pdeathsig`, where there is one).
"""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.errors import ChildError, LateError

GRACE_S = 5.0
"""From SIGTERM to SIGKILL: a service promises to end within this."""
PATIENCE_S = 90.0
"""So long is waited for what a process is to say: a small machine with much to do starts one in half a minute."""
LONGEST_LINE = 1 << 20

Said = Mapping[str, Any]
Listener = Callable[["Child", Said], None]


class Child:
    """One process: what it said line by line on standard output, and orders to its standard input."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path, listener: Listener) -> None:
        self.name = name
        self.process = process
        self.said: list[Said] = []
        self._log = log
        self._listener = listener
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    async def _read(self) -> None:
        out = self.process.stdout
        if out is None:
            return
        with self._log.open("ab") as log:
            while line := await out.readline():
                log.write(line)
                log.flush()
                said = _said(line)
                async with self._news:
                    self.said.append(said)
                    self._news.notify_all()
                self._listener(self, said)
        async with self._news:
            self._news.notify_all()

    async def order(self, line: str) -> None:
        """Write one line to the process."""
        if self.process.stdin is None:
            raise ChildError(self.name, self.process.returncode, "takes no orders")
        with suppress(ConnectionError):  # it has ended: whoever waits for its answer is told
            self.process.stdin.write(f"{line}\n".encode())
            await self.process.stdin.drain()

    def mark(self) -> int:
        """Return how much was said so far, for `hear` to start from."""
        return len(self.said)

    async def hear(
        self, fits: Callable[[Said], bool], what: Text, *, since: int = 0, within_s: float = PATIENCE_S
    ) -> Said:
        """Return the first thing said from ``since`` on that ``fits``; wait for it if need be.

        Raises:
            LateError: it was not said within ``within_s`` seconds.
            ChildError: the process ended without saying it.
        """
        try:
            async with asyncio.timeout(within_s), self._news:
                at = since
                while True:
                    for said in self.said[at:]:
                        if fits(said):
                            return said
                    at = len(self.said)
                    if self._reading.done():
                        raise ChildError(self.name, await self.process.wait(), self.last_words())
                    await self._news.wait()
        except TimeoutError:
            raise LateError(Text(f"{self.name}：{what.zh}", f"{self.name}: {what.en}"), within_s) from None

    def last_words(self) -> str:
        """Return the end of what the process wrote, both streams."""
        return self._log.read_text("utf-8", "replace")[-2000:] if self._log.exists() else ""

    async def stop(self) -> int:
        """End the process, gently first; return its exit code."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(GRACE_S):
                    await self.process.wait()
            except TimeoutError:
                with suppress(ProcessLookupError):
                    self.process.kill()
        code = await self.process.wait()
        await self._reading
        return code

    async def kill(self) -> None:
        """End the process as a power cut would."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        await self._reading


def _said(line: bytes) -> Said:
    """Return a line of JSON as it means, any other line as ``{"text": line}``."""
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"text": line.decode("utf-8", "replace").rstrip()}


class Children:
    """All processes of a demo; stops them on the way out, the last one started first."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self._logs = folder
        self._listener = listener
        self._all: list[Child] = []

    async def __aenter__(self) -> Self:
        """Make the folder of the logs."""
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything, even when the demo is being ended itself."""
        await asyncio.shield(self.stop_all())

    async def stop_all(self) -> None:
        """Stop every process, together: none waits for another."""
        await asyncio.gather(*(child.stop() for child in reversed(self._all)))

    async def start(
        self, name: str, words: Sequence[str], *, merge: bool = False, more: Mapping[str, str] | None = None
    ) -> Child:
        """Start a process; with ``merge`` its errors are read like its output, else they go to the log alone.

        ``more`` is set in its environment beside what is there.
        """
        log = self._logs / f"{name}.log"
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *bound_to_us(),
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT if merge else errors,
                limit=LONGEST_LINE,
                env=quiet_environment() | dict(more or {}),
                start_new_session=True,  # Ctrl-C is for the demo, which then ends the others in order
            )
        child = Child(name, process, log, self._listener)
        self._all.append(child)
        return child


async def call(name: str, words: Sequence[str], *, secret: str | None = None) -> str:
    """Run the command ``name`` to its end; return its standard output. Raises `ChildError` if it fails."""
    process = await asyncio.create_subprocess_exec(
        *bound_to_us(),
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=quiet_environment() | ({"ZHENDAO_PASSPHRASE": secret} if secret else {}),
    )
    out, errors = await process.communicate()
    if process.returncode != 0:
        raise ChildError(name, process.returncode, errors.decode())
    return out.decode()


def bound_to_us() -> tuple[str, ...]:
    """Return the words before a command whose process the kernel ends with this one; none where there is no setpriv."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()


def quiet_environment() -> dict[str, str]:
    """Return the environment of the demo's processes: ours, in English, so that logs read the same everywhere."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
