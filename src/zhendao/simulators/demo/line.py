"""The whole line on this machine: broker, gateway, platform and homes, set up by the real commands and then running.

Promise: nothing runs before it is ready to be used, and each part can be killed and started again on its own, with
what it has on its disk. The demo plays on it; the end-to-end tests kill parts of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.broker import broker_serves, broker_words, find_mosquitto
from zhendao.simulators.demo.children import Child, Children, Listener, Said, call
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.equipment import Equipment, Papers
from zhendao.simulators.demo.errors import DemoError
from zhendao.simulators.demo.office import Office
from zhendao.simulators.demo.registry import Installed, tables
from zhendao.simulators.demo.relay import Relay
from zhendao.simulators.demo.script import GUARD_S, CallForHelp, Caregiver, Check, Day
from zhendao.simulators.loopback import free_port

_READY = Text("就绪", "ready")
_SERVES: dict[str, Callable[[Said], bool]] = {
    "broker": broker_serves,
    "gateway": lambda said: str(said.get("text", "")).endswith(": connected"),
    "platform": lambda said: "ready" in said,
}
"""By the name of a service: has it just said that it serves?"""

_SETTINGS = """\
data_dir = "data"

[store]
url = "sqlite:///{folder}/store/gateway.db"

[broker]
url = "mqtts://127.0.0.1:{port}"

[http]
listen = "127.0.0.1:{http}"

[visits]
doubled_within_s = {guard_s}
resumed_within_s = 0

