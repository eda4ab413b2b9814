"""A process that is kept running, as systemd would keep it, and knocked out by faults.

Promise: an end that no fault explains is noted with its last words, and the process is started again all the same; so
is an end on SIGTERM that took longer than promised or did not end well.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import GRACE_S, Child

AGAIN_S = 1.0
"""systemd's RestartSec, about."""
Rest = Callable[[float], Awaitable[None]]


class Kept:
    """One process. ``launch`` starts it; ``tell`` is told what should not have happened."""

    def __init__(
        self, name: str, launch: Callable[[], Awaitable[Child]], child: Child, tell: Callable[[Text], None]
    ) -> None:
        self.name = name
        self.child = child
        self.kills = 0
        self._launch = launch
        self._tell = tell
        self._lock = asyncio.Lock()

    async def keep(self) -> None:
        """Start it again whenever it ends by itself; until cancelled."""
        while True:
            child = self.child
            code = await child.process.wait()
            async with self._lock:
                if self.child is not child:
                    continue  # a fault has ended it, and has started it again
                words = child.last_words().strip().splitlines()[-1:]
                why = words[0] if words else ""
                self._tell(
                    Text(f"{self.name} 自行退出（{code}）：{why}", f"{self.name} ended by itself ({code}): {why}")
                )
                await asyncio.sleep(AGAIN_S)
                self.child = await self._launch()

    async def kill(self, rest: Rest, lasts_s: float) -> None:
        """End it as a power cut would; start it again after ``lasts_s``."""
        async with self._lock:
            self.kills += 1
            await self.child.kill()
            await rest(lasts_s)
            self.child = await self._launch()

    async def stop(self, rest: Rest, lasts_s: float) -> None:
        """End it by SIGTERM; start it again after ``lasts_s``."""
        async with self._lock:
            code = await self.child.stop()
            if code == -signal.SIGTERM and not self.child.said:
                pass  # it had not even begun: nothing of it was asked to end well yet
            elif code == -signal.SIGKILL:
                self.kills += 1
                self._tell(
                    Text(f"{self.name} 未在 {GRACE_S:g} 秒内结束", f"{self.name} did not end within {GRACE_S:g} s")
                )
            elif code != 0:
                self._tell(Text(f"{self.name} 结束时退出码为 {code}", f"{self.name} ended with exit code {code}"))
            await rest(lasts_s)
            self.child = await self._launch()

    async def freeze(self, rest: Rest, lasts_s: float) -> None:
        """Let it stand still for ``lasts_s``."""
        async with self._lock:
            with suppress(ProcessLookupError):
                self.child.process.send_signal(signal.SIGSTOP)
            try:
                await rest(lasts_s)
            finally:
                with suppress(ProcessLookupError):
                    self.child.process.send_signal(signal.SIGCONT)
