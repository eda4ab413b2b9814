"""From the press of the call button to "a person has your call", heard by the elder; and what a broker's absence costs.

    python bench/calls.py [press] [--calls N] [--most MS] [--json]
    python bench/calls.py [away] [--seconds S] [--rounds N] [--events N] [--late S] [--json]

The real terminal with mock pins that are pressed over a socket, Mosquitto as provisioning sets it up (TLS 1.3), the
real gateway with SQLite, a seat that watches the stream of alerts and takes each at once. `press`: from the contact to
the moment at which the terminal tells the elder, by the terminal's own clock. `away`: the broker is away while the
button is pressed, with a backlog in the terminal; from the broker's return to the seat. Everything shares this machine.
Exit code 1 where the 99th percentile is above ``--most`` ms, or the slowest round above ``--late`` s. Without a word
both are measured.
"""

import argparse
import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the line of the tests is measured here

import httpx

from samples import backlog
from samples.pn532 import Emulator
from samples.provided import ENVIRONMENT, Site
from samples.running import wait_until
from zhendao.command.output import table
from zhendao.simulators.demo.commands import command
from zhendao.simulators.loopback import free_port
from zhendao.simulators.pins.hand import Hand

SOS_PIN, HELD_MS = 5, 150
BETWEEN_S = 0.6
"""So long the button is let go of between two presses, which are one otherwise."""
LONGEST_S = 120.0
_ALERT = "data: {"


def now_ns() -> int:
    """Return CLOCK_BOOTTIME, the clock of the terminal's."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def pause(seconds: float) -> None:
    """Let time go by."""
    threading.Event().wait(seconds)


class Told:
    """What the terminal tells people: its lines, with the times that it gives them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.lines: list[tuple[str, int]] = []
        self._news = threading.Condition()
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                with self._news:
                    self.lines.append((said["moment"], now_ns()))
                    self._news.notify_all()

    def wait(self, moment: str, since: int, seconds: float = LONGEST_S) -> int:
        """Return when ``moment`` was told, after the first ``since`` lines."""
        with self._news:
            if not self._news.wait_for(lambda: self.find(moment, since) is not None, seconds):
                raise TimeoutError(f"{moment}: {self.lines[since:]}")
        found = self.find(moment, since)
        assert found is not None
        return found

    def find(self, moment: str, since: int) -> int | None:
        """Return when ``moment`` was told, None if it was not."""
        return next((at for one, at in self.lines[since:] if one == moment), None)


class Seat:
    """A seat that is never asleep: it takes each alert as soon as it sees it."""

    def __init__(self, port: int, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}/api/v1/alerts",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )
        self.seen: dict[int, int] = {}
        self.taken: dict[int, int] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        with contextlib.suppress(httpx.HTTPError), self._client.stream("GET", "/stream?seat=bench") as stream:
            for line in stream.iter_lines():
                if line.startswith(_ALERT) and (alert := json.loads(line[6:])):
                    self._see(alert)

    def _see(self, alert: dict[str, Any]) -> None:
        number = alert["id"]
        if number in self.seen or alert["kind"] != "sos":
            return
        self.seen[number] = now_ns()
        self._client.post(f"/{number}/ack", json={"by": "bench"}).raise_for_status()
        self.taken[number] = now_ns()

    def end(self, number: int) -> None:
        """End an alert, so that the next press is another one."""
        self._client.post(f"/{number}/resolve", json={"by": "bench"}).raise_for_status()


