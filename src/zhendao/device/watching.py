"""The watch over the terminal's own parts: what has not come round in time is named, replaced, or ends the process.

Promise: the service manager is told that all is well only while the loop, the desk that handles taps, the journal's
thread and the link's have each come round within their limit. The loop proves itself by doing the telling, the journal
by answering a question; a reader that hangs is replaced and told as down, and stops nothing else.
"""

from __future__ import annotations

import asyncio
import faulthandler
from typing import TYPE_CHECKING, NamedTuple

from zhendao.device.care.alive import Limit, Pulse, Watchman
from zhendao.device.reading import HUNG, LEFT, READER
from zhendao.protocol.wording import Text
from zhendao.readers.values import ReaderState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zhendao.command.notify import Notifier
    from zhendao.device.clock.kernel import Clock
    from zhendao.device.config import WatchTable
    from zhendao.device.reading import ReadingHand
    from zhendao.device.tap_queue import TapQueue

JOURNAL, LINK, TAPS = "journal", "link", "taps"
_NS = 1_000_000_000
_LOOK_S = 5.0
"""How often the parts are looked at; more often where systemd wants to hear so."""
_BEGIN_S = 0.1
"""The same, until the terminal is ready."""
HANGS = Text("读卡器线程无响应，正在重新打开", "the reader hangs in the kernel or its driver: it is opened anew")


class Standing(NamedTuple):
    """How a terminal stands: whether its reader works (None: not said yet), how much is unconfirmed, the link."""

    reader_up: bool | None
    unconfirmed: int
    linked: bool


class Watch:
    """Looks after one agent. ``watchdog_s``: within how long the service manager wants to hear a pat, if at all."""

    def __init__(self, table: WatchTable, notifier: Notifier, watchdog_s: float | None, clock: Clock) -> None:
        self._notifier, self._clock = notifier, clock
        if watchdog_s is not None:
            faulthandler.enable()  # where the loop stood when systemd lost its patience: in its log, for an engineer
        self._look_s = _LOOK_S if watchdog_s is None else min(_LOOK_S, watchdog_s / 4)
        limits = {
            JOURNAL: Limit(table.journal_s * _NS),
            LINK: Limit(table.link_s * _NS),
            TAPS: Limit(table.taps_s * _NS),
            READER: Limit(table.reader_s * _NS, vital=False),
            LEFT: Limit(table.left_s * _NS),
        }
        self._watchman = Watchman(limits, int(2 * self._look_s * _NS))
        self._journal = Pulse()
        self._asked: asyncio.Task[None] | None = None

    async def run(
        self,
        reading: ReadingHand,
        ask_journal: Callable[[], Awaitable[None]],
        taps: TapQueue,
        link: Pulse,
        standing: Callable[[], Standing],
    ) -> None:
        """Watch for ever.

        ``ask_journal`` returns when the journal's thread has answered; ``link`` beats as the link comes round.
        """
        loop = asyncio.get_running_loop()
        before = loop.time()
        try:
            while True:
                now = standing()
                self._notifier.status(line(now))
                if now.reader_up is not None:
                    self._notifier.ready()
                self._ask(ask_journal)
                step_s, before = loop.time() - before, loop.time()
                verdict = self._watchman.look(self._counts(reading, taps, link), int(step_s * _NS))
                if verdict.pat:
                    self._notifier.alive()
                if READER in verdict.silent:
                    taps.said(ReaderState(up=False, reason=HUNG, text=HANGS, mono_ns=self._clock.mono_ns()))
                    await reading.replace()
                    self._watchman.forget(READER)
                await asyncio.sleep(self._look_s if now.reader_up is not None else min(self._look_s, _BEGIN_S))
        finally:
            self._notifier.stopping()
            if self._asked is not None:
                self._asked.cancel()

    def _counts(self, reading: ReadingHand, taps: TapQueue, link: Pulse) -> dict[str, int]:
        """Return how often each part has come round; one that has nothing to do, or has not begun, is left out."""
        found = {**reading.rounds(), JOURNAL: self._journal.count}
        if link.count:
            found[LINK] = link.count
        if (handled := taps.rounds()) is not None:
            found[TAPS] = handled
        return found

    def _ask(self, ask_journal: Callable[[], Awaitable[None]]) -> None:
        """Have one question to the journal under way, never two."""
        if self._asked is not None and not self._asked.done():
            return

        async def ask() -> None:
            await ask_journal()
            self._journal.beat()

        self._asked = asyncio.create_task(ask())


def line(now: Standing) -> str:
    """Return the one line that `systemctl status` shows."""
    reader = {None: _STARTING, True: _READY, False: _DOWN}[now.reader_up]
    link = _LINKED if now.linked else _UNLINKED
    count = Text(f"待确认 {now.unconfirmed} 条", f"{now.unconfirmed} unconfirmed")
    parts = (reader, link, count)
    return f"{'，'.join(one.zh for one in parts)} · {', '.join(one.en for one in parts)}"


_STARTING = Text("读卡器启动中", "the reader is starting")
_READY = Text("可以打卡", "ready to tap")
_DOWN = Text("读卡器故障，不能打卡", "reader down, no check possible")
_LINKED = Text("已连上消息代理", "connected")
_UNLINKED = Text("未连上消息代理", "not connected")
