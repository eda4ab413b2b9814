"""A backlog of 50,000 events drained: from the broker's return until all is committed, acknowledged, and concluded.

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
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the backlog and the reader of the tests

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from samples import backlog
from samples.pn532 import Emulator
from samples.provided import Site
from samples.running import wait_until
from zhendao.command.output import table
from zhendao.protocol import cbor
from zhendao.protocol.down import MacedAck, split_down
from zhendao.protocol.limits import MAX_DOWN_BYTES

LONGEST_S = 600.0


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
        wait_until(lambda: not watch.undrawn(), LONGEST_S)
        concluded = time.monotonic()
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
            "all_concluded_s": round(concluded - back, 2),
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

    def undrawn(self) -> int:
        """Return how many lanes wait to be concluded: a backlog's are when ingest has nothing else to do."""
        return int(self._ask("SELECT count(*) FROM undrawn")[0])

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
