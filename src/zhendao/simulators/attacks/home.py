"""One attacked home: door tag and cards of one grade, written by the real writer, and whoever comes to its terminal."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from zhendao.protocol.wording import Text
from zhendao.simulators.attacks.grades import KITS, Grade, Kit
from zhendao.simulators.attacks.witness import SILENT, Act
from zhendao.simulators.demo.children import Children, Said
from zhendao.simulators.demo.equipment import DOOR, Equipment, Papers
from zhendao.simulators.demo.errors import LateError
from zhendao.simulators.demo.office import Office
from zhendao.simulators.demo.relay import Relay
from zhendao.simulators.demo.script import GUARD_S, Caregiver, Home

CARD, REVOKED = "card", "revoked"
REST_S = 0.8
"""Between two acts with the same card; the terminals' guard against double taps is set to half a second."""
_WITHIN_S = 15.0
_NOTICED_S = 60.0
"""Within so long a terminal says that it is off its wall."""
_OFF_WALL = "off-wall"
_OFF = Text("终端报告离墙", "the terminal says that it is off its wall")


_LATER = {"sent", "accepted", "lone", "ready"}
"""What is said of something else: an earlier check, or a door tag that nobody came with."""


def _of_door(said: Said) -> bool:
    return "moment" in said and said["moment"] not in _LATER


def _of_card(said: Said) -> bool:
    return _of_door(said) and said["moment"] != "door-seen"


def _says_off_wall(said: Said) -> bool:
    return said.get("moment") == _OFF_WALL


class AttackedHome(Equipment):
    """A home of one grade."""

    def __init__(
        self, grade: Grade, home: Home, folder: Path, children: Children, relay: Relay, mounting: str = "cradle"
    ) -> None:
        super().__init__(home, folder, children, relay, receiver_hz=1)
        self.grade, self.mounting = grade, mounting
        self.kit: Kit = KITS[grade]
        self.writing: tuple[object, ...] = ()
        """The words by which the writer gets the keys of cards."""
        self.desk = asyncio.Lock()
        """Where cards are written: one at a time in all homes, for there is one authority."""
        self.papers: Papers
        self.turn = asyncio.Lock()
        """Who is at the door: one after the other."""

    @property
    def shelf(self) -> Path:
        """Where this home's tags are kept, for somebody who carries one away."""
        return self.folder / "tags"

    @property
    def on_wall(self) -> bool:
        """The terminal hangs before its door tag."""
        return self.mounting == "wall"

    async def start_terminal(self) -> None:
        """Start the terminal, on its wall or beside the door."""
        if self.on_wall:
            await self.tell_reader(f"present {DOOR}")
        await super().start_terminal()

    async def off_wall(self, attack: str) -> Act:
        """Take the terminal off its wall, wait for what it says, and hang it there again."""
        mark = self.terminal.mark()
        await self.tell_reader(f"remove {DOOR}")
        try:
            await self.terminal.hear(_says_off_wall, _OFF, since=mark, within_s=_NOTICED_S)
            act = Act(attack, self.grade, _OFF_WALL, bad=True, check=None)
        except LateError:
            act = Act(attack, self.grade, SILENT, bad=False, check=None)
        await self.tell_reader(f"present {DOOR}")
        await asyncio.sleep(REST_S)
        return act

    async def plug_in(self) -> None:
        """Start reader and receiver; two checks may follow one another at once."""
        await super().plug_in()
        settings = self.folder / "device.toml"
        text = settings.read_text("utf-8").replace(f"double_tap_s = {GUARD_S}", "double_tap_s = 0.5\nundo_s = 0")
        settings.write_text(text, "utf-8")

    async def take_papers(self, office: Office, cards: tuple[Caregiver, ...]) -> Papers:
        """Let the engineer write door tag and cards, and enrol the terminal."""
        door = await self._write(office, DOOR, self.kit.door, self._number(0), "door", f"P-{self.home.key}")
        written = {}
        for place, one in enumerate(cards, 1):
            name = one.key.rpartition(".")[2]
            if self.grade is Grade.UID:
                await self.tell_reader(f"tag {name} {self.kit.card} uid={one.uid}")
            else:
                holder = f"C-{one.key}"
                written[one.key] = await self._write(
                    office, name, self.kit.card, self._number(place), "caregiver", holder, self.kit.written_as
                )
        if self.kit.deaf:
            for name in (DOOR, CARD):
                await self.tell_reader(f"odd {name} deaf")
        device = await self.enrol(office, door)
        self.papers = Papers(device, door, written)
        return self.papers

    def _number(self, place: int) -> str:
        """Return the uid of a tag of this home."""
        kind = 0xA0 if self.on_wall else list(Grade).index(self.grade)
        return f"04a77a{kind:02x}0000{place:02x}"

    def uid_of(self, name: str) -> str:
        """Return the uid of a card of this home."""
        place = 1 if name == CARD else 2
        return f"a77acc{place:02x}" if self.grade is Grade.UID else self._number(place)

    async def _write(
        self, office: Office, name: str, kind: str, uid: str, role: str, holder: str, written_as: str = ""
    ) -> str:
        await self.tell_reader(f"tag {name} {kind} uid={uid}")
        await self.tell_reader(f"present {name}")
        more = ("--kind", written_as) if written_as else ()
        async with self.desk:
            token = await office.write_card(self.folder / "reader", role, holder, *self.writing, *more)
        await self.tell_reader(f"remove {name}")
        return token

    async def check(self, attack: str, card: str = CARD, door: str = DOOR) -> Act:
        """Hold a door tag and a card to the reader; return what came of it."""
        async with self.turn:
            if not self.on_wall:
                await self.see_door(door)
            return await self.held(attack, card)

    async def see_door(self, door: str) -> None:
        """Hold a door tag to the reader until it was seen."""
        await self._held(door, _of_door)

    async def held(self, attack: str, card: str) -> Act:
        """Hold a card to the reader; return what came of it."""
        said = await self._held(card, _of_card)
        await asyncio.sleep(REST_S)
        if said is None:
            return Act(attack, self.grade, SILENT, bad=False, check=None)
        where = (self.papers.device, said["epoch"], said["seq"]) if said["moment"].startswith("checked") else None
        return Act(attack, self.grade, said["moment"], said["signal"] == "bad", where)

    async def _held(self, name: str, answers: Callable[[Said], bool]) -> Said | None:
        try:
            return await self.hold(name, answers, within_s=_WITHIN_S)
        except LateError:
            return None
