"""`zhendao-gateway run` as a process with a real broker: what arrives is stored once and acknowledged, kills or not."""

import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest

from samples.running import Broker, Gateway, running, wait_until
from samples.site import Authority, Terminal
from zhendao.protocol.bodies import Sos


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def stored(gateway: Gateway) -> list[tuple[bytes, int]]:
    connection = sqlite3.connect(gateway.database)
    try:
        return connection.execute("select device, seq from events").fetchall()
    finally:
        connection.close()


def filled(authority: Authority, events: int) -> Terminal:
    line = authority.terminal()
    for number in range(events - 1):
        line.add(Sos(number, drill=True))
    return line


def test_what_is_published_is_stored_and_acknowledged(tmp_path: Path, authority: Authority) -> None:
    with running(tmp_path, authority) as (_, gateway, radio):
        lines = [filled(authority, 5) for _ in range(3)]
        for line in lines:
            radio.send(line.message(1, 3), line.message(4, 5))
        for line in lines:
            wait_until(lambda line=line: radio.held(line) == 5)
        began = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - began < 30
        assert len(stored(gateway)) == len(set(stored(gateway))) == 15


def test_the_service_manager_hears_when_it_is_ready_and_when_it_ends(tmp_path: Path, authority: Authority) -> None:
    broker = Broker(tmp_path)
    broker.start()
    gateway = Gateway(tmp_path, authority, broker.port)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        try:
            gateway.start(NOTIFY_SOCKET=str(tmp_path / "notify"))
            assert manager.recv(100) == b"READY=1"
            wait_until(gateway.well)
            assert gateway.stop() == 0
            assert manager.recv(100) == b"STOPPING=1"
        finally:
            gateway.process.kill()
            gateway.process.wait()
            broker.stop()


def test_what_came_while_it_was_away_is_taken_afterwards(tmp_path: Path, authority: Authority) -> None:
    with running(tmp_path, authority) as (_, gateway, radio):
        line = filled(authority, 30)
        radio.send(line.message(1, 1))
        wait_until(lambda: radio.held(line) == 1)
        gateway.stop()
        for seq in range(2, 31):
            radio.send(line.message(seq, seq, certificate=False))
        gateway.start()
        wait_until(lambda: radio.held(line) == 30)


def test_a_broker_that_is_killed_loses_nothing_that_was_acknowledged(tmp_path: Path, authority: Authority) -> None:
    with running(tmp_path, authority) as (broker, gateway, radio):
        line = filled(authority, 10)
        radio.send(line.message(1, 5))
        wait_until(lambda: radio.held(line) == 5)
        broker.stop(signal.SIGKILL)
        broker.start()
        wait_until(radio.client.is_connected)
        radio.send_until_held(line, 6, 10)
        assert len(stored(gateway)) == 10


def test_it_ends_in_time_though_the_broker_does_not_answer(tmp_path: Path, authority: Authority) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        gateway = Gateway(tmp_path, authority, silent.getsockname()[1])
        gateway.start()
        wait_until(lambda: "runs" in (tmp_path / "gateway.log").read_text())
        began = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - began < 30


def test_a_second_gateway_on_the_same_store_ends_before_it_does_anything(tmp_path: Path, authority: Authority) -> None:
    with running(tmp_path, authority) as (broker, gateway, radio):
        line = filled(authority, 3)
        second = Gateway(tmp_path / "second", authority, broker.port)
        there, store = str(tmp_path / "data"), f"sqlite:///{gateway.database}"
        second.config.write_text(second.config.read_text().replace("sqlite:///data/gateway.db", store))
        for words in (second.config.read_text(), second.config.read_text().replace('"data"', f'"{there}"')):
            second.config.write_text(words)
            second.start()
            assert second.process.wait(300) == 1
            said = (second.folder / "gateway.log").read_text()
            assert "another gateway runs on" in said
            assert "Traceback" not in said
        radio.send(line.message(1, 3))
        wait_until(lambda: radio.held(line) == 3)
        gateway.stop(signal.SIGKILL)
        gateway.start()
        wait_until(gateway.well)
        assert gateway.stop() == 0
