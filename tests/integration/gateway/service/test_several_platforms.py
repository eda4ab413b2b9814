"""One gateway, platforms of several kinds, one of them dead: each of the others has everything once, through a kill."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from samples.nats import nats_server
from samples.running import running, wait_until
from samples.site import Authority, Terminal
from zhendao.protocol.bodies import Sos

EVENTS = 20


def in_files(folder: Path) -> list[str]:
    return [json.loads(line)["key"] for file in folder.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]


def keys(line: Terminal) -> list[str]:
    start = f"{line.device.hex()}/{line.epoch.hex()}"
    return sorted(f"{start}/{seq}/{line.heads[seq].hex()}" for seq in range(2, len(line.items) + 1))


@pytest.mark.long
def test_platforms_of_other_kinds_have_every_event_once_beside_a_dead_one(tmp_path: Path) -> None:
    authority = Authority()
    line = authority.terminal()
    for number in range(EVENTS):
        line.add(Sos(number, drill=True))
    folder = tmp_path / "handover"
    folder.mkdir()
    with nats_server(tmp_path / "nats") as nats:
        asyncio.run(nats.make_stream())
        tables: list[dict[str, Any]] = [
            {"kind": "file", "url": f"file://{folder}"},
            {"kind": "nats", "url": nats.url},
            {"kind": "https", "url": "http://127.0.0.1:9/records"},
        ]
        forward = "".join(
            "[[forward]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in one.items())
            for one in tables
        )

        def published() -> list[str]:
            return [str(said["key"]) for _, said in asyncio.run(nats.held()) if said["type"] == "event"]

        with running(tmp_path, authority, forward) as (_, gateway, radio):
            radio.send(line.message(1, EVENTS // 2))
            wait_until(lambda: radio.held(line) >= EVENTS // 2)
            gateway.stop(signal.SIGKILL)
            gateway.start()
            wait_until(gateway.well)
            radio.send(line.message(EVENTS // 2 + 1, EVENTS + 1))
            wait_until(lambda: radio.held(line) == EVENTS + 1)
            wait_until(lambda: set(keys(line)) <= set(in_files(folder)))
            wait_until(lambda: len(published()) >= EVENTS)
            told = httpx.get(f"http://127.0.0.1:{gateway.http_port}/healthz", trust_env=False)
            assert told.status_code == 200, "a platform that is away is no illness of the gateway"
            assert {one["destination"] for one in tables_of(told.json())} == {one["url"] for one in tables}
            assert gateway.stop() == 0
        assert sorted(published()) == keys(line)
        files = in_files(folder)
        assert len(files) == len(set(files))
        assert set(keys(line)) <= set(files)


def tables_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"destination": name, **one} for name, one in told["forward"].items()]
