"""A card put back, a card cloned, a journal destroyed: the real terminal, broker and gateway find it out together.

promise: a gap is seen. And no honest event of the terminal that goes on is taken for one that was there before.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from samples.home import Terminal, ended
from samples.running import Broker, Gateway, running, wait_until
from samples.site import TENANT, Authority
from zhendao.device.errors import JournalDamagedError
from zhendao.device.journal.beside import read_beside
from zhendao.protocol.intl import INTL
from zhendao.simulators.loopback import free_port

PATIENCE_S = 180
Rows = set[tuple[bytes, int, bytes]]


class Card:
    """A terminal's memory card; a reader there is none, so that it has something to report at each start."""

    def __init__(self, folder: Path, broker_port: int, made: dict[str, str]) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "identity.json").write_text(json.dumps(made))
        (folder / "device.toml").write_text(
            f'[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "{folder}/none"\n'
            f'[broker]\nurl = "mqtt://127.0.0.1:{broker_port}"\n[uplink]\nanswer_s = 1\n'
        )

    @property
    def journal(self) -> Path:
        return self.folder / "data" / "journal.db"

    def start(self) -> Terminal:
        return Terminal(self.folder / "device.toml", self.folder / "identity.json")

    def copy_to(self, folder: Path) -> "Card":
        shutil.copytree(self.folder, folder)
        other = object.__new__(Card)
        other.folder = folder
        file = folder / "device.toml"
        file.write_text(file.read_text().replace(str(self.folder), str(folder)))
        return other

    def rows(self) -> Rows:
        query = "SELECT epoch.epoch, id % 1099511627776, head FROM event JOIN epoch ON number = id / 1099511627776"
        with suppress(JournalDamagedError):  # it is being made
            if self.journal.exists():
                return set(read_beside(self.journal, lambda db: db.execute(query).fetchall()))
        return set()

    def live(self, gateway: Gateway | None, at_least: int = 1) -> Rows:
        """Run until the gateway holds all that the journal holds, or until it holds ``at_least``; return all."""
        before = len(self.rows())
        terminal = self.start()
        with ended(terminal.process):
            try:
                wait_until(lambda: len(self.rows()) >= before + at_least, PATIENCE_S)
                if gateway is not None:
                    wait_until(lambda: self.rows() <= held(gateway), PATIENCE_S)
            except AssertionError as error:
                error.add_note(self.trouble(terminal, gateway))
                raise
            assert terminal.stop()[0] == 0
        if gateway is not None:
            wait_until(lambda: self.rows() <= held(gateway), PATIENCE_S)
        return self.rows()

    def trouble(self, terminal: Terminal, gateway: Gateway | None) -> str:
        """Return what all sides say of a wait that was in vain."""
        mine, said = self.rows(), terminal.stop()[2]
        if gateway is None:
            return f"{len(mine)} events; the terminal: {said}"
        lacking = sorted((epoch.hex()[:8], seq) for epoch, seq, _ in mine - held(gateway))
        log = (gateway.folder / "gateway.log").read_text("utf-8")
        return f"not held: {lacking}; findings: {named(gateway)}\nthe terminal: {said}\nthe gateway: {log[-4000:]}"


def held(gateway: Gateway) -> Rows:
    with closing(sqlite3.connect(gateway.database)) as db:
        return set(db.execute("SELECT epoch, seq, h FROM events"))


def named(gateway: Gateway) -> dict[str, str]:
    with closing(sqlite3.connect(gateway.database)) as db:
        return dict(db.execute("SELECT kind, en FROM findings"))


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[Broker, Gateway, Card]]:
    authority = Authority(INTL)
    terminal = authority.terminal()
    assert terminal.certificate is not None
    with running(tmp_path, authority) as (broker, gateway, _):
        made = {
            "suite": INTL.name,
            "tenant": TENANT,
            "placement": "HOME",
            "mounting": "CRADLE",
            "device": terminal.device.hex(),
            "key": terminal.key.pkcs8().hex(),
            "certificate": terminal.certificate.der.hex(),
            "recipient": authority.wrap.spki.hex(),
            "issuer": INTL.new_signing_key().spki.hex(),
            "gateway": gateway.key.spki.hex(),
        }
        yield broker, gateway, Card(tmp_path / "card", broker.port, made)


def test_a_card_put_back_is_found_out_and_what_happens_then_counts(
    line: tuple[Broker, Gateway, Card], tmp_path: Path
) -> None:
    _, gateway, card = line
    card.live(gateway)
    image = card.copy_to(tmp_path / "image")
    lost = card.live(gateway)
    after = image.live(gateway)
    assert after - lost, "it recorded"
    assert held(gateway) >= after | lost, "both histories are kept, and nothing is taken for a copy"
    wait_until(lambda: {"fork", "rollback"} & set(named(gateway)))
    again = image.live(gateway)
    assert held(gateway) >= again
    assert len({epoch for epoch, _, _ in again}) == 2, "it goes on in an epoch of its own, and stays there"


@pytest.mark.long
def test_two_terminals_with_the_same_card_are_both_kept_and_told_apart(
    line: tuple[Broker, Gateway, Card], tmp_path: Path
) -> None:
    _, gateway, card = line
    card.live(gateway)
    clone = card.copy_to(tmp_path / "clone")
    terminals = [one.start() for one in (card, clone)]
    with ended(terminals[0].process), ended(terminals[1].process):
        for one in (card, clone):
            wait_until(lambda one=one: len(one.rows()) >= 3, PATIENCE_S)
        for one in (card, clone):  # they take the link from each other, and each has its turns
            wait_until(lambda one=one: one.rows() <= held(gateway), PATIENCE_S)
        assert [one.stop()[0] for one in terminals] == [0, 0]
    assert card.rows() != clone.rows()
    wait_until(lambda: "fork" in named(gateway))


@pytest.mark.parametrize("copy_too", [False, True], ids=["database", "database and copy of the head"])
def test_a_journal_destroyed_to_lose_what_was_not_sent_is_a_finding(
    line: tuple[Broker, Gateway, Card], *, copy_too: bool
) -> None:
    _, gateway, card = line
    card.live(gateway)
    file = card.folder / "device.toml"
    there = file.read_text()
    file.write_text(there.replace(str(gateway.broker_port), str(free_port())))
    unsent = card.live(None) - held(gateway)
    assert unsent
    for one in (card.folder / "data").glob("journal.*" if copy_too else "journal.db*"):
        one.unlink()
    file.write_text(there)
    after = card.live(gateway)
    assert held(gateway) >= after
    assert not unsent & held(gateway)
    wait_until(lambda: "new_epoch" in named(gateway) and "cut_tail" in named(gateway))
    end = max(seq for _, seq, _ in unsent)
    said = named(gateway)["cut_tail"]
    assert ("how much is not known" in said) if copy_too else (f"reached event {end} at least" in said)
