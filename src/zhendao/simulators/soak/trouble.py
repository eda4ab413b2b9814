"""Carries the faults out: each lane one after another, all lanes side by side, until it is told to end.

Promise: whatever goes wrong is put right again when the fault is over, and all of it when the trouble ends.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.equipment import Equipment
from zhendao.simulators.demo.relay import Relay
from zhendao.simulators.soak import clocks, disks
from zhendao.simulators.soak.kept import Kept
from zhendao.simulators.soak.plan import Fault, Kind

Tell = Callable[[str, Text], None]
_GARBLES = ("no-reply 2", "lost-command 3", "late-reply 700 2", "truncate 2", "noise 12 4", "bad-checksum 2")


class Trouble:
    """What goes wrong in one lane. ``tell`` is told when a fault begins."""

    def __init__(self, lane: str, faults: Iterable[Fault], kept: Kept, tell: Tell) -> None:
        self.lane = lane
        self.kept = kept
        self.had: Counter[str] = Counter()
        self.link: Relay | None = None
        self.home: Equipment | None = None
        self.disk: Path | None = None
        """Its small disk, where it has one."""
        self._faults = iter(faults)
        self._tell = tell
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Have one fault after another, until `end`."""
        while True:
            fault = next(self._faults)
            await self._rest(fault.rest_s)
            if self._over.is_set():
                return
            self.had[fault.kind] += 1
            self._tell(
                self.lane,
                Text(
                    f"{_WORDS[fault.kind].zh} {fault.lasts_s:.1f} 秒", f"{_WORDS[fault.kind].en} {fault.lasts_s:.1f} s"
                ),
            )
            await self._have(fault)

    def end(self) -> None:
        """Let the present fault be the last one, and be over."""
        self._over.set()

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    async def _have(self, fault: Fault) -> None:
        match fault.kind:
            case Kind.KILL:
                await self.kept.kill(self._rest, fault.lasts_s)
            case Kind.STOP:
                await self.kept.stop(self._rest, fault.lasts_s)
            case Kind.FREEZE:
                await self.kept.freeze(self._rest, fault.lasts_s)
            case Kind.CUT | Kind.HALF_OPEN | Kind.FLAP if self.link is not None:
                await self._break(self.link, fault)
            case Kind.UNPLUG | Kind.HANG | Kind.GARBLE | Kind.RECEIVER | Kind.CLOCK if self.home:
                await self._at(self.home, fault)
            case Kind.DISK_FULL if self.disk is not None:
                await self._without_room(self.disk, fault.lasts_s)
            case Kind.ROUGH | Kind.DOWN:
                await self.kept.child.order(f"profile {fault.kind}")
                await self._rest(fault.lasts_s)
                await self.kept.child.order("profile none")
            case _:
                raise ValueError(f"{self.lane} cannot have {fault.kind}")

    async def _break(self, link: Relay, fault: Fault) -> None:
        if fault.kind is Kind.HALF_OPEN:
            link.swallow()
            await self._rest(fault.lasts_s)
        elif fault.kind is Kind.CUT:
            link.cut()
            await self._rest(fault.lasts_s)
        else:
            until = asyncio.get_running_loop().time() + fault.lasts_s
            while asyncio.get_running_loop().time() < until and not self._over.is_set():
                link.cut()
                await self._rest(0.3 + fault.dice)
                link.mend()
                await self._rest(0.5 + 3 * fault.dice)
        link.mend()

    async def _at(self, home: Equipment, fault: Fault) -> None:
        match fault.kind:
            case Kind.UNPLUG:
                await home.tell_reader("fault unplug")
                await self._rest(fault.lasts_s)
                await home.tell_reader("replug")
            case Kind.HANG:
                await home.tell_reader("fault hang")
                await self._rest(fault.lasts_s)
                await home.tell_reader("fault none")
            case Kind.GARBLE:
                await home.tell_reader(f"fault {_GARBLES[int(fault.dice * len(_GARBLES))]}")
                await self._rest(fault.lasts_s)
                await home.tell_reader("fault none")
            case Kind.RECEIVER:
                await home.tell_receiver("unplug")
                await self._rest(fault.lasts_s)
                await home.tell_receiver("replug")
            case Kind.CLOCK:
                home.environment = clocks.environment(home.folder, fault.dice)
                await self.kept.stop(self._rest, 0)
                await self._rest(fault.lasts_s)
                home.environment = {}
                await self.kept.stop(self._rest, 0)
            case _:
                raise ValueError(f"{self.lane} cannot have {fault.kind}")

    async def _without_room(self, disk: Path, lasts_s: float) -> None:
        try:
            await asyncio.to_thread(disks.fill, disk)
            await self._rest(lasts_s)
        finally:
            disks.free(disk)


_WORDS = {
    Kind.KILL: Text("被杀", "killed"),
    Kind.STOP: Text("正常停止", "stopped"),
    Kind.FREEZE: Text("停顿", "frozen"),
    Kind.CUT: Text("断网", "link cut"),
    Kind.HALF_OPEN: Text("半开连接", "link half open"),
    Kind.FLAP: Text("网络时断时续", "link flaps"),
    Kind.UNPLUG: Text("读卡器拔出", "reader unplugged"),
    Kind.HANG: Text("读卡器无应答", "reader hangs"),
    Kind.GARBLE: Text("读卡器数据错乱", "reader garbles"),
    Kind.RECEIVER: Text("接收机拔出", "receiver unplugged"),
    Kind.DISK_FULL: Text("磁盘写满", "disk full"),
    Kind.CLOCK: Text("时钟错误", "clock wrong"),
    Kind.ROUGH: Text("平台不稳", "platform rough"),
    Kind.DOWN: Text("平台不可用", "platform down"),
}
