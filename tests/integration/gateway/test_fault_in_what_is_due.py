"""A visit that cannot be judged, by a fault in us, stops neither the thread that ingests nor a call for help."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import func, select

from samples.calls import all_alerts, press
from samples.running import Broker, Radio, wait_until
from samples.site import TENANT, Authority, Site
from samples.taps import day
from zhendao.gateway.ingest.loop import IngestLoop
from zhendao.gateway.ingest.session import Session
from zhendao.gateway.link import BrokerLink
from zhendao.gateway.store.facts import events
from zhendao.gateway.visits.conclude import BACKLOG


def broken(_session: Session) -> int:
    raise ZeroDivisionError


def stored(site: Site) -> int:
    with site.store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(events)).scalar_one())


def test_what_is_due_fails_and_messages_are_taken_as_before(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    site = Site(tmp_path, Authority())
    site.pipeline._redraw = broken
    line = site.authority.terminal()
    for _ in range(BACKLOG // 4 + 1):
        day(line)
    broker = Broker(tmp_path)
    broker.start()
    link = BrokerLink(f"mqtt://127.0.0.1:{broker.port}", None, TENANT, "gateway")
    tried: list[object] = []
    loop = IngestLoop(link, site.pipeline, lambda _outcome: None, lambda: tried.append("ended"))
    loop.start()
    with Radio(broker.port) as radio:
        wait_until(lambda: link.connected and link.calls_connected)
        radio.send(
            line.message(1, len(line.items))
        )  # a backlog: its visits are drawn when there is time, and that fails
        wait_until(lambda: "what is due cannot be done" in caplog.text)
        radio.send(press(line))
        wait_until(lambda: len(all_alerts(site)) == 1)
        wait_until(lambda: stored(site) == len(line.items))
        radio.send(press(line))
        wait_until(lambda: stored(site) == len(line.items))
    assert caplog.text.count("what is due cannot be done") == 1, "said once, however often it is tried"
    assert loop.alive
    assert loop.stop(60)
    link.close()
    broker.stop()
