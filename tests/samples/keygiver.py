"""A gateway's interface that gives keys of cards, with a token of an engineer in a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from samples.site import NOW_MS, Authority, Site
from zhendao.command.kinds import Address
from zhendao.gateway.api import tokens
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.server import HttpServer
from zhendao.gateway.tokens.giving import Giver
from zhendao.gateway.tokens.masters import Custody
from zhendao.protocol.cards.diversify import CardKeys, card_keys
from zhendao.protocol.vocabulary import Technology


@dataclass
class KeyGiver:
    """Where it is, and what a laptop needs to be given keys."""

    url: str
    token: Path
    custody: Custody
    server: HttpServer

    @property
    def options(self) -> list[str]:
        """The options of `card …`."""
        return ["--gateway", self.url, "--gateway-token", str(self.token)]

    def keys(self, uid: bytes, technology: Technology) -> CardKeys:
        """The keys that it gives for a card."""
        return card_keys(self.custody.load()[-1].keys, technology, uid)


@contextmanager
def key_giver(folder: Path) -> Iterator[KeyGiver]:
    """Give one that runs in this process, with masters of its own."""
    folder.mkdir()
    site = Site(folder, Authority())
    custody = Custody(folder, site.key, {})
    custody.add(NOW_MS)
    app = make_app(Backing(site.store, site.key, Meters(), lambda: True, giver=Giver(site.key, custody.load, 1000)))
    server = HttpServer(app, Address("127.0.0.1", 0))
    server.start()
    with site.store.writing() as connection:
        token = tokens.new_token(connection, "engineer", "laptop", NOW_MS)
    path = folder / "engineer.token"
    path.write_text(token + "\n")
    try:
        yield KeyGiver(f"http://127.0.0.1:{server.port}", path, custody, server)
    finally:
        server.stop()
        site.store.close()
