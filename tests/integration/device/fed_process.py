"""The real agent, fed: ``python fed_process.py CONFIG IDENTITY.json PER_S`` records that many events a second.

Each event that is in the journal is told on standard output, as a check is. A line on standard input is an order:
``sos`` records a call for help, ``feed N`` so many events as fast as they go, ``pace N`` events a second from now on.
"""

import asyncio
import json
import sys
from collections.abc import Coroutine
from pathlib import Path

from terminal_process import identity

from zhendao.command.run import run
from zhendao.device import config
from zhendao.device.agent import Agent
from zhendao.device.equipment import equipment
from zhendao.device.errors import JournalError
from zhendao.device.feedback.console import ConsoleFeedback
from zhendao.device.notices import Notices
from zhendao.device.running import until_told
from zhendao.protocol.bodies import Body, Sensor, Sos
from zhendao.protocol.vocabulary import SensorClass


class FedAgent(Agent):
    """An agent with one more part."""

    per_s = 0.0

    def _parts(self) -> tuple[Coroutine[None, None, None], ...]:
        return (*super()._parts(), self._feed(), self._obey())

    async def _feed(self) -> None:
        while True:
            await asyncio.sleep(1 / self.per_s if self.per_s else 0.05)
            if self.per_s:
                await self._take(Sensor("front-door", SensorClass.DOOR_CONTACT, 1, 0), "fed")

    async def _obey(self) -> None:
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        try:
            await self._orders(lines)
        finally:
            pipe.close()

    async def _orders(self, lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            word, *rest = line.decode().split()
            match word:
                case "sos":
                    await self._take(Sos(1, drill=False), "sos")
                case "feed":
                    for _ in range(int(rest[0])):
                        await self._take(Sensor("front-door", SensorClass.DOOR_CONTACT, 1, 0), "fed")
                case "pace":
                    self.per_s = float(rest[0])
            sys.stdout.write(json.dumps({"signal": "done", "moment": f"did-{word}"}) + "\n")
            sys.stdout.flush()
        await asyncio.Event().wait()

    async def _take(self, body: Body, moment: str) -> None:
        try:
            one = await self._keep(body)
        except JournalError:
            return
        told = {"signal": "recorded", "moment": moment, "epoch": one.epoch.hex(), "seq": one.seq}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def main(argv: list[str], _language: str) -> int:
    """Run it until SIGTERM."""
    settings, folder = config.read(Path(argv[0])), Path(argv[1])
    who = identity(folder)
    ports = equipment(settings, who, folder.parent)
    agent = FedAgent(settings, who, ports, ConsoleFeedback("en", as_json=True), Notices("en", ports.clock.mono_ns))
    agent.per_s = float(argv[2])
    asyncio.run(until_told(agent))
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
