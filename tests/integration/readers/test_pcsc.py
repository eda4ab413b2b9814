"""The PC/SC driver against the real service, a virtual reader and cards held to it; each fault named and survived."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.home import Home, Identity
from samples.listening import Listener
from samples.pcsc import READER, CardHolder, Service, service
from samples.pn532 import CARD, DOOR
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.vocabulary import Kind, Technology
from zhendao.provisioning.cli import main as provision
from zhendao.provisioning.founding import found
from zhendao.readers.errors import ReaderError, ReaderMisusedError, TagGoneError, TagRefusedError
from zhendao.readers.ntag import read_content, write_ndef
from zhendao.readers.pcsc.errors import PcscBusyError, PcscReaderMissingError, PcscServiceError
from zhendao.readers.pcsc.port import PcscReader, open_pcsc
from zhendao.readers.reader import Target
from zhendao.readers.type4 import read_message
from zhendao.readers.values import Departure, Refusal, RefusalReason

CLASSIC = b"\xde\xad\xbe\xef"
BANK = bytes.fromhex("04f0f1f2f3f4f5")


@pytest.fixture
def pcscd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with service(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
def cards(pcscd: Service) -> Iterator[CardHolder]:
    with CardHolder(pcscd) as holder:
        yield holder


def held(reader: PcscReader) -> Target:
    """Return the card that is held there, once the service has seen it."""
    pause = threading.Event()
    for _ in range(600):
        found = reader.sense()
        if found and not found[0].mute:
            return found[0]
        pause.wait(0.05)
    raise AssertionError("no card")


def test_tags_are_written_and_read(cards: CardHolder) -> None:
    reader = open_pcsc("zhendao")
    assert reader.port == f"{READER} 00 00"
    cards.do("present door")
    target = held(reader)
    assert (target.uid, target.type2, target.iso_dep) == (DOOR, True, False)
    message = bytes(range(60))
    write_ndef(reader, DOOR, message)
    assert read_content(reader, target).message == message
    assert bytes.fromhex(cards.do("dump door")["memory"])[16:20].startswith(b"\x03")
    assert all(rtt > 0 for rtt in reader.take_rtts())
    with pytest.raises(TagRefusedError):
        reader.read_pages(target, 0xFF)
    reader.check()
    reader.close()
    reader.close()


def test_a_type_4_card_is_read(cards: CardHolder) -> None:
    reader = open_pcsc("")
    cards.do("present bank")
    target = held(reader)
    assert (target.uid, target.iso_dep) == (BANK, True)
    assert read_message(reader, target) is None
    message = b"0123456789" * 30
    select = (b"\x00\xa4\x04\x00\x07\xd2\x76\x00\x00\x85\x01\x01\x00", b"\x00\xa4\x00\x0c\x02\xe1\x04")
    content = len(message).to_bytes(2, "big") + message
    parts = [content[at : at + 100] for at in range(0, len(content), 100)]
    writes = [b"\x00\xd6" + (n * 100).to_bytes(2, "big") + bytes((len(p),)) + p for n, p in enumerate(parts)]
    for apdu in (*select, *writes):
        assert reader.transceive(target, apdu) == b"\x90\x00"
    assert read_message(reader, target) == message
    reader.close()


def test_a_day_before_the_reader(cards: CardHolder) -> None:
    with Listener("zhendao", opener=open_pcsc) as listener:
        assert listener.state().up
        for name, uid, technology in (
            ("door", DOOR, Technology.NTAG21X),
            ("card", CARD, Technology.NTAG21X),
            ("classic", CLASSIC, Technology.ISO14443A),
            ("bank", BANK, Technology.ISO_DEP),
        ):
            cards.do(f"present {name}")
            presence = listener.presence()
            assert (presence.uid, presence.technology, presence.ndef) == (uid, technology, None)
            assert presence.rtts_us or name == "classic"
            cards.do(f"remove {name}")
            gone = listener.next()
            assert isinstance(gone, Departure)
            assert gone.uid == uid
        cards.do("present phone")
        refusal = listener.next()
        assert isinstance(refusal, Refusal)
        assert refusal.reason is RefusalReason.RANDOM_UID
        assert listener.thread.failures() == {}


@pytest.mark.parametrize("fault", ["refuse", "mute"])
def test_a_card_that_is_not_to_be_read_is_told_and_read_when_it_is(cards: CardHolder, fault: str) -> None:
    with Listener("", opener=open_pcsc) as listener:
        assert listener.state().up
        cards.do(f"fault {fault} 1000")
        cards.do("present door")
        refusal = listener.next()
        assert isinstance(refusal, Refusal)
        assert refusal.reason is RefusalReason.UNREADABLE
        cards.do("fault none")
        assert listener.presence().uid == DOOR
        cards.do("remove door")
        assert isinstance(listener.next(), Departure)
        assert listener.thread.failures() == {}


def test_a_card_removed_in_the_middle_of_an_apdu(cards: CardHolder) -> None:
    reader = open_pcsc("")
    cards.do("present bank")
    target = held(reader)
    cards.do("fault tear 0")
    with pytest.raises(TagGoneError):
        read_message(reader, target)
    assert reader.sense() == () or reader.sense()[0].mute
    with pytest.raises(TagGoneError):
        reader.transceive(target, b"\x00\xb0\x00\x00\x02")
    reader.close()


def test_a_card_that_leaves_before_it_was_read_is_told_once(cards: CardHolder) -> None:
    with Listener("", opener=open_pcsc) as listener:
        assert listener.state().up
        cards.do("fault tear 2")
        cards.do("present door")
        refusal = listener.next()
        assert isinstance(refusal, Refusal)
        assert refusal.reason in {RefusalReason.LEFT_EARLY, RefusalReason.UNREADABLE}  # as quick as the service is
        cards.do("present card")
        assert listener.presence().uid == CARD
        assert listener.thread.failures() == {}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_service_that_is_ended_and_started_again(pcscd: Service, cards: CardHolder, number: int) -> None:
    with Listener("", opener=open_pcsc) as listener:
        assert listener.state().up
        cards.do("present door")
        assert listener.presence().uid == DOOR
        pcscd.stop(number)
        down = listener.state()
        assert (down.up, down.reason) == (False, "pcsc-no-service")
        assert down.text is not None
        cards.do("remove door")
        pcscd.start()
        assert listener.state().up
        assert "pcsc-no-service" in listener.thread.failures()
        cards.do("present card")
        while getattr(posting := listener.next(), "uid", None) != CARD:
            assert isinstance(posting, Departure)


def test_a_reader_that_is_pulled_and_plugged_in(pcscd: Service, cards: CardHolder) -> None:
    """As seen by the service: it starts without the reader, and then with it."""
    conf = pcscd.conf / "vpcd"
    there = conf.read_text()
    with Listener("zhendao", opener=open_pcsc) as listener:
        assert listener.state().up
        conf.unlink()
        pcscd.stop()
        pcscd.start()
        while (down := listener.state()).reason != "pcsc-no-reader":
            assert not down.up
        conf.write_text(there)
        pcscd.stop()
        pcscd.start()
        while not listener.state().up:
            pass
        cards.do("present classic")
        assert listener.presence().uid == CLASSIC


def test_a_card_that_another_program_holds(cards: CardHolder) -> None:
    first, second = open_pcsc(""), open_pcsc("")
    cards.do("present door")
    held(first)
    with pytest.raises(PcscBusyError):
        second.sense()
    first.close()
    assert held(second).uid == DOOR
    second.close()


def test_what_is_wrong_is_said(pcscd: Service) -> None:
    with pytest.raises(PcscReaderMissingError) as missing:
        open_pcsc("ACR1252")
    assert READER in missing.value.what.en
    reader = open_pcsc("")
    refused: list[ReaderError] = []

    def second() -> None:
        try:
            reader.sense()
        except ReaderMisusedError as error:
            refused.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    thread.join()
    assert len(refused) == 1
    pcscd.stop()
    with pytest.raises(PcscServiceError):
        reader.sense()
    reader.close()
    with pytest.raises(PcscServiceError):
        open_pcsc("")


def test_a_call_that_hangs_in_the_service_keeps_nobody_waiting(cards: CardHolder) -> None:
    """No call into the service can be cut short; the thread is left, as the terminal's watch does it."""
    listener = Listener("", opener=open_pcsc)
    assert listener.state().up
    cards.do("fault no-reply")
    cards.do("present door")
    pause = threading.Event()
    pause.wait(1.5)
    assert not listener.thread.stop()
    cards.do("remove door")  # the reader gives the call up
    for _ in range(300):
        if listener.thread.ended:
            break
        pause.wait(0.1)
    assert listener.thread.ended


