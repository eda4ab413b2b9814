"""The table of docs/readers.md, row by row: what breaks, by which name it is known, on which rung it comes back.

Every row ends with a card that is held to the reader and read; while a row recovers nothing is posted as present.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from samples.listening import PATIENCE_S, Listener, reset_pin, usb_kernel
from samples.pn532 import CARD, DOOR, Emulator
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.errors import (
    NotAPn532Error,
    ReaderMisusedError,
    ReaderSilentError,
    TagGoneError,
)
from zhendao.readers.ntag import read_content, select, write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.reset_line import ResetLine
from zhendao.readers.rungs import Rungs
from zhendao.readers.type4 import read_message
from zhendao.readers.usb_adapter import UsbAdapter
from zhendao.readers.values import Departure, ReaderState, Refusal, RefusalReason

CLASSIC = b"\xde\xad\xbe\xef"
PIN = 25


@dataclass(frozen=True)
class Row:
    """One row: the emulator's orders, the names that are counted, and what it took to come back."""

    name: str
    orders: tuple[str, ...]
    codes: frozenset[str]
    opens: int = 1
    resets: int = 0
    rebinds: int = 0


def row(name: str, *orders: str, codes: str = "", opens: int = 1, resets: int = 0, rebinds: int = 0) -> Row:
    return Row(name, orders, frozenset(codes.split()), opens, resets, rebinds)


ROWS = [
    row("a lost command, no acknowledgement", "fault lost-command", codes="reader-silent"),
    row("three lost commands", "fault lost-command 3", codes="reader-silent"),
    row("commands lost for longer", "fault lost-command 5", codes="reader-silent", opens=2),
    row("acknowledged, no answer", "fault no-reply", codes="reader-silent"),
    row("a late answer", "fault late-reply 700", codes="reader-silent"),
    row("a wrong checksum", "fault bad-checksum", codes="reader-garbled"),
    row("a truncated frame", "fault truncate", codes="reader-silent"),
    row("noise before a frame", "fault noise 7"),
    row("the chip falls to another baud rate", "fault baud 921600", codes="reader-silent", opens=2),
    row("a hung chip, reset line", "fault hang", codes="reader-silent reader-not-pn532", opens=3, resets=1),
    row(
        "a wedged chip, reset line and USB adapter",
        "fault wedge",
        codes="reader-silent reader-not-pn532",
        opens=4,
        resets=1,
        rebinds=1,
    ),
    row("sensing slows down", "fault drag 60", codes="reader-slow", opens=2),
    row("unplugged for a moment", "fault unplug", "replug", codes="reader-gone", opens=2),
]


