"""A small city through a whole gateway: its batches over a real broker into `zhendao-gateway run`, and its visits.

They are those of `judge`, record by record, from the same facts, those made with two cards too: what was proved of each
token the gateway found out by itself, from the answers of cards whose keys it holds.
"""

import base64
import contextlib
import json
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from samples.running import Broker, Gateway, Radio, wait_until
from samples.site import TENANT, Authority
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.judging.facts import fact_of, read_facts
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.loading import read_registry
from zhendao.gateway.tokens.findings import OF_OTHERS, Finding
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.proof import heads
from zhendao.protocol.suite import INTL
from zhendao.simulators.city.rates import Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.writing import write_city

VILLAGE = Scale("village", 4, 12, 60, 1)
BUSY = Rates(habit=800, power_cuts=100, clock_lost=500, dead_links=100, double_tap=60, taken_back=40, other_card=250)
COMPARED = {str(one) for one in OF_OTHERS | {Finding.WEAKER}}
Name = tuple[str, str, int]


def messages_of(city: Path) -> tuple[list[Message], dict[Name, bytes]]:
    """Return what terminals publish, and where in its terminal's chain each event stands."""
    found, chained = [], {}
    for one in (city / "batches/messages.jsonl").read_text().splitlines():
        plain = json.loads(one)
        found.append(Message(plain["topic"], base64.b64decode(plain["payload"])))
        batch = decode_batch(found[-1].payload)
        for seq, head in enumerate(heads(batch), batch.first):
            chained[batch.device.hex(), batch.epoch.hex(), seq] = head
    return found, chained


def received(database: Path) -> dict[Name, int]:
    """Return when the gateway had each event."""
    with contextlib.closing(sqlite3.connect(database)) as store:
        rows = store.execute("select hex(device), hex(epoch), seq, received_ms from events").fetchall()
    return {(device.lower(), epoch.lower(), seq): at_ms for device, epoch, seq, at_ms in rows}


def stored(database: Path) -> dict[str, Any]:
    """Return the visits that the gateway holds, by id."""
    with contextlib.closing(sqlite3.connect(database)) as store:
        rows = store.execute("select record from visits where state != 'withdrawn'").fetchall()
    return {visit["visit_id"]: visit for visit in (json.loads(record) for (record,) in rows)}


def undrawn(database: Path) -> int:
    with contextlib.closing(sqlite3.connect(database)) as store:
        (count,) = store.execute("select count(*) from undrawn").fetchone()
        return int(count)


def judged(city: Path, chained: dict[Name, bytes], came: dict[Name, int], as_of_ms: int) -> dict[str, Any]:
    """Return the visits that `judge` finds in the facts that the city told, arrived as the gateway had them."""
    table = VisitsTable()
    registry = read_registry(city / "registry", ZoneInfo("Asia/Shanghai"), TENANT)
    judge = Judge(registry, policy_of(table), table.clock_s * 1000)
    with (city / "events.jsonl").open("rb") as lines:
        for fact in read_facts(lines):
            event = fact.event
            name = event.device.hex(), event.epoch.hex(), event.seq
            judge.take(fact_of(event, came[name], fact.evidence, chained[name]))
    return {one.visit_id.hex(): one.record for one in judge.judged(as_of_ms).visits}


def proved(record: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says, and of its tokens how strongly they proved themselves and what was found.

    What follows from a comparison of readings, and from keys that a gateway gave itself, is left out: a store has it,
    a file of facts has not.
    """
    sides = {}
    for name in ("in", "out"):
        side = record[name]
        if side is not None:
            parts = side.get("tokens", {}).items()
            told = {part: (one["proved"], sorted({*one["findings"]} - COMPARED)) for part, one in parts}
            sides[name] = side | {"tokens": {part: one for part, one in told.items() if one != ("uid", [])}}
    return record | sides | {"flags": [one for one in record["flags"] if one["flag"] not in COMPARED]}


def test_the_visits_of_a_gateway_are_those_of_judge(tmp_path: Path) -> None:
    city = tmp_path / "city"
    write_city(Run(9, VILLAGE, 2, BUSY), city, INTL)
    messages, chained = messages_of(city)
    broker = Broker(tmp_path)
    broker.start()
    gateway = Gateway(tmp_path, Authority(), broker.port)
    shutil.copytree(city / "batches/keys", tmp_path / "data/keys", dirs_exist_ok=True)
    try:
        assert run(PROGRAM, ["registry", "load", str(city / "registry"), "--config", str(gateway.config)]) == 0
        gateway.start()
        wait_until(gateway.well)
        with Radio(broker.port) as radio:
            radio.send(*messages)
            wait_until(lambda: len(received(gateway.database)) == len(chained) and not undrawn(gateway.database))
        assert gateway.stop() == 0
    finally:
        for one in (gateway, broker):
            if one.process is not None and one.process.poll() is None:
                one.stop()
    found = stored(gateway.database)
    wanted = judged(city, chained, received(gateway.database), round(time.time() * 1000))
    assert len(wanted) > 30
    assert {name: proved(one) for name, one in found.items()} == {name: proved(one) for name, one in wanted.items()}
    strengths = {part["proved"] for one in found.values() for part in one["in"].get("tokens", {}).values()
                 if one["in"]}  # fmt: skip
    assert {"dynamic", "challenge"} <= strengths
    assert any(flag["flag"] == "other_card" for one in found.values() for flag in one["flags"])
