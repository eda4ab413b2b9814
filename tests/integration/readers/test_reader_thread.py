"""The reader thread on a real pseudo-terminal: every fault of the field, named and recovered from."""

import os
import random
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.listening import Listener
from samples.pn532 import CARD, DOOR, Emulator
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.errors import (
    NotAPn532Error,
    PortBusyError,
    PortMissingError,
    PortUnusableError,
    ReaderError,
    ReaderGoneError,
)
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.values import Departure, Presence, Refusal


@pytest.fixture
def listener(emulator: Emulator) -> Iterator[Listener]:
    running = Listener(emulator.link)
    assert running.state().up
    yield running
    running.thread.stop()


def test_a_day_at_the_wall(emulator: Emulator) -> None:
    reader = open_pn532(str(emulator.link))
    emulator.do("present door")
    write_ndef(reader, DOOR, b"door message")
    emulator.do("present card")
    write_ndef(reader, CARD, b"card message")
    emulator.do("remove card")
    reader.close()
    listener = Listener(emulator.link)
    try:
        door = listener.presence()
        assert (door.uid, door.ndef, door.technology) == (DOOR, b"door message", Technology.NTAG21X)
        assert listener.state().up
        held = emulator.do("present card")
        card = listener.presence()
        assert (card.uid, card.ndef) == (CARD, b"card message")
        assert 0 < card.mono_ns - held["mono_ns"] < 2_000_000_000
        assert all(1000 < rtt < 1_000_000 for rtt in card.rtts_us)
        emulator.do("remove card")
        left = listener.next()
        assert isinstance(left, Departure)
        assert left.uid == CARD
        emulator.do("present phone")
        assert isinstance(listener.next(), Refusal)
    finally:
        begin = time.monotonic()
        assert listener.thread.stop()
        assert time.monotonic() - begin < 10


def test_unplugged_and_plugged_in_again(emulator: Emulator, listener: Listener) -> None:
    emulator.do("present classic")
    listener.presence()
    emulator.do("fault unplug")
    down = listener.state()
    assert not down.up
    assert down.reason in {"reader-port-missing", "reader-gone"}
    assert down.text is not None
    assert down.text.zh
    emulator.do("replug")
    assert listener.state().up
    emulator.do("present iso")
    assert listener.presence().technology is Technology.ISO_DEP


def test_stop_ends_a_thread_that_waits_for_a_hung_chip(emulator: Emulator, listener: Listener) -> None:
    emulator.do("fault hang")
    threading.Event().wait(0.15)
    begin = time.monotonic()
    assert listener.thread.stop()
    assert time.monotonic() - begin < 10


def test_stop_ends_a_thread_that_looks_for_a_chip_where_there_is_none() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    listener = Listener(Path(os.ttyname(slave)))
    threading.Event().wait(0.3)
    begin = time.monotonic()
    assert listener.thread.stop()
    assert time.monotonic() - begin < 10
    os.close(slave)
    os.close(master)


def test_what_is_wrong_with_a_port_is_said(tmp_path: Path, emulator: Emulator) -> None:
    with pytest.raises(PortMissingError) as missing:
        open_pn532(str(tmp_path / "none"))
    with pytest.raises(PortUnusableError) as unusable:
        open_pn532(os.devnull)
    (tmp_path / "file").write_text("")
    with pytest.raises(PortUnusableError):
        open_pn532(str(tmp_path / "file"))
    reader = open_pn532(str(emulator.link))
    with pytest.raises(PortBusyError) as busy:
        open_pn532(str(emulator.link))
    reader.close()
    codes = {missing.value.code, unusable.value.code, busy.value.code, NotAPn532Error.code}
    assert len(codes) == 4


def test_a_port_that_is_no_pn532_is_told_within_seconds() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    begin = time.monotonic()
    with pytest.raises(NotAPn532Error):
        open_pn532(os.ttyname(slave))
    assert time.monotonic() - begin < 20
    os.close(slave)
    os.close(master)


def test_a_peer_that_acknowledges_for_ever_is_left() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    stop = threading.Event()

    os.set_blocking(master, False)

    def chatter() -> None:
        while not stop.wait(0.001):
            try:
                os.write(master, b"\x00\x00\xff\x00\xff\x00")
                os.read(master, 4096)
            except BlockingIOError:
                continue

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        with pytest.raises(ReaderError):
            open_pn532(os.ttyname(slave))
    finally:
        stop.set()
        thread.join()
        os.close(slave)
        os.close(master)


def test_missing_port_is_reported_once_and_found_later(tmp_path: Path) -> None:
    listener = Listener(tmp_path / "reader")
    try:
        assert listener.state().reason == "reader-port-missing"
        with Emulator(tmp_path / "reader"):
            assert listener.state().up
            assert listener.thread.stop()
    finally:
        listener.thread.stop()


def test_an_emulator_that_is_killed_and_another_in_its_place(tmp_path: Path) -> None:
    with Emulator(tmp_path / "reader") as first, Listener(first.link) as listener:
        assert listener.state().up
        first.process.kill()
        down = listener.state()
        assert not down.up
        assert set(listener.thread.failures()) <= {"reader-gone", "reader-port-missing", "reader-port-unusable"}
        with Emulator(tmp_path / "reader") as second:
            second.tags()
            second.do("present card")
            assert listener.presence().uid == CARD
            assert listener.state().up


@pytest.mark.long
def test_a_plug_pulled_at_any_moment(emulator: Emulator) -> None:
    """Thirty times, at a random moment of sensing, reading or opening; each time the next tap is read."""
    chance = random.Random(17)
    pause = threading.Event()
    with Listener(emulator.link) as listener:
        for _ in range(30):
            emulator.do("present door")
            pause.wait(chance.uniform(0, 0.25))
            emulator.do("fault unplug")
            pause.wait(chance.uniform(0, 0.05))
            emulator.do("remove door")
            pause.wait(chance.uniform(0, 0.3))
            emulator.do("replug")
            pause.wait(chance.uniform(0, 0.1))
            emulator.do("present card")
            while getattr(posting := listener.next(), "uid", None) != CARD or not isinstance(posting, Presence):
                pass
            emulator.do("remove card")
            while getattr(posting := listener.next(), "uid", None) != CARD or not isinstance(posting, Departure):
                pass


ORPHAN = """
import sys
from zhendao.readers.errors import ReaderGoneError
from zhendao.readers.pn532_port import open_pn532
reader = open_pn532(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
try:
    reader.check()
except ReaderGoneError:
    print("gone", flush=True)
reader.close()
"""


def test_a_pulled_plug_does_not_kill_a_service(emulator: Emulator) -> None:
    """A session leader without a terminal, as every systemd service is: the port must not become its terminal."""
    service = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", ORPHAN, str(emulator.link)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert service.stdout is not None
    assert service.stdout.readline() == "open\n"
    emulator.do("fault unplug")
    out, _ = service.communicate("\n", timeout=180)
    assert (out, service.returncode) == ("gone\n", 0)


def test_gone_is_a_named_error_for_every_call(emulator: Emulator) -> None:
    reader = open_pn532(str(emulator.link))
    emulator.do("fault unplug")
    for call in (reader.sense, reader.rest, reader.check):
        with pytest.raises(ReaderGoneError):
            call()
    reader.close()
    reader.close()
