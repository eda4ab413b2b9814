"""One run of the real agent in a box: from its start by the service manager to its end, by itself or not.

Promise: everything that the agent knows of the world comes from this box: its clock, disk, reader, receiver, link and
dice. What it says of itself is asked as `zhendao-device status` asks it. After `kill` nothing of it runs again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from zhendao.device.agent import Agent
from zhendao.device.care.vitals import Machine, Vitals
from zhendao.device.journal.folder import DataFolder
from zhendao.device.link.fleet import FILE as FLEET
from zhendao.device.link.fleet import Fleet
from zhendao.device.notices import Notices
from zhendao.device.ports import Ports
from zhendao.simulators.world.box.journal import JOURNAL, LOG
from zhendao.simulators.world.box.settings import DATA_DIR
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.engine.process import Process
from zhendao.simulators.world.net.line import Inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhendao.device.config import DeviceSettings
    from zhendao.device.feedback.given import Feedback
    from zhendao.device.identity.values import Identity
    from zhendao.device.link.postings import LinkPosting
    from zhendao.device.ports import Link
    from zhendao.simulators.world.box.clocks import HardwareClock
    from zhendao.simulators.world.box.reader import HardwareReader
    from zhendao.simulators.world.box.receiver import HardwareReceiver
    from zhendao.simulators.world.box.rhythm import Rhythm
    from zhendao.simulators.world.disk.disk import Disk
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork

STOP_NS = 10_000_000_000
"""TimeoutStopSec of the unit: then it is killed."""
_MEMORY, _MEMORY_FREE, _WARM_DC = 44 << 20, 600 << 20, 450


class Line(Protocol):
    """The network of one box, as the world has it."""

    def link(
        self,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        alive: Callable[[], None],
        box: Inside,
    ) -> Link:
        """Make the link of a run: the port of `device.ports`, in ``box``."""
        ...

    def killed(self) -> None:
        """The process is gone: the kernel closes what it had open."""
        ...

    def power(self, on: bool) -> None:  # noqa: FBT001 - what there is
        """The machine lost its power, without a word to anybody, or has it again."""
        ...


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a run finds in its box."""

    clock: HardwareClock
    reader: HardwareReader
    receiver: HardwareReceiver | None
    disk: Disk
    line: Line


class CountedNotices(Notices):
    """What would be lines in the log of a machine, counted. ``wrote`` is told each."""

    def __init__(self, wrote: Callable[[str, str], None], now_ns: Callable[[], int]) -> None:
        super().__init__("en", now_ns)
        self._wrote = wrote

    def write(self, subject: str, line: str) -> None:
        """Take a line."""
        self._wrote(subject, line)


class Run:
    """One process. ``ended`` is told its error, or None, when it has ended by itself; never after `kill`."""

    def __init__(
        self,
        name: str,
        clockwork: Clockwork,
        chance: Chance,
        settings: DeviceSettings,
        who: Identity,
        hardware: Hardware,
        rhythm: Rhythm,
        feedback: Feedback,
        told: Callable[[str, BaseException], None],
        wrote: Callable[[str, str], None],
        ended: Callable[[BaseException | None], None],
        takes_ns: Callable[[], int] | None,
    ) -> None:
        self._clockwork, self._hardware, self._rhythm = clockwork, hardware, rhythm
        self._started_ns = clockwork.now_ns
        self._facts: Callable[[], Mapping[str, Any]] | None = None
        self._agent: Agent | None = None
        self._notices = CountedNotices(wrote, hardware.clock.mono_ns)
        self.process = Process(clockwork, name, told, takes_ns)  # type: ignore[abstract]  # what it has is enough
        self.mount = Mount(hardware.disk)
        ports = self._ports(chance)

        async def main() -> None:
            self._agent = Agent(settings, who, ports, feedback, self._notices)
            await self._agent.run()

        self.process.on_end(self._leave)
        self.process.on_end(ended)
        self.process.start(main)

    def stop(self) -> None:
        """Send SIGTERM; what has not ended in time is killed by the service manager, which `ended` does not hear."""
        agent = self._agent
        if agent is None:
            self.kill()
        else:
            self.process.call_soon(agent.stop)

    def kill(self) -> None:
        """End it here."""
        self.process.kill()
        self._leave(None)

    def facts(self) -> Mapping[str, Any]:
        """Return what it says of itself; empty before it works, and when it is gone."""
        return self._facts() if self._facts is not None and self.process.alive else {}

    def _leave(self, _error: BaseException | None) -> None:
        """Let go of the hardware: whoever comes next finds it free."""
        hardware = self._hardware
        hardware.reader.halt()
        if hardware.receiver is not None:
            hardware.receiver.halt()
        self._rhythm.halt()
        self.mount.end()
        if self.mount in hardware.disk.mounts:
            hardware.disk.mounts.remove(self.mount)

    def _ports(self, chance: Chance) -> Ports:
        hardware = self._hardware
        entropy, jitter = chance.child("entropy"), chance.child("jitter")
        return Ports(
            clock=hardware.clock,
            entropy=entropy.bytes,
            chance=jitter.unit,
            folder=lambda: DataFolder(DATA_DIR, files=self.mount),
            link=self._link,
            reader=hardware.reader.reading,
            receiver=None if hardware.receiver is None else hardware.receiver.receiver,
            machine=Machine("Linux 6.12 aarch64", "a board of the world", self._figures),
            rest=self._rhythm.rest,
            watch=None,
            speak=self._speak,
        )

    def _link(
        self, post: Callable[[LinkPosting], None], state: Callable[[bool], bytes], alive: Callable[[], None]
    ) -> Link:
        hardware = self._hardware
        inside = Inside(hardware.clock.wall_ms, Fleet(DATA_DIR / FLEET, self.mount), self.process.call_soon)
        return hardware.line.link(post, state, alive, inside)

    async def _speak(self, facts: Callable[[], Mapping[str, Any]]) -> None:
        self._facts = facts
        await asyncio.get_running_loop().create_future()

    def _figures(self) -> Vitals:
        disk, now_ns = self._hardware.disk, self._clockwork.now_ns
        return Vitals(
            disk_free=max(0, disk.capacity - disk.used()),
            journal=(disk.size_of(JOURNAL) or 0) + (disk.size_of(LOG) or 0),
            machine_up_s=self._hardware.clock.mono_ns() // 1_000_000_000,
            written=disk.written,
            memory=_MEMORY + (now_ns - self._started_ns) % (1 << 20),
            memory_free=_MEMORY_FREE,
            temperature_dc=_WARM_DC,
        )
