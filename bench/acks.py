"""From a person's acknowledgement to the answer at the terminal, while a backlog is taken in; on real processes.

    python bench/acks.py [--events 50000] [--calls 40] [--batch 1000] [--json]

A mosquitto, the gateway's own process with SQLite, terminals that send their backlog through it, and a person who
acknowledges one call after the other over HTTP. Measured is from before the request to the answer as it comes from the
broker: request, commit, signature, publish. Beside it the same with nothing else to do, and the rate of ingest.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the terminals of the tests send here too
sys.path.insert(0, str(Path(__file__).resolve().parent))

import httpx
from ingest import messages

from samples.calls import PRESS
from samples.running import Gateway, Radio, running, wait_until
from samples.site import TENANT, Authority, Terminal
from zhendao.gateway.api import tokens
from zhendao.gateway.store.engine import open_store
from zhendao.protocol.answer import read_answer
from zhendao.protocol.command import ANSWER, open_command
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.suite import SM
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import AnswerState

EVERY_S = 0.05


def received(gateway: Gateway, radio: Radio, line: Terminal) -> bool:
    """Tell whether ``line`` was told that a person has its call."""
    topic, key = str(Topic(TENANT, line.device, "down")), line.suite.verifying_key(gateway.key.spki)
    for name, payload in reversed(radio.heard):
        if name != topic:
            continue
        found = split_down(payload)
        if isinstance(found, SignedCommand):
            command = open_command(key, found)
            if command.kind == ANSWER and read_answer(command.body).state is AnswerState.RECEIVED:
                return True
    return False


def acknowledge(gateway: Gateway, radio: Radio, client: httpx.Client, line: Terminal, number: int) -> float:
    """Acknowledge alert ``number`` of ``line``; return after how many ms the answer had come, and forget what came."""
    radio.heard.clear()
    began = time.perf_counter()
    client.post(f"/api/v1/alerts/{number}/ack", json={"by": "bench"}).raise_for_status()
    until = began + 60
    while not received(gateway, radio, line):
        if time.perf_counter() > until:
            raise TimeoutError(f"alert {number}: no answer")
        radio.news.clear()
        radio.news.wait(0.02)
    return (time.perf_counter() - began) * 1000


def figures(found: list[float]) -> dict[str, float]:
    """Return median, 99th percentile and most."""
    ordered = sorted(found)
    return {
        "count": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        "most_ms": round(ordered[-1], 1),
    }


def measure(folder: Path, events: int, calls: int, batch: int) -> dict[str, Any]:
    """Run all of it in ``folder``."""
    authority = Authority(SM)
    callers = [authority.terminal() for _ in range(2 * calls)]
    for line in callers:
        line.add(PRESS, wall_ms=time.time_ns() // 1_000_000)
    first, rest, _ = messages(authority, batch, events)
    events = len(rest) * batch  # as many of whole batches as the terminals share evenly
    with running(folder, authority) as (_broker, gateway, radio):
        store = open_store(f"sqlite:///{gateway.database}")
        with store.writing() as connection:
            token = tokens.new_token(connection, "duty", "bench", 0)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{gateway.http_port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        ) as client:
            numbers: dict[str, int] = {}
            radio.send(*(line.message(1, 2) for line in callers), *first)

            def raised() -> bool:
                page, before = {"items": [], "next": ""}, None
                while page["next"] is not None:
                    page = client.get(
                        "/api/v1/alerts", params={"limit": 200} | ({"before": before} if before else {})
                    ).json()
                    numbers.update({one["device"]: one["id"] for one in page["items"]})
                    before = page["next"]
                return len(numbers) == len(callers)

            wait_until(raised)
            quiet = [acknowledge(gateway, radio, client, one, numbers[one.device.hex()]) for one in callers[:calls]]
            began = time.perf_counter()
            radio.send(*rest)
            busy = []
            for line in callers[calls:]:
                busy.append(acknowledge(gateway, radio, client, line, numbers[line.device.hex()]))
                time.sleep(EVERY_S)
                held = _stored(store)
                if held >= events:
                    break
            while _stored(store) < events:
                time.sleep(0.1)
            took_s = time.perf_counter() - began
        store.close()
    return {
        "events": events,
        "quiet": figures(quiet),
        "while_ingesting": figures(busy),
        "ingested_events_s": round(events / took_s),
    }


def _stored(store: Any) -> int:
    with store.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM events").scalar())


def main() -> int:
    """Measure, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--batch", type=int, default=1_000, help="events in a message; a terminal sends at most 1,000")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), arguments.events, arguments.calls, arguments.batch)
    if arguments.json:
        print(json.dumps(found))
        return 0
    for name in ("quiet", "while_ingesting"):
        one = found[name]
        print(f"{name}: {one['count']} acks, p50 {one['p50_ms']} ms, p99 {one['p99_ms']} ms, most {one['most_ms']} ms")
    print(f"{found['ingested_events_s']} events/s meanwhile")
    return 0


if __name__ == "__main__":
    sys.exit(main())
