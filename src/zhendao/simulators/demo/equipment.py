"""What stands in one home of the demo: reader and receiver (simulated), terminal (real), and its link to the broker."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import PATIENCE_S, Child, Children, Said, call
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.errors import DemoError
from zhendao.simulators.demo.office import Office
from zhendao.simulators.demo.relay import Relay
from zhendao.simulators.demo.script import GUARD_S, Caregiver, Home, Spot

DOOR = "door"
BAUD = 115_200
_READY = Text("就绪", "ready")
_ANSWERS = {"done", "error", "ready"}
"""A reader answers an order with one of these; one that is plugged in again says that it is ready."""

_SETTINGS = """\
[terminal]
data_dir = "data"

[nfc]
driver = "pn532"
port = "{folder}/reader"

[gnss]
port = "{folder}/receiver"
baud = {baud}

[broker]
url = "mqtts://127.0.0.1:{port}"

[session]
double_tap_s = {guard_s}
"""

_CALL_PIN = 5
_BUTTONS = f"""
[buttons]
sos = {_CALL_PIN}
"""
_PRESS_MS = 300
"""As long as a person presses a button."""


def _meant_for_a_person(said: Said) -> bool:
    return "moment" in said and said["moment"] not in {"sent", "accepted"}


@dataclass(frozen=True)
class Papers:
    """What provisioning gave this home: ids in hex."""

    device: str
    door_token: str
    cards: dict[str, str]
    """Token id by caregiver."""


class Equipment:
    """One home's things. The terminal can be stopped, killed and started again; the others stay."""

    def __init__(
        self,
        home: Home,
        folder: Path,
        children: Children,
        relay: Relay,
        receiver_hz: int,
        *,
        button: bool = False,
    ) -> None:
        """Name what there is; ``button``: a call button, on a board whose pins are simulated."""
        self.home = home
        self.folder = folder
        self._button = button
        self.relay = relay
        self.spot = home.spot
        self._children = children
        self._receiver_hz = receiver_hz
        self._terminal: Child | None = None
        self._reader: Child | None = None
        self._receiver: Child | None = None
        self._ordering = asyncio.Lock()
        self.mounting = "cradle"
        self.environment: dict[str, str] = {}
        """What the terminal's process finds in its environment beside ours."""

    @property
    def terminal(self) -> Child:
        """The terminal's process."""
        return _there(self._terminal)

    async def plug_in(self) -> None:
        """Start reader and receiver, and write the terminal's settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = _SETTINGS.format(folder=self.folder, port=self.relay.port, guard_s=GUARD_S, baud=BAUD)
        settings += _BUTTONS if self._button else ""
        (self.folder / "device.toml").write_text(settings, encoding="utf-8")
        key, folder = self.home.key, self.folder
        reader = command("zhendao-sim", "pn532", "--link", folder / "reader", "--state", folder / "tags")
        place = (
            "--lat",
            f"{self.spot.lat_e7 / 1e7:.7f}",
            "--lon",
            f"{self.spot.lon_e7 / 1e7:.7f}",
            "--baud",
            BAUD,
            "--rate",
            self._receiver_hz,
        )
        receiver = command("zhendao-sim", "gnss", "--link", folder / "receiver", *place)
        self._reader = await self._children.start(f"{key}-reader", reader)
        self._receiver = await self._children.start(f"{key}-receiver", receiver)
        for child in (self._reader, self._receiver):
            await child.hear(lambda said: "ready" in said, _READY)

    async def take_papers(self, office: Office, cards: tuple[Caregiver, ...]) -> Papers:
        """Let the engineer write door tag and cards, and enrol the terminal."""
        door = await self._written(office, DOOR, "04" + self.home.key.encode().hex().ljust(12, "0")[:12], "door")
        written = {card.key: await self._written(office, card.key, card.uid, "caregiver") for card in cards}
        return Papers(await self.enrol(office, door), door, written)

    async def enrol(self, office: Office, door: str) -> str:
        """Let the terminal make its key, and the office grant it with its door tag; return its id in hex."""
        request, answer = self.folder / "request", self.folder / "answer"
        config = ("--config", self.folder / "device.toml")
        await call(
            "zhendao-device enrol",
            command("zhendao-device", "enrol", *config, "--request", request, "--keystore", "file"),
        )
        device = await office.approve(request, answer, door, self.mounting)
        await call("zhendao-device enrol", command("zhendao-device", "enrol", *config, "--answer", answer))
        return device

    async def _written(self, office: Office, name: str, uid: str, role: str) -> str:
        await self.tell_reader(f"tag {name} ntag213 uid={uid}")
        await self.tell_reader(f"present {name}")
        token = await office.write_tag(self.folder / "reader", role)
        await self.tell_reader(f"remove {name}")
        return token

    async def start_terminal(self) -> None:
        """Start the terminal; return once it can take a check-in."""
        await self.switch_on()
        await self.terminal.hear(lambda said: said.get("moment") == "ready", _READY)

    async def switch_on(self) -> None:
        """Start the terminal; its reader may be out of order."""
        run = ("run", "--config", self.folder / "device.toml", "--json")
        words = command("zhendao-device", *run)
        if self._button:
            words = command("zhendao-sim", "pins", "--socket", self._board, "zhendao.device.cli", *run)
        self._terminal = await self._children.start(f"{self.home.key}-terminal", words, more=self.environment)

    async def hold(
        self, name: str, meant: Callable[[Said], bool] = _meant_for_a_person, within_s: float = PATIENCE_S
    ) -> Said:
        """Hold a tag to the reader, wait for what the terminal says to it, take it away; return what was said.

        Raises `LateError` where nothing that is ``meant`` was said ``within_s``, `ChildError` where the terminal ended.
        """
        terminal = self.terminal
        mark = terminal.mark()
        await self.tell_reader(f"present {name}")
        try:
            what = Text("终端的回应", "the terminal's answer")
            return await terminal.hear(meant, what, since=mark, within_s=within_s)
        finally:
            await self.tell_reader(f"remove {name}")

    @property
    def _board(self) -> Path:
        return self.folder / "board"

    async def press(self) -> Said:
        """Press the call button as a person does; return what the terminal said once the call was safe."""
        mark = self.terminal.mark()
        board, hand = await asyncio.open_unix_connection(self._board)
        try:
            hand.write(f"press {_CALL_PIN} {_PRESS_MS}\n".encode())
            while b'"done"' not in (line := await board.readline()):
                if not line:
                    raise DemoError(Text("按钮板已断开", "the board of the buttons has gone"))
        finally:
            hand.close()
        what = Text("呼救已记录", "the call is recorded")
        return await self.terminal.hear(lambda said: said.get("moment") == "sos-calling", what, since=mark)

    async def blank_card(self, name: str, uid: str) -> None:
        """Bring a card on which nobody has written anything."""
        await self.tell_reader(f"tag {name} ntag213 uid={uid}")

    async def carry_to(self, spot: Spot) -> None:
        """Take everything elsewhere."""
        self.spot = spot
        await self.tell_receiver(f"move {spot.lat_e7 / 1e7:.7f} {spot.lon_e7 / 1e7:.7f}")

    async def tell_receiver(self, order: str) -> None:
        """Let the receiver carry out ``order``; return once it has."""
        await self._tell(_there(self._receiver), order)

    async def tell_reader(self, order: str) -> None:
        """Let the reader carry out ``order``; return once it has."""
        await self._tell(_there(self._reader), order)

    async def _tell(self, device: Child, order: str) -> None:
        async with self._ordering:
            mark = device.mark()
            await device.order(order)
            said = await device.hear(lambda said: bool(said.keys() & _ANSWERS), Text(order, order), since=mark)
        if "error" in said:
            raise DemoError(Text(f"{device.name}：{said['error']}", f"{device.name}: {said['error']}"))


def _there(child: Child | None) -> Child:
    if child is None:
        raise DemoError(Text("设备未启动", "a process of the home has not been started"))
    return child
