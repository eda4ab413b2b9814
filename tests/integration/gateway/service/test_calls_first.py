"""A backlog lies at the broker, then calls come: the gateway's own process stores them before the backlog is stored."""

import contextlib
import sqlite3
from pathlib import Path

import httpx

from samples.running import running, wait_until
from samples.site import Authority
from zhendao.protocol.bodies import Sensor, Sos
from zhendao.protocol.vocabulary import Kind, SensorClass

EVENTS, BATCH, CALLERS = 1_200, 20, 8


def test_calls_pass_what_lies_at_the_broker(tmp_path: Path) -> None:
    authority = Authority()
    with running(tmp_path, authority) as (_, gateway, radio):
        callers, late = [authority.terminal() for _ in range(CALLERS)], authority.terminal()
        radio.send(*(line.message(1, 1) for line in (*callers, late)))
        for line in (*callers, late):
            wait_until(lambda line=line: radio.held(line) == 1)
        gateway.stop()  # what is published from now on lies at the broker
        for number in range(EVENTS):
            late.add(Sensor("door", SensorClass.DOOR_CONTACT, number % 2, 0), sign=False)
        radio.send(*(late.message(at, at + BATCH - 1, certificate=False) for at in range(2, EVENTS + 2, BATCH)))
        for line in callers:
            line.add(Sos(1, drill=False))
            radio.send(line.wrapped(line.message(2, 2, certificate=False).payload, "sos"))
        gateway.start()
        wait_until(lambda: all(radio.held(line) == 2 for line in callers) and radio.held(late) == EVENTS + 1)
        with contextlib.closing(sqlite3.connect(gateway.database)) as store:
            kinds = [kind for (kind,) in store.execute("select kind from events where kind != 1 order by id")]
        meters = httpx.get(f"http://127.0.0.1:{gateway.http_port}/metrics", trust_env=False).text
        assert "zhendao_broker_calls_connected 1.0" in meters
        places = [at for at, kind in enumerate(kinds) if kind == Kind.SOS]
        assert len(places) == CALLERS
        assert max(places) < EVENTS * 0.9, "even the last call passes what was there before the first"
