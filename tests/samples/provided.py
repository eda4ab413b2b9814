"""A whole line for measurements, set up by the real commands: authority, papers, broker, settings, journal."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from samples import backlog
from samples.running import wait_until
from zhendao.device.identity.enrolled import load
from zhendao.provisioning.authority import Authority
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.registry import Installed, tables
from zhendao.simulators.demo.script import CAREGIVERS, TENANT, WANG
from zhendao.simulators.loopback import free_port

PASSPHRASE = "bench-bench-bench"
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@dataclass
class Site:
    """Everybody's folders, made by the real commands."""

    folder: Path
    plain: bool
    store: str | None
    port: int = field(default_factory=free_port)
    plain_port: int = field(default_factory=free_port)
    bytes_an_event: int = 0

    def provide(self) -> None:
        """Make the authority, the papers of everybody, the settings, the registry."""
        folder = self.folder
        self.call("zhendao-provision", "init", folder / "authority", "--tenant", TENANT)
        self.call("zhendao-provision", "gateway", "install", folder / "authority", "--data-dir", folder / "data")
        listen = ("--listen", f"127.0.0.1:{self.port}")
        self.call("zhendao-provision", "broker", "install", folder / "authority", "--out", folder / "broker", *listen)
        settings = folder / "broker" / "mosquitto.conf"
        # A second listener for whoever watches, and for everybody where TLS is not wanted.
        words = settings.read_text("utf-8").replace("allow_anonymous false", "allow_anonymous true")
        settings.write_text(f"{words}\nlistener {self.plain_port} 127.0.0.1\n", "utf-8")
        rights = folder / "broker" / "acl"
        rights.write_text("topic readwrite zd/1/#\n" + rights.read_text("utf-8"), "utf-8")
        url = f"mqtt://127.0.0.1:{self.plain_port}" if self.plain else f"mqtts://127.0.0.1:{self.port}"
        (folder / "device.toml").write_text(
            f'[terminal]\ndata_dir = "terminal"\n[nfc]\ndriver = "pn532"\nport = "{folder}/reader"\n'
            f'[broker]\nurl = "{url}"\n',
            "utf-8",
        )
        store = self.store or f"sqlite:///{folder}/gateway.db"
        (folder / "gateway.toml").write_text(
            f'data_dir = "data"\n[store]\nurl = "{store}"\n[broker]\nurl = "{url}"\n[http]\nlisten = "127.0.0.1:0"\n'
            f'[[forward]]\nkind = "https"\nurl = "http://127.0.0.1:{free_port()}/records"\n',
            "utf-8",
        )
        config = ("--config", folder / "device.toml")
        self.call("zhendao-device", "enrol", *config, "--request", folder / "request", "--keystore", "file")
        papers = ("--request", folder / "request", "--out", folder / "answer")
        where = ("--placement", "home", "--mounting", "cradle")
        said = self.call("zhendao-provision", "terminal", "approve", folder / "authority", *papers, *where, "--json")
        self.call("zhendao-device", "enrol", *config, "--answer", folder / "answer")
        self.door = os.urandom(16)
        self.cards = tuple(os.urandom(16) for _ in range(backlog.CARDS))
        self._register(json.loads(said)["device"])

    def _register(self, device: str) -> None:
        folder = self.folder / "registry"
        folder.mkdir()
        staff = {one.key: card.hex() for one, card in zip(CAREGIVERS, self.cards, strict=False)}
        for name, text in tables([Installed(WANG, device, self.door.hex())], CAREGIVERS, staff).items():
            (folder / name).write_text(text, "utf-8")
        self.call("zhendao-gateway", "registry", "load", folder, "--config", self.folder / "gateway.toml")

    def journal(self, events: int, mix: tuple[str, ...]) -> dict[str, int]:
        """Write the terminal's journal; return how many events of each kind."""
        data = self.folder / "terminal"
        who = load(data / "identity")
        issuer = Authority.open(self.folder / "authority", PASSPHRASE).token_issuer()
        spot = WANG.spot
        since_ms = time.time_ns() // 10**6 - (events + 2) * backlog.STEP_NS // 10**6  # up to now, and no further
        cast = backlog.cast(issuer, self.door, self.cards)
        memory_disk = Path("/dev/shm")  # noqa: S108 - only while it is made, because every event is a commit
        with tempfile.TemporaryDirectory(dir=memory_disk if memory_disk.is_dir() else None) as made:
            kinds = backlog.write(
                Path(made) / "j", who, events, backlog.bodies(cast, mix, since_ms, spot.lat_e7, spot.lon_e7), since_ms
            )
            for one in (Path(made) / "j").glob("journal*"):
                shutil.copy2(one, data / one.name)
        with contextlib.closing(sqlite3.connect(data / "journal.db")) as db:
            self.bytes_an_event = db.execute("SELECT avg(length(sealed)) FROM event").fetchone()[0] // 1
        return kinds

    def settled(self) -> int:
        """Return how many events the terminal's journal says to be committed at the gateway."""
        with contextlib.closing(sqlite3.connect(self.folder / "terminal" / "journal.db")) as db:
            query = "SELECT coalesce(sum(last - first + 1), 0) FROM settled WHERE state = 0"
            return int(db.execute(query).fetchone()[0])

    def call(self, program: str, *words: object) -> str:
        """Run a command of the product; return what it printed."""
        environment = {**ENVIRONMENT, "ZHENDAO_PASSPHRASE": PASSPHRASE}
        done = subprocess.run(
            command(program, *words), cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{program} {words[0]}: {done.stderr}")
        return done.stdout

    @contextlib.contextmanager
    def started(self, program: str, config: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run ``program``; kill it at the end."""
        with (self.folder / f"{program}.log").open("wb") as log:
            words = command(program, "run", "--config", self.folder / config)
            process = subprocess.Popen(words, stdout=log, stderr=log, env=ENVIRONMENT)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def said(self, program: str, words: str) -> bool:
        """Tell whether ``program`` has written ``words``."""
        return words in (self.folder / f"{program}.log").read_text("utf-8")

    @contextlib.contextmanager
    def broker(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run the broker; it answers when this returns."""
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "mosquitto"
        process = subprocess.Popen(
            [program, "-c", str(self.folder / "broker" / "mosquitto.conf")], stderr=subprocess.DEVNULL
        )
        try:
            wait_until(lambda: answers(self.plain_port))
            yield process
        finally:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    """Tell whether somebody listens at ``port``."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
