"""A backlog of 50,000 events drained: from the broker's return until every event is committed and acknowledged.

    python bench/drain.py [--events N] [--plain] [--away SECONDS] [--json]

The real agent (its journal written by the real recorder, `samples.backlog`), the real Mosquitto as provisioning sets it
up (TLS 1.3 with client certificates; ``--plain``: without TLS), the real gateway with rules, registry and outbox, its
platform away. Everything shares this machine. Exit code 1 where fewer than ``--least`` events a second, a start later
than ``--start`` seconds, or an agent beyond ``--rss`` MB was measured; they are not checked unless given.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the backlog and the reader of the tests

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from samples import backlog
from samples.pn532 import Emulator
from samples.running import free_port, wait_until
from zhendao.command.output import table
from zhendao.device.identity.enrolled import load
from zhendao.protocol import cbor
from zhendao.protocol.down import MacedAck, split_down
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.protocol.suite import SM
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.registry import Installed, tables
from zhendao.simulators.demo.script import CAREGIVERS, TENANT, WANG

LONGEST_S = 600.0
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def main() -> int:
    """Set up, drain, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--mix", choices=sorted(backlog.MIXES), default="busy", help="what happened meanwhile")
    parser.add_argument("--plain", action="store_true", help="without TLS")
    parser.add_argument("--away", type=float, default=8.0, help="seconds that the broker is away")
    parser.add_argument("--store", help="SQLAlchemy URL of the gateway's store, SQLite where nothing is said")
    parser.add_argument("--least", type=float, help="events a second that must be reached")
    parser.add_argument("--start", type=float, help="seconds in which the first events must be committed")
    parser.add_argument("--rss", type=float, help="MB that the agent may have resident")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), chosen)
    if chosen.json:
        print(json.dumps(found))
    else:
        table(["figure", "value"], list(found.items()))
    missed = (
        (chosen.least is not None and found["events_per_second"] < chosen.least)
        or (chosen.start is not None and found["first_committed_s"] > chosen.start)
        or (chosen.rss is not None and found["agent_peak_mb"] > chosen.rss)
    )
    return 1 if missed else 0


