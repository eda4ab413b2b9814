"""The line that is attacked: broker, gateway, platform and one home of each grade, all by the real commands.

Cards are written as an engineer writes them: the running gateway gives their keys to whoever has an engineer's token.
"""

import asyncio
import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from zhendao.protocol.vocabulary import Datum
from zhendao.simulators.attacks.acts import LEARNING
from zhendao.simulators.attacks.grades import KITS, Grade
from zhendao.simulators.attacks.home import CARD, REVOKED, AttackedHome
from zhendao.simulators.demo.children import Listener, call
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.line import Line
from zhendao.simulators.demo.registry import Installed, tables
from zhendao.simulators.demo.relay import Relay
from zhendao.simulators.demo.script import Caregiver, Day, Home, Spot

_SPOT = Spot(31_1983000, 121_4524000)
_WALL = "wall"
_TOKENS = f"""
[tokens]
slow_after = {LEARNING}
"""


class Scene(Line):
    """Everything that is attacked. `set_up` first."""

    guard_s = 0

    def __init__(self, folder: Path, grades: Iterable[Grade], listener: Listener, *, wall: bool) -> None:
        keys = [grade.value for grade in grades] + [_WALL] * wall
        days = [Day(Home(key, f"老人{key}", "上海市徐汇区", _SPOT, Datum.WGS84)) for key in keys]
        super().__init__(folder, days, listener, receiver_hz=1)
        self.attacked: dict[Grade, AttackedHome] = {}
        self.wall: AttackedHome | None = None
        """A home whose terminal hangs before its door tag; there if it was asked for."""
        self._writing: tuple[object, ...] = ()
        self._desk = asyncio.Lock()

    def more_settings(self) -> str:
        """Learn a terminal's times from few readings."""
        return _TOKENS

    async def before_homes(self) -> None:
        """Make card keys, and a token for the engineer; start the gateway that gives them."""
        config = ("--config", self.settings)
        await call("zhendao-gateway cards", command("zhendao-gateway", "cards", "master", "new", *config))
        words = ("token", "new", "--role", "engineer", "--label", "attacks", *config, "--json")
        said = json.loads(await call("zhendao-gateway token", command("zhendao-gateway", *words)))
        token = self.folder / "engineer.token"
        token.touch(mode=0o600)
        token.write_text(said["token"] + "\n", "utf-8")
        self._writing = ("--gateway", f"http://127.0.0.1:{self.http}", "--gateway-token", token)
        await self.start("gateway")

    async def install(self, day: Day, relay: Relay) -> None:
        """Write a home's door tag and cards, and enrol its terminal."""
        wall = day.home.key == _WALL
        grade, mounting = (Grade.FRESH, "wall") if wall else (Grade(day.home.key), "cradle")
        folder = self.folder / "homes" / day.home.key
        home = AttackedHome(grade, day.home, folder, self.children, relay, mounting)
        home.writing, home.desk = self._writing, self._desk
        await home.plug_in()
        self.papers[day.home.key] = await home.take_papers(self.office, self._cards(home))
        self.homes[day.home.key] = home
        if wall:
            self.wall = home
        else:
            self.attacked[grade] = home

    @property
    def _everywhere(self) -> list[AttackedHome]:
        return [*self.attacked.values(), *([] if self.wall is None else [self.wall])]

    def _cards(self, home: AttackedHome) -> tuple[Caregiver, ...]:
        return tuple(
            Caregiver(f"{home.home.key}.{name}", KITS[home.grade].title.zh + name, home.uid_of(name))
            for name in (CARD, REVOKED)
        )

    def registered(self) -> dict[str, str]:
        """Return the registry's tables: cards without a token by their uid."""
        homes = self._everywhere
        people = [one for home in homes for one in self._cards(home)]
        installed = [Installed(h.home, h.papers.device, h.papers.door_token) for h in homes]
        cards = {one.key: home.papers.cards.get(one.key, "") for home in homes for one in self._cards(home)}
        found = tables(installed, people, cards)
        found["标签.csv"] = _with_uids(found["标签.csv"], {f"C-{one.key}": one.uid for one in people})
        return found

    async def after_registry(self) -> None:
        """Let the gateway know who is who from its start."""
        await self.gateway.stop()

    async def block(self) -> None:
        """Let the office revoke one card of each home."""
        for home in self._everywhere:
            token = home.papers.cards.get(f"{home.home.key}.{REVOKED}")
            which = ("--token", token) if token else ("--uid", home.uid_of(REVOKED))
            words = ("blocklist", "add", *which, "--reason", "revoked", "--config", self.settings)
            await call("zhendao-gateway blocklist", command("zhendao-gateway", *words))


def _with_uids(text: str, uids: dict[str, str]) -> str:
    """Return the table of tokens with the uids of those rows that have no token id."""
    rows = list(csv.reader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["芯片号", *rows[0]])
    for row in rows[1:]:
        writer.writerow([uids[row[2]] if not row[0] else "", *row])
    return out.getvalue()