@dataclass
class Bench:
    """A reader with everything wired that can be."""

    emulator: Emulator
    listener: Listener
    pulsed: list[int]
    written: list[str]


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less where nothing will come: the ladder is climbed in the same steps."""
    if "late_ms" not in request.fixturenames:
        monkeypatch.setattr("zhendao.readers.pn532_port.PATIENT_MS", 300)
    monkeypatch.setattr("zhendao.readers.usb_adapter.OFF_S", 0.05)


@pytest.fixture
def bench(emulator: Emulator, tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        pulsed = stack.enter_context(reset_pin(emulator))
        written = stack.enter_context(usb_kernel(emulator, tmp_path / "sys"))
        rungs = Rungs(ResetLine(PIN).pulse, UsbAdapter(str(emulator.link), tmp_path / "sys"))
        listener = stack.enter_context(Listener(emulator.link, rungs))
        assert listener.state().up
        yield Bench(emulator, listener, pulsed, written)


@pytest.mark.parametrize("fault", ROWS, ids=lambda one: one.name)
def test_every_row_is_named_and_recovered_from(bench: Bench, fault: Row) -> None:
    listener = bench.listener
    for order in fault.orders:
        bench.emulator.do(order)
    if fault.codes:
        until = threading.Event()
        for _ in range(PATIENCE_S * 20):
            if fault.codes <= set(listener.thread.failures()):
                break
            until.wait(0.05)
    bench.emulator.do("present classic")
    assert listener.presence().uid == CLASSIC
    assert set(listener.thread.failures()) == fault.codes
    assert (listener.opens, len(bench.pulsed), bench.written) == (fault.opens, fault.resets, ["0", "1"] * fault.rebinds)
    bench.emulator.do("remove classic")
    assert isinstance(listener.next(), Departure)
    bench.emulator.do("present iso")
    assert listener.presence().technology is Technology.ISO_DEP


def test_down_is_told_after_the_whole_ladder_and_up_again(emulator: Emulator) -> None:
    """What is wired does not help: red light; a card held there meanwhile is not taken; the reader is found again."""
    with reset_pin(emulator) as pulsed, Listener(emulator.link, Rungs(ResetLine(PIN).pulse)) as listener:
        assert listener.state().up
        emulator.do("fault unplug")
        emulator.do("present card")
        down = listener.state()
        assert (down.up, down.reason) == (False, "reader-port-missing")
        assert down.text is not None
        assert len(pulsed) == 1
        assert listener.posted.empty()
        emulator.do("replug")
        assert listener.presence().uid == CARD
        assert listener.state().up


def test_a_hung_chip_with_nothing_wired_is_told_and_found_when_it_is_back(emulator: Emulator) -> None:
    with Listener(emulator.link) as listener:
        assert listener.state().up
        emulator.do("fault hang")
        down = listener.state()
        assert (down.up, down.reason) == (False, "reader-not-pn532")
        emulator.do("reset")
        assert listener.state().up


def test_a_pin_that_cannot_be_driven_is_counted_and_the_next_rung_is_taken(emulator: Emulator, tmp_path: Path) -> None:
    with reset_pin(emulator), usb_kernel(emulator, tmp_path / "sys") as written:
        rungs = Rungs(ResetLine(99).pulse, UsbAdapter(str(emulator.link), tmp_path / "sys"))
        with Listener(emulator.link, rungs) as listener:
            assert listener.state().up
            emulator.do("fault hang")
            emulator.do("present classic")
            assert listener.presence().uid == CLASSIC
            assert "reader-reset-line" in listener.thread.failures()
            assert written == ["0", "1"]


def test_an_adapter_that_may_not_be_switched_is_counted(emulator: Emulator, tmp_path: Path) -> None:
    with usb_kernel(emulator, tmp_path / "sys"):
        adapter = UsbAdapter(str(emulator.link), tmp_path / "sys")
        adapter.learn()
    switch = tmp_path / "sys" / "devices" / "usb1" / "1-1" / "authorized"
    switch.unlink()
    switch.mkdir()  # nobody may write there, root neither
    with Listener(emulator.link, Rungs(adapter=adapter)) as listener:
        assert listener.state().up
        emulator.do("fault hang")
        assert not listener.state().up
        assert "reader-rebind" in listener.thread.failures()


HOST = """
import sys
import nfc.clf.transport, nfc.clf.pn532
device = nfc.clf.pn532.init(nfc.clf.transport.TTY(sys.argv[1]))
print(device.chipset.transport.tty.baudrate, flush=True)
sys.stdin.readline()
"""


def test_a_host_killed_while_it_spoke_another_speed(emulator: Emulator) -> None:
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, str(emulator.link.resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert host.stdout is not None
        assert int(host.stdout.readline()) > 115_200
    finally:
        host.kill()
        host.communicate()
    with Listener(emulator.link) as listener:
        assert listener.state().up
        assert listener.opens == 1


@pytest.mark.parametrize("late_ms", [1000, 1900])
def test_a_first_byte_that_is_seconds_late(emulator: Emulator, late_ms: int) -> None:
    emulator.do(f"fault first-byte {late_ms}")
    open_pn532(str(emulator.link)).close()


def test_an_adapter_that_loses_what_follows_too_closely(emulator: Emulator) -> None:
    emulator.do("fault gap 20000")
    with pytest.raises((NotAPn532Error, ReaderSilentError)):
        open_pn532(str(emulator.link), gap_s=0)
    reader = open_pn532(str(emulator.link), gap_s=0.025)
    for _ in range(3):
        reader.sense()
        reader.rest()
    reader.close()


def test_a_second_thread_is_refused_and_the_owner_goes_on(emulator: Emulator) -> None:
    reader = open_pn532(str(emulator.link))
    refused: list[ReaderMisusedError] = []

    def second() -> None:
        try:
            reader.sense()
        except ReaderMisusedError as error:
            refused.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    thread.join()
    assert [error.code for error in refused] == ["reader-second-thread"]
    reader.check()
    reader.close()


def test_a_card_gone_in_the_middle_of_an_apdu(emulator: Emulator) -> None:
    emulator.do("tag bank type4 uid=04F0F1F2F3F4F5")
    reader = open_pn532(str(emulator.link))
    emulator.do("present bank")
    target = select(reader, bytes.fromhex("04F0F1F2F3F4F5"))
    emulator.do("fault tear 3")
    with pytest.raises(TagGoneError):
        read_message(reader, target)
    reader.check()
    reader.close()
    with Listener(emulator.link) as listener:
        assert listener.state().up
        emulator.do("fault tear 3")
        emulator.do("present bank")
        refusal = listener.next()
        assert isinstance(refusal, Refusal)
        assert refusal.reason is RefusalReason.LEFT_EARLY
        emulator.do("present bank")
        assert listener.presence().technology is Technology.ISO_DEP
        assert listener.thread.failures() == {}


def test_a_card_gone_in_the_middle_of_a_write(emulator: Emulator) -> None:
    reader = open_pn532(str(emulator.link))
    emulator.do("present card")
    write_ndef(reader, CARD, b"old")
    emulator.do("fault tear 7")
    with pytest.raises(TagGoneError):
        write_ndef(reader, CARD, b"new " * 20)
    emulator.do("present card")
    assert read_content(reader, select(reader, CARD)).message is None
    reader.close()


@pytest.mark.parametrize("kind", ["type4", "type4-short-ats", "type4-bare-ats"])
def test_an_answer_to_select_that_leaves_out_what_it_promises(emulator: Emulator, kind: str) -> None:
    emulator.do(f"tag odd {kind} uid=04F0F1F2F3F4F5")
    with Listener(emulator.link) as listener:
        emulator.do("present odd")
        assert listener.presence().technology is Technology.ISO_DEP
        assert listener.thread.failures() == {}


def test_a_mifare_classic_is_known_by_its_uid_once(emulator: Emulator) -> None:
    with Listener(emulator.link) as listener:
        assert listener.state().up
        emulator.do("present classic")
        presence = listener.presence()
        assert (presence.technology, presence.ndef) == (Technology.ISO14443A, None)
        emulator.do("remove classic")
        assert isinstance(listener.next(), Departure)


@pytest.mark.parametrize("fault", ["lost-command 2", "no-reply", "truncate", "bad-checksum", "baud 460800"])
def test_the_door_tag_on_the_wall_stays_there_while_the_reader_recovers(emulator: Emulator, fault: str) -> None:
    """Two tags at a time: what the reader goes through is no departure of the one, and the other is read."""
    emulator.do("present door")
    with Listener(emulator.link) as listener:
        assert listener.presence().uid == DOOR
        assert listener.state().up
        emulator.do(f"fault {fault}")
        emulator.do("present card")
        assert listener.presence().uid == CARD
        emulator.do(f"fault {fault}")
        emulator.do("remove card")
        while isinstance(gone := listener.next(), ReaderState):
            pass
        assert isinstance(gone, Departure)
        assert gone.uid == CARD


def test_a_card_that_is_held_badly_is_told_and_read_when_it_is_held_well(emulator: Emulator) -> None:
    with Listener(emulator.link) as listener:
        assert listener.state().up
        emulator.do("fault weak 5")
        emulator.do("present card")
        refusal = listener.next()
        assert isinstance(refusal, Refusal)
        assert refusal.reason is RefusalReason.UNREADABLE
        assert listener.presence().uid == CARD
        emulator.do("remove card")
        assert isinstance(listener.next(), Departure)


def test_a_card_that_is_never_readable_is_told_once(emulator: Emulator) -> None:
    with Listener(emulator.link) as listener:
        assert listener.state().up
        emulator.do("fault weak 99999")
        emulator.do("present card")
        refusal = listener.next()
        assert isinstance(refusal, Refusal)
        assert refusal.reason is RefusalReason.UNREADABLE
        emulator.do("remove card")
        emulator.do("fault weak 0")
        emulator.do("present classic")
        assert listener.presence().uid == CLASSIC


def test_what_is_told_while_the_reader_is_down_is_only_that(emulator: Emulator) -> None:
    with Listener(emulator.link) as listener:
        assert listener.state().up
        emulator.do("fault unplug")
        emulator.do("present card")
        assert not listener.state().up
        emulator.do("remove card")
        emulator.do("replug")
        assert [type(one) for one in listener.until_up()] == [ReaderState]