[[forward]]
kind = "https"
url = "{platform}"
"""


class Line:
    """Everything that runs. Use as an async context manager; `set_up` before anything else."""

    guard_s = GUARD_S
    """Two checks of one pair within so many seconds are one to the gateway."""

    def __init__(self, folder: Path, days: Sequence[Day], listener: Listener, receiver_hz: int = 5) -> None:
        self.folder = folder
        self._receiver_hz = receiver_hz
        self.days = tuple(days)
        self.gateway_link: Relay
        """The gateway's link to the broker, there after `set_up`."""
        self.homes: dict[str, Equipment] = {}
        self.papers: dict[str, Papers] = {}
        self.children = Children(folder / "logs", listener)
        self._stack = AsyncExitStack()
        self.http = 0
        """The port of the gateway's HTTP interface."""
        self.office = Office(folder / "authority")
        self._mosquitto = ""
        self._port = 0
        self._platform = "127.0.0.1:0"
        self._running: dict[str, Child] = {}

    async def __aenter__(self) -> Self:
        """Nothing is started yet."""
        self._mosquitto = find_mosquitto()
        self.folder.mkdir(parents=True, exist_ok=True)
        await self._stack.enter_async_context(self.children)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await self._stack.aclose()

    @property
    def platform(self) -> Child:
        """The platform's process."""
        return self._of("platform")

    @property
    def gateway(self) -> Child:
        """The gateway's process."""
        return self._of("gateway")

    @property
    def broker(self) -> Child:
        """The broker's process."""
        return self._of("broker")

    async def stop_all(self) -> None:
        """Stop every process in the order of the line, so that each can hand on what it has."""
        for home in self.homes.values():
            await home.terminal.stop()
        for name in ("gateway", "platform", "broker"):
            await self._of(name).stop()

    def _of(self, name: str) -> Child:
        if name not in self._running:
            raise DemoError(Text(f"{name} 未启动", f"{name} has not been started"))
        return self._running[name]

    async def set_up(self) -> None:
        """Make keys and papers, register everybody, start everything."""
        await self.office.open()
        self._port = free_port()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.office.equip_broker(self.folder / "broker", self._port))
            group.create_task(self.office.equip_gateway(self.folder / "data"))
            platform = group.create_task(self._start_platform())
        await self.start("broker")
        self.gateway_link = await self._stack.enter_async_context(Relay(self._port))
        url, port = f"http://{platform.result()}/records", self.gateway_link.port
        self.store.mkdir(exist_ok=True)
        self.http = free_port()
        settings = _SETTINGS.format(folder=self.folder, port=port, platform=url, guard_s=self.guard_s, http=self.http)
        self.settings.write_text(settings + self.more_settings(), encoding="utf-8")
        await self.before_homes()
        async with asyncio.TaskGroup() as group:
            for day in self.days:
                group.create_task(self._install(day))
        await self._register()
        await self.after_registry()
        await self.start("gateway")
        async with asyncio.TaskGroup() as group:
            for home in self.homes.values():
                group.create_task(home.start_terminal())

    async def kill_and_start(self, name: str) -> None:
        """End ``broker``, ``gateway``, ``platform`` or a home's terminal as a power cut would, and start it again."""
        if name in self.homes:
            await self.homes[name].terminal.kill()
            await self.homes[name].start_terminal()
            return
        await self._of(name).kill()
        await self.start(name)

    async def start(self, name: str) -> None:
        """Start ``broker``, ``gateway`` or ``platform``; return once it serves."""
        await (await self.launch(name)).hear(_SERVES[name], _READY)

    async def launch(self, name: str) -> Child:
        """Start ``broker``, ``gateway`` or ``platform``, whether or not it can serve yet."""
        child = await self.children.start(name, self._words(name), merge=name != "platform")
        self._running[name] = child
        return child

    def _words(self, name: str) -> Sequence[str]:
        if name == "broker":
            return broker_words(self.folder / "broker", self._mosquitto)
        if name == "gateway":
            return command("zhendao-gateway", "run", "--config", self.settings)
        return command("zhendao-sim", "platform", "--listen", self._platform, "--state", self.taken, "--tell")

    @property
    def settings(self) -> Path:
        """The gateway's settings."""
        return self.folder / "gateway.toml"

    @property
    def store(self) -> Path:
        """The folder of the gateway's store."""
        return self.folder / "store"

    @property
    def taken(self) -> Path:
        """The file in which the platform keeps what it has taken."""
        return self.folder / "platform.jsonl"

    async def _start_platform(self) -> str:
        """Start the platform where the system finds a place for it; return its address."""
        said = await (await self.launch("platform")).hear(_SERVES["platform"], _READY)
        self._platform = str(said["url"]).removeprefix("http://")
        return self._platform

    def more_settings(self) -> str:
        """Return what stands in the gateway's settings besides."""
        return ""

    async def before_homes(self) -> None:
        """Do what must be done before the first tag is written."""

    async def after_registry(self) -> None:
        """Do what must be done between registry and gateway."""

    async def _install(self, day: Day) -> None:
        await self.install(day, await self._stack.enter_async_context(Relay(self._port)))

    async def install(self, day: Day, relay: Relay) -> None:
        """Bring in a home's things and give it its papers."""
        folder, button = self.folder / "homes" / day.home.key, any(isinstance(one, CallForHelp) for one in day.steps)
        home = Equipment(day.home, folder, self.children, relay, self._receiver_hz, button=button)
        await home.plug_in()
        self.papers[day.home.key] = await home.take_papers(self.office, _cards(day))
        self.homes[day.home.key] = home

    async def _register(self) -> None:
        folder = self.folder / "registry"
        folder.mkdir()
        for name, text in self.registered().items():
            (folder / name).write_text(text, encoding="utf-8")
        words = ("registry", "load", folder, "--config", self.settings)
        await call("zhendao-gateway registry", command("zhendao-gateway", *words))

    def registered(self) -> dict[str, str]:
        """Return the registry's tables by their file names."""
        installed = [
            Installed(day.home, self.papers[day.home.key].device, self.papers[day.home.key].door_token)
            for day in self.days
        ]
        cards = {key: token for papers in self.papers.values() for key, token in papers.cards.items()}
        caregivers = {one.key: one for day in self.days for one in _cards(day)}.values()
        return tables(installed, caregivers, cards)


def _cards(day: Day) -> tuple[Caregiver, ...]:
    return tuple({step.caregiver.key: step.caregiver for step in day.steps if isinstance(step, Check)}.values())