def measure(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one drain in ``folder``."""
    with contextlib.ExitStack() as stack:
        emulator = stack.enter_context(Emulator(folder / "reader", "--state", str(folder / "tags")))
        emulator.tags()
        site = Site(folder, plain=chosen.plain, store=chosen.store)
        site.provide()
        made = site.journal(chosen.events, backlog.MIXES[chosen.mix])
        gateway = stack.enter_context(site.started("zhendao-gateway", "gateway.toml"))
        with site.broker() as broker:  # so that it knows whose messages it has to keep
            wait_until(lambda: site.said("zhendao-gateway", ": connected"))
            broker.terminate()
            broker.wait()
        agent = stack.enter_context(site.started("zhendao-device", "device.toml"))
        time.sleep(chosen.away)
        rested = memory(agent.pid, "VmRSS")
        before = {"agent": ticks(agent.pid), "gateway": ticks(gateway.pid)}
        waited = {"agent": queued(agent.pid), "gateway": queued(gateway.pid)}
        broker = stack.enter_context(site.broker())
        back = time.monotonic()
        watch = stack.enter_context(Watch(site))
        wanted = chosen.events + 1  # and the boot event of this start
        wait_until(lambda: watch.committed() > 0, LONGEST_S)
        first = time.monotonic()
        wait_until(lambda: watch.committed() >= wanted, LONGEST_S)
        committed = time.monotonic()
        wait_until(lambda: watch.held >= wanted, LONGEST_S)
        took = watch.held_at - watch.online_at
        used = {"agent": ticks(agent.pid), "gateway": ticks(gateway.pid)}
        behind = {"agent": queued(agent.pid), "gateway": queued(gateway.pid)}
        found = {
            "tls": not chosen.plain,
            "mix": dict(made),
            "bytes_an_event": site.bytes_an_event,
            "online_s": round(watch.online_at - back, 2),
            "first_committed_s": round(first - back, 2),
            "all_committed_s": round(committed - back, 2),
            "all_acknowledged_s": round(watch.held_at - back, 2),
            "events_per_second": round(wanted / took),
            **{f"{name}_cpu_s": round(used[name] - before[name], 2) for name in used},
            **{f"{name}_queued_s": round(behind[name] - waited[name], 2) for name in behind},
            "broker_cpu_s": round(ticks(broker.pid), 2),
            "agent_rss_before_mb": rested,
            "agent_rss_mb": memory(agent.pid, "VmRSS"),
            "agent_peak_mb": memory(agent.pid, "VmHWM"),
            "gateway_rss_mb": memory(gateway.pid, "VmRSS"),
            "gateway_peak_mb": memory(gateway.pid, "VmHWM"),
            "conclusions": watch.conclusions(),
        }
        for one in (agent, gateway):
            one.send_signal(signal.SIGTERM)
            one.wait(10)
        found["settled_at_terminal"] = site.settled()
    return found


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
        issuer = SM.new_signing_key()
        spot = WANG.spot
        cast = backlog.cast(issuer, self.door, self.cards)
        memory_disk = Path("/dev/shm")  # noqa: S108 - only while it is made, because every event is a commit
        with tempfile.TemporaryDirectory(dir=memory_disk if memory_disk.is_dir() else None) as made:
            kinds = backlog.write(Path(made) / "j", who, events, backlog.bodies(cast, mix, spot.lat_e7, spot.lon_e7))
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
        environment = {**ENVIRONMENT, "ZHENDAO_PASSPHRASE": "bench-bench-bench"}
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


class Watch:
    """Reads the gateway's store, and hears from the broker what the terminal hears."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.online_at = self.held_at = 0.0
        self.held = 0

    def __enter__(self) -> Self:
        """Connect."""
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="watch")
        self._client.on_connect = lambda client, *_: client.subscribe("zd/1/#", 0)
        self._client.message_callback_add("zd/1/+/+/+/state", lambda *_: self._online())
        self._client.message_callback_add("zd/1/+/+/+/down", lambda _c, _d, one: self._hear(one.payload))
        self._client.connect("127.0.0.1", self._site.plain_port)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _online(self) -> None:
        self.online_at = self.online_at or time.monotonic()

    def _hear(self, payload: bytes) -> None:
        found = split_down(payload)
        if isinstance(found, MacedAck):
            self.held, self.held_at = max(self.held, claimed(found)), time.monotonic()

    def committed(self) -> int:
        """Return how many events the gateway's store holds."""
        return int(self._ask("SELECT coalesce(max(id), 0) FROM events")[0])

    def conclusions(self) -> dict[str, int]:
        """Return how many visits and owed records there are."""
        visits, owed = self._ask("SELECT (SELECT count(*) FROM visits), (SELECT count(*) FROM outbox)")
        return {"visits": visits, "outbox": owed}

    def _ask(self, query: str) -> Any:
        if self._site.store is not None:
            import sqlalchemy as sa  # noqa: PLC0415 - only for another store than the usual one

            engine = sa.create_engine(self._site.store)
            with engine.connect() as connection:
                row = connection.execute(sa.text(query)).one()
            engine.dispose()
            return row
        with contextlib.closing(sqlite3.connect(f"file:{self._site.folder}/gateway.db?mode=ro", uri=True)) as db:
            return db.execute(query).fetchone()


def claimed(found: MacedAck) -> int:
    """Return up to where an acknowledgement says that everything is held; its MAC is the terminal's to check."""
    return int(cbor.decode(found.payload, MAX_DOWN_BYTES)[7][0])


def ticks(pid: int) -> float:
    """Return the processor time used so far, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def queued(pid: int) -> float:
    """Return how long its threads were ready while every core was busy with something else, seconds."""
    waits = (task.read_text("ascii").split()[1] for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(one) for one in waits) / 1e9


def memory(pid: int, name: str) -> float:
    """Return a line of /proc/PID/status, MB."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return round(int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024, 1)


if __name__ == "__main__":
    sys.exit(main())
