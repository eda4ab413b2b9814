"""The office of the demo: authority, gateway's and broker's folders, terminals' papers, tags; all by the real commands.

Promise: no key is made here and none is read; the passphrase of the authority lives as long as the demo, in memory.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from zhendao.simulators.demo.children import call
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.script import TENANT


@dataclass(frozen=True)
class Office:
    """The authority in ``folder``, and who holds its passphrase."""

    folder: Path
    passphrase: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    async def open(self) -> None:
        """Make the authority."""
        await self._provision("init", self.folder, "--tenant", TENANT)

    async def equip_gateway(self, data_dir: Path) -> None:
        """Give the gateway its keys and certificates."""
        await self._provision("gateway", "install", self.folder, "--data-dir", data_dir)

    async def equip_broker(self, out: Path, port: int) -> None:
        """Write the broker's configuration, access list and certificates."""
        await self._provision("broker", "install", self.folder, "--out", out, "--listen", f"127.0.0.1:{port}")

    async def write_tag(self, port: Path, role: str) -> str:
        """Sign and write the tag that lies on the reader at ``port``; return its token id in hex."""
        said = await self._provision("tag", "write", self.folder, "--port", port, "--role", role, "--json")
        token: str = json.loads(said)["token_id"]
        return token

    async def write_card(self, port: Path, role: str, holder: str, *more: object) -> str:
        """Write the card or tag that lies on the reader at ``port``, whatever its kind; return its token id in hex.

        ``more``: where the keys of cards come from, and the kind of a card that does not say it.
        """
        words = ("card", "write", self.folder, "--port", port, "--role", role, "--holder", holder, *more, "--json")
        token: str = json.loads(await self._provision(*words))["token_id"]
        return token

    async def approve(self, request: Path, answer: Path, door: str, mounting: str = "cradle") -> str:
        """Answer a terminal's request: a home, its door tag, beside it or on the wall; return its id in hex."""
        papers = ("--request", request, "--out", answer)
        where = ("--placement", "home", "--mounting", mounting, "--door", door)
        said = await self._provision("terminal", "approve", self.folder, *papers, *where, "--json")
        device: str = json.loads(said)["device"]
        return device

    async def _provision(self, *words: object) -> str:
        program = "zhendao-provision"
        return await call(f"{program} {words[0]}", command(program, *words), secret=self.passphrase)
