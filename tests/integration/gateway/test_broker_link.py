"""The gateway's two sessions at a real broker: a call is read though everything else waits; one does as well."""

import select
import time
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from samples.running import Broker
from zhendao.gateway.ingest.inbox import is_call
from zhendao.gateway.link import BrokerLink

A, TENANT = "aa" * 16, "xuhui"
PATIENCE_S = 180.0
UNDER_WAY = 1_000
"""So many messages the broker sends before one is acknowledged (max_inflight_messages)."""


def until(link: BrokerLink, good: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not good():  # type: ignore[operator]
        assert time.monotonic() < end
        link.poll(0.1)


def publish(port: int, topics: list[str]) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="a terminal")
    client.max_inflight_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    last = [client.publish(topic, b"%d" % number, qos=1) for number, topic in enumerate(topics)][-1]
    last.wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> object:
    made = Broker(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("own", [True, False])
def test_a_call_comes_in_though_everything_else_waits(broker: Broker, *, own: bool) -> None:
    link = BrokerLink(f"mqtt://127.0.0.1:{broker.port}", None, TENANT, "gateway", own_session=own)
    until(link, lambda: link.connected and link.calls_connected == own)
    publish(broker.port, [f"zd/1/{TENANT}/aa/{A}/up"] * (UNDER_WAY + 50))
    until(link, lambda: len(link.waiting) == UNDER_WAY)
    publish(broker.port, [f"zd/1/{TENANT}/aa/{A}/sos"])
    if not own:  # it stands behind what the broker has sent before it, and nothing more
        group = [link.waiting.popleft() for _ in range(100)]
        link.taken(group)
        link.acknowledge(group)
    until(link, link.hurried)
    assert is_call(link.waiting[0])
    link.close()


def test_both_sessions_are_back_within_a_second_of_the_brokers_return(broker: Broker) -> None:
    link = BrokerLink(f"mqtt://127.0.0.1:{broker.port}", None, TENANT, "gateway")
    until(link, lambda: link.connected and link.calls_connected)
    broker.stop()
    until(link, lambda: not link.connected and not link.calls_connected)
    for _ in range(8):  # the waits have grown to their bound
        link._calls._attempts.put_off(time.monotonic())  # type: ignore[union-attr]
        link._main._attempts.put_off(time.monotonic())
    waits = [one.due_s - time.monotonic() for one in link._sessions]
    assert max(waits) <= 1.0
    broker.start()
    until(link, lambda: link.connected and link.calls_connected)
    assert not select.select([link._wake_read], [], [], 0)[0]
    link.close()
