"""One soak: set up, let people and trouble have their time, end all trouble, wait until the books balance.

Promise: people and faults end before anything is judged; what has not arrived within the patience is missing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

import httpx

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import Child, Said
from zhendao.simulators.demo.line import Line
from zhendao.simulators.demo.script import Day
from zhendao.simulators.soak import audit, disks, plan
from zhendao.simulators.soak.books import CHECK, GOOD, Account, Held, differences
from zhendao.simulators.soak.clocks import FAKETIME
from zhendao.simulators.soak.kept import Kept
from zhendao.simulators.soak.people import visits
from zhendao.simulators.soak.town import caregivers, town
from zhendao.simulators.soak.trouble import Trouble

PATIENCE_S = 180.0
"""How long everything may take to arrive once all is well: the longest waits between attempts are a minute."""
ASK_S = 3.0
STATUS_S = 15.0
_TERMINAL = "-terminal"
Tell = Callable[[str, Text], None]


@dataclass(slots=True)
class Soak:
    """What a soak is asked for, and what it came to."""

    seed: int
    minutes: float
    homes: int
    small_disks: bool
    tell: Tell
    account: Account = field(default_factory=Account)
    devices: dict[str, str] = field(default_factory=dict)
    """Device by home."""
    bad: Counter[str] = field(default_factory=Counter)
    """Bad signals by home."""
    had: dict[str, Counter[str]] = field(default_factory=dict)
    """Faults by lane and kind."""
    wrong: list[Text] = field(default_factory=list)
    """What must not have happened beside the books."""
    drained_s: float | None = None
    """How long it took until the books balanced, once all was well."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self, child: Child, said: Said) -> None:
        """Take in what a process said."""
        if child.name == "platform" and "taken" in said:
            self.news.set()
        elif child.name.endswith(_TERMINAL) and "signal" in said:
            home = child.name.removesuffix(_TERMINAL)
            if said["signal"] in GOOD and "seq" in said:
                self.account.signalled[self.devices[home], said["epoch"], said["seq"]] += 1
            elif said["signal"] == "bad":
                self.bad[home] += 1

    def complain(self, text: Text) -> None:
        """Note what must not have happened."""
        self.wrong.append(text)
        self.tell("!", text)

    def different(self) -> list[Text]:
        """Return all that is wrong."""
        return [*differences(self.account), *self.wrong]

    async def run(self, folder: Path) -> None:
        """Do it, in ``folder``."""
        days = town(self.homes)
        small = [folder / "homes" / day.home.key / "data" for day in days] if self.small_disks else []
        for one in small:
            disks.make(one)
        if self.small_disks:
            small.append(folder / "store")
            disks.make(small[-1], disks.STORE_SIZE)
        try:
            await self._run(folder, days)
        finally:
            for one in small:
                disks.keep(one)
        self.wrong += _tracebacks(folder / "logs")

    async def _run(self, folder: Path, days: Sequence[Day]) -> None:
        async with Line(folder, days, self.listen) as line:
            await line.set_up()
            self.devices.update({key: papers.device for key, papers in line.papers.items()})
            auditor = await audit.Auditor.hired(line)
            troubles = self._troubles(line)
            await self._live(line, troubles, auditor)
            self.tell(
                "", Text("故障全部结束，等待全部送达", "all faults are over; waiting until everything has arrived")
            )
            await self._settle(line, auditor)
            for home in line.homes.values():
                await home.terminal.stop()
            await self._settle(line, auditor)
            self.wrong += await auditor.complaints()
            self.had = {one.lane: one.had for one in troubles}
            await line.stop_all()

    def _troubles(self, line: Line) -> list[Trouble]:
        full = (plan.SMALL_DISK,) if self.small_disks else ()
        lanes = {"gateway": (*plan.GATEWAY, *full), "broker": plan.BROKER, "platform": plan.PLATFORM}
        running = {"gateway": line.gateway, "broker": line.broker, "platform": line.platform}
        found = []
        for lane, spells in lanes.items():
            kept = Kept(lane, partial(line.launch, lane), running[lane], self.complain)
            found.append(Trouble(lane, plan.faults(self.seed, lane, spells), kept, self.tell))
        found[0].link, found[0].disk = line.gateway_link, line.store
        clock = (plan.CLOCK,) if FAKETIME else ()
        for key, home in line.homes.items():
            kept = Kept(key, partial(_switched_on, line, key), home.terminal, self.complain)
            trouble = Trouble(key, plan.faults(self.seed, key, (*plan.HOME, *full, *clock)), kept, self.tell)
            trouble.home, trouble.link, trouble.disk = home, home.relay, home.folder / "data"
            found.append(trouble)
        return found

    async def _live(self, line: Line, troubles: list[Trouble], auditor: audit.Auditor) -> None:
        """Let everything happen for the time given; return when all processes run and all is well."""
        keeping = [asyncio.create_task(one.kept.keep()) for one in troubles]
        dice = {key: Random(f"{self.seed}/{key}/people") for key in line.homes}  # noqa: S311 - it is to come again
        cards = {day.home.key: caregivers(day) for day in line.days}
        people = [asyncio.create_task(visits(home, cards[key], dice[key])) for key, home in line.homes.items()]
        status = asyncio.create_task(self._status(line, auditor))
        having = [asyncio.create_task(one.run()) for one in troubles]
        try:
            done, _ = await asyncio.wait(
                (*people, *having, *keeping), timeout=self.minutes * 60, return_when=asyncio.FIRST_COMPLETED
            )
            for one in done:
                one.result()  # none of them ends by itself: what did, failed
            await _ended(people)
            for trouble in troubles:
                trouble.end()
            await asyncio.gather(*having)
        finally:
            await _ended((*people, *having, *keeping, status))
            self.account.kills = {
                self.devices[one.lane]: one.kept.kills for one in troubles if one.lane in self.devices
            }

    async def _status(self, line: Line, auditor: audit.Auditor) -> None:
        while True:
            await asyncio.sleep(STATUS_S)
            with suppress(httpx.HTTPError):
                await self._look(line, auditor)
            figures = (
                len(self.account.signalled),
                *(_checks(held) for held in (self.account.stored, self.account.delivered)),
            )
            self.tell(
                "",
                Text(
                    "亮灯 {}，网关 {}，平台 {}".format(*figures),
                    "signalled {}, stored {}, delivered {}".format(*figures),
                ),
            )

    async def _look(self, line: Line, auditor: audit.Auditor) -> None:
        self.account.stored = await auditor.events()
        entries = await asyncio.to_thread(audit.taken, line.taken)
        self.account.delivered, self.account.visited = audit.delivered(entries), audit.visited(entries)

    async def _settle(self, line: Line, auditor: audit.Auditor) -> None:
        """Wait until the books balance, but not for ever."""
        begun = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    self.news.clear()
                    with suppress(httpx.HTTPError):
                        await self._look(line, auditor)
                        if not differences(self.account):
                            self.drained_s = self.drained_s or time.monotonic() - begun
                            return
                    with suppress(TimeoutError):  # what the gateway has stored it tells to those who ask
                        await asyncio.wait_for(self.news.wait(), ASK_S)


async def _switched_on(line: Line, key: str) -> Child:
    await line.homes[key].switch_on()
    return line.homes[key].terminal


async def _ended(tasks: "list[asyncio.Task[None]] | tuple[asyncio.Task[None], ...]") -> None:
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _checks(held: Sequence[Held]) -> int:
    return sum(one.kind == CHECK for one in held)


def _tracebacks(logs: Path) -> list[Text]:
    """Return the logs in which a process showed an error that nobody foresaw."""
    signs = ("Traceback", "internal error")
    bad = [
        log for log in sorted(logs.glob("*.log")) if any(sign in log.read_text("utf-8", "replace") for sign in signs)
    ]
    return [Text(f"日志中有内部错误：{log}", f"an internal error in {log}") for log in bad]