def test_a_token_is_written_by_the_command_of_the_office(
    cards: CardHolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHENDAO_PASSPHRASE", "a passphrase for tests")
    folder = tmp_path / "authority"
    found(folder, "xuhui", "a passphrase for tests", suite_by_name("sm"), (), 1_790_000_000)
    there = (str(folder), "--port", "pcsc:Zhendao", "--wait", "20", "--json")
    cards.do("present card")
    assert provision(["tag", "write", *there, "--role", "caregiver"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert (written["uid"], written["role"]) == (CARD.hex(), "caregiver")
    assert provision(["tag", "read", *there]) == 0
    assert json.loads(capsys.readouterr().out)["token_id"] == written["token_id"]


def test_a_terminal_with_such_a_reader_checks_people_in(pcscd: Service, tmp_path: Path) -> None:
    """Station: the card alone. Told good when it is in the journal; the reader's absence is a fact at the gateway."""
    (tmp_path / "home").mkdir()
    with Home(tmp_path / "home", Identity(placement="STATION")) as home, CardHolder(pcscd) as cards:
        settings = home.config.read_text()
        pn532 = f'driver = "pn532"\nport = "{home.emulator.link}"'
        assert pn532 in settings
        home.config.write_text(settings.replace(pn532, 'driver = "pcsc"\nreader = "zhendao"'))
        terminal = home.start()
        cards.do("present card")
        assert terminal.next("checked-in-unknown")["signal"] == "remarked"
        cards.do("remove card")
        pcscd.stop()
        assert terminal.next("reader-down")["signal"] == "bad"
        pcscd.start()
        terminal.next("reader-up")
        cards.do("present door")
        terminal.next("checked-in-unknown")
        home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.CHECK)) == 2)
        tampers = [event.body for event in home.gateway.of_kind(Kind.TAMPER)]
        assert [(one.active, one.detail) for one in tampers] == [(True, "pcsc-no-service"), (False, None)]


@pytest.mark.skipif(shutil.which("pcsc_scan") is None, reason="pcsc-tools is not installed")
def test_another_client_sees_the_cards(cards: CardHolder) -> None:
    cards.do("present door")
    seen = subprocess.run(
        ["timeout", "2", "pcsc_scan", "-n"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    assert "3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 03 00 00 00 00 68" in seen


LEAN = """
import sys
from pathlib import Path
from zhendao.readers.drivers import ReaderSettings, reader_thread
thread = reader_thread(ReaderSettings(sys.argv[1], port=Path("/dev/null")), print)
print(*sorted(name for name in sys.modules if name.startswith(("serial", "zhendao.readers."))))
"""


@pytest.mark.parametrize("driver", ["pcsc", "pn532"])
def test_only_the_chosen_driver_is_loaded(driver: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LEAN, driver], capture_output=True, text=True, timeout=30, check=True
    )
    loaded = ("pn532_port" in done.stdout, "serialposix" in done.stdout, "pcsc.library" in done.stdout)
    assert loaded == (driver == "pn532", driver == "pn532", driver == "pcsc")