class Scene:
    """Everything that runs."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack, events: int = 0) -> None:
        emulator = stack.enter_context(Emulator(folder / "reader", "--state", str(folder / "tags")))
        emulator.tags()
        self.site = Site(folder, plain=False, store=None)
        self.site.provide()
        if events:
            self.site.journal(events, backlog.MIXES["busy"])
        port = free_port()
        settings = folder / "gateway.toml"
        settings.write_text(settings.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}"), "utf-8")
        device = folder / "device.toml"
        device.write_text(f"{device.read_text('utf-8')}[buttons]\nsos = {SOS_PIN}\nrepeat_s = 0\n", "utf-8")
        seats = folder / "duty"
        seats.mkdir()
        (seats / "seats.csv").write_text("seat,rank,name,phone,valid_from\nbench,1,Bench,10000,2020-01-01\n", "utf-8")
        self.site.call("zhendao-gateway", "registry", "load", seats, "--config", settings)
        made = self.site.call(
            "zhendao-gateway", "token", "new", "--role", "duty", "--label", "bench", "--json", "--config", settings
        )
        self.token = json.loads(made)["token"]
        self.port, self.folder, self.stack = port, folder, stack
        self.gateway = stack.enter_context(self.site.started("zhendao-gateway", "gateway.toml"))

    def terminal(self) -> tuple[Hand, Told]:
        """Start the terminal; return the hand at its buttons and what it tells."""
        words = ("run", "--json", "--config", self.folder / "device.toml")
        log = self.stack.enter_context((self.folder / "device.log").open("w"))
        process = subprocess.Popen(
            command("zhendao-sim", "pins", "--socket", self.folder / "pins", "zhendao.device.cli", *words),
            stdout=subprocess.PIPE,
            stderr=log,
            env=ENVIRONMENT,
            text=True,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return self.stack.enter_context(Hand(self.folder / "pins")), Told(process)

    def begin(self, hand: Hand, told: Told, seat: Seat) -> None:
        """Wait until the terminal hears its buttons and the seat its alerts: one call, made and ended."""
        while told.find("sos-calling", 0) is None:
            hand.do(f"press {SOS_PIN} {HELD_MS}")
            with contextlib.suppress(TimeoutError):
                told.wait("sos-calling", 0, 2.0)
        told.wait("sos-received", 0)
        seat.end(1)
        told.wait("sos-resolved", 0)
        pause(BETWEEN_S)

    def seat(self) -> Seat:
        """Return a seat that watches."""
        wait_until(lambda: self.site.said("zhendao-gateway", "http at port"))
        return Seat(self.port, self.token)

    def stored(self) -> list[tuple[int, int]]:
        """Return kind and seq of every event at the gateway, in the order in which they came."""
        with contextlib.closing(sqlite3.connect(self.folder / "gateway.db")) as db:
            return db.execute("select kind, seq from events order by id").fetchall()


def press(folder: Path, calls: int) -> dict[str, Any]:
    """Return the times of ``calls`` calls, each made, taken, heard and ended before the next one."""
    steps: dict[str, list[float]] = {name: [] for name in ("told_calling", "arrived", "seen", "heard")}
    with contextlib.ExitStack() as stack:
        scene = Scene(folder, stack)
        stack.enter_context(scene.site.broker())
        hand, told = scene.terminal()
        seat = scene.seat()
        scene.begin(hand, told, seat)
        for number in range(2, calls + 2):
            since = len(told.lines)
            begun = int(hand.do(f"press {SOS_PIN} {HELD_MS}")["begun_ns"])
            heard = told.wait("sos-received", since)
            times = (told.wait("sos-calling", since), told.wait("sos-arrived", since), seat.seen[number], heard)
            for name, at in zip(steps, times, strict=True):
                steps[name].append((at - begun) / 1e6)
            seat.end(number)
            told.wait("sos-resolved", since)
            pause(BETWEEN_S)
        heard_events = [one for one in scene.stored() if one[0] == 17]
    return {
        "calls": calls,
        **{f"{name}_{which}_ms": figure for name, found in steps.items() for which, figure in figures(found).items()},
        "heard_events": len(heard_events),
    }


def away(folder: Path, seconds: float, rounds: int, events: int) -> dict[str, Any]:
    """Return how long after the broker's return each call was at the gateway, and what went before it."""
    delivered, ahead, offline = [], [], []
    with contextlib.ExitStack() as stack:
        scene = Scene(folder, stack, events)
        hand, told = scene.terminal()
        seat = scene.seat()
        with scene.site.broker():
            scene.begin(hand, told, seat)
        for number in range(2, rounds + 2):
            since = len(told.lines)
            begun = int(hand.do(f"press {SOS_PIN} {HELD_MS}")["begun_ns"])
            offline.append((told.wait("sos-offline", since) - begun) / 1e9)
            pause(max(0.0, seconds - (now_ns() - begun) / 1e9))
            before = len(scene.stored())
            with returned(scene) as back:
                wait_until(lambda number=number: number in seat.seen, LONGEST_S)
                delivered.append((seat.seen[number] - back) / 1e9)
                told.wait("sos-received", since)
                came = [kind for kind, _ in scene.stored()[before:]]
                ahead.append(came.index(8))
                seat.end(number)
                told.wait("sos-resolved", since)
    return {
        "seconds_away": seconds,
        "told_offline_s": [round(one, 1) for one in offline],
        "at_the_seat_s": [round(one, 2) for one in delivered],
        "events_stored_before_it": ahead,
    }


@contextlib.contextmanager
def returned(scene: Scene) -> Iterator[int]:
    """Let the broker come back, for as long as this lasts; give the moment before it is started."""
    moment = now_ns()
    with scene.site.broker():
        yield moment


def figures(found: list[float]) -> dict[str, float]:
    """Return median, 99th percentile and most."""
    ordered = sorted(found)
    at = {"p50": len(ordered) // 2, "p99": min(len(ordered) - 1, int(len(ordered) * 0.99)), "most": len(ordered) - 1}
    return {name: round(ordered[place], 1) for name, place in at.items()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["press", "away"])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0, help="that the broker is away")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=5_000, help="that wait in the terminal too")
    parser.add_argument("--most", type=float, help="ms that the 99th percentile may have (press)")
    parser.add_argument("--late", type=float, help="s after the broker's return that are allowed (away)")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    chosen = parser.parse_args()
    found: dict[str, Any] = {}
    missed = False
    if chosen.what != "away":
        with tempfile.TemporaryDirectory() as folder:
            found |= press(Path(folder), chosen.calls)
        missed |= chosen.most is not None and found["heard_p99_ms"] > chosen.most
    if chosen.what != "press":
        with tempfile.TemporaryDirectory() as folder:
            found |= away(Path(folder), chosen.seconds, chosen.rounds, chosen.events)
        missed |= chosen.late is not None and max(found["at_the_seat_s"]) > chosen.late
    if chosen.json:
        print(json.dumps(found))
    else:
        table(["figure", "value"], [[name, str(value)] for name, value in found.items()])
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
