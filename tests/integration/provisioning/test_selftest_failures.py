"""Every failure of the self-test made for real: each has its code, its sentence and its cure; the doctor tells it."""

import contextlib
import ctypes
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.disks import Filler, small_disk
from samples.home import Broker
from samples.installed import CARD_TOKEN, DOOR_TOKEN, PASSPHRASE, Site, broker, receiver
from samples.pn532 import CARD, DOOR, Emulator
from zhendao.device.selftest.results import Outcome
from zhendao.device.selftest.troubles import TROUBLES
from zhendao.protocol.suite import SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.authority import Authority
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.token_record import token_message
from zhendao.simulators.loopback import free_port

Parts = dict[str, dict[str, Any]]
QUICK = ("--wait", "2", "--gnss-seconds", "2")


def wrong(parts: Parts) -> dict[str, str]:
    """Return the codes of what is not as it should be; each failure has a sentence and a cure in both languages."""
    for one in parts.values():
        if one["outcome"] in {"failed", "noted"}:
            for text in (one["what"], one["cure"]):
                assert text["zh"], one
                assert text["en"], one
                assert "{" not in text["zh"] + text["en"], one
    return {name: one["code"] for name, one in parts.items() if one["code"]}


def showing(emulator: Emulator, door: str | None, card: str | None) -> Callable[[str], None]:
    def show(line: str) -> None:
        if line.startswith("hold the door tag") and door is not None:
            emulator.do(f"present {door}")
        if line.startswith("hold a card"):
            if door is not None:
                emulator.do(f"remove {door}")
            if card is not None:
                emulator.do(f"present {card}")

    return show


def told_by_doctor(site: Site, part: str) -> dict[str, Any]:
    found = site.run("device", "doctor", code=1)["findings"]
    return next(one for one in found if one["part"] == part)


def test_nothing_is_plugged_in_and_no_broker_runs(site: Site) -> None:
    site.settings(free_port())
    parts = site.selftest(*QUICK, code=1)
    codes = wrong(parts)
    assert codes["broker"] == "broker-unreachable"
    assert codes["gnss"] == "gnss-deaf"
    assert codes["reader"] == "reader-port-missing"
    assert parts["door"]["outcome"] == parts["card"]["outcome"] == "skipped"
    for part in ("broker", "gnss", "reader"):
        told = told_by_doctor(site, f"selftest-{part}")
        assert parts[part]["what"]["en"] in told["what"]
        assert told["cure"] == parts[part]["cure"]["en"]


def test_without_an_identity_what_can_be_tried_is_tried(site: Site) -> None:
    shutil.rmtree(site.folder / "data/identity")
    parts = site.selftest(*QUICK, "--signals", "no", code=1)
    assert wrong(parts)["identity"] == "not-enrolled"
    assert wrong(parts)["signals"] == "signals-missed"
    assert parts["disk"]["outcome"] == "passed"
    assert not (site.folder / "selftest.json").exists(), "nothing signs it"


@pytest.mark.long
def test_a_key_that_is_another_is_named(site: Site) -> None:
    from asn1crypto import pem  # noqa: PLC0415 - for this test alone

    other = pem.armor("PRIVATE KEY", SM.new_signing_key().pkcs8())
    (site.folder / "data/identity/terminal.key").write_bytes(other)
    assert wrong(site.selftest(*QUICK, code=1))["identity"] == "identity"
    (site.folder / "data/identity/terminal.key").write_bytes(b"no key")
    assert wrong(site.selftest(*QUICK, code=1))["identity"] == "keystore"


def test_a_full_disk_and_one_that_takes_no_writes(site: Site) -> None:
    data = site.folder / "data"
    with small_disk(site.folder / "card", "24m") as card:
        shutil.copytree(data, card / "data")
        shutil.rmtree(data)
        data.symlink_to(card / "data")
        filler = Filler(card)
        filler.fill(leaving=64 << 10)
        assert wrong(site.selftest(*QUICK, code=1))["disk"] == "disk-full"
        filler.remove()
        remount = ctypes.CDLL(None, use_errno=True).mount
        assert remount(b"none", os.fsencode(card), b"tmpfs", 32 | 1, b"") == 0, "read-only"
        assert wrong(site.selftest(*QUICK, code=1))["disk"] == "disk-refused"


@pytest.mark.long
def test_a_broker_that_does_not_let_it_in(site: Site) -> None:
    closed = Broker(site.folder)
    closed.kill()
    closed.file.write_text(closed.file.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    closed.start()
    try:
        site.settings(closed.port)
        assert wrong(site.selftest(*QUICK, code=1))["broker"] == "broker-refused"
    finally:
        closed.kill()


@contextlib.contextmanager
def provisioned(site: Site) -> Iterator[int]:
    """Give the port of a Mosquitto as `broker install` sets it up: TLS, certificates, access list."""
    port = free_port()
    site.provision(
        *("broker", "install", site.folder / "authority", "--out", site.folder / "broker"),
        *("--listen", f"127.0.0.1:{port}", "--user", getpass.getuser()),
    )
    with (site.folder / "broker.log").open("w") as log:
        process = subprocess.Popen(["mosquitto", "-c", str(site.folder / "broker/mosquitto.conf")], stderr=log)
    try:
        until = time.monotonic() + 180
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < until
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.mark.long
def test_the_broker_as_it_is_set_up_and_a_certificate_of_another_authority(site: Site, tmp_path: Path) -> None:
    other = Site(tmp_path)
    other.found()
    with provisioned(site) as port:
        for one in (site, other):
            one.settings(port)
            one.config.write_text(one.config.read_text().replace("mqtt://", "mqtts://"))
        parts = site.selftest(*QUICK, code=1)
        assert parts["broker"]["outcome"] == "passed", parts["broker"]
        assert parts["broker"]["figures"]["round_trip_ms"] >= 0
        assert wrong(other.selftest(*QUICK, code=1))["broker"] == "broker-unreachable"


@pytest.mark.long
def test_the_doctor_beside_a_connected_terminal_does_not_end_its_connection(site: Site) -> None:
    with provisioned(site) as port, Emulator(site.folder / "reader"):
        site.settings(port, gnss=False)
        site.config.write_text(site.config.read_text().replace("mqtt://", "mqtts://"))
        running = site.start("device", "run")
        try:
            until = time.monotonic() + 180
            while not (site.device("status")["running"] or {}).get("linked"):
                assert time.monotonic() < until
            found = {one["part"]: one["grade"] for one in site.run("device", "doctor")["findings"]}
            assert (found["broker"], found["link"]) == ("good", "good")
            assert site.device("status")["running"]["linked"]
        finally:
            running.terminate()
            running.communicate(timeout=20)
        assert "already connected" not in (site.folder / "broker.log").read_text()


@pytest.mark.long
def test_a_broker_that_accepts_and_says_nothing_costs_its_time_only(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        site.settings(mute.getsockname()[1])
        parts = site.selftest(*QUICK, code=1)
    assert wrong(parts)["broker"] in {"broker-refused", "timed-out"}
    assert parts["broker"]["took_ms"] < 25_000


@pytest.mark.long
@pytest.mark.parametrize(
    ("order", "code"), [("sky lost", "gnss-no-fix"), ("quality 8", "gnss-doubtful"), ("silence", "gnss-deaf")]
)
def test_a_receiver_without_a_good_word(site: Site, order: str, code: str) -> None:
    with receiver(site.folder) as made:
        made.order(order)
        parts = site.selftest("--wait", "1", "--gnss-seconds", "4", code=1)
    assert wrong(parts)["gnss"] == code
    assert parts["gnss"]["outcome"] == ("failed" if code == "gnss-deaf" else "noted")


@pytest.mark.long
def test_a_clock_that_says_1970(site: Site) -> None:
    faketime = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
    assert faketime is not None, "requirements/system test installs it"
    site.environment |= {
        "LD_PRELOAD": str(faketime),
        "FAKETIME": "@1970-01-02 00:00:00",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    assert wrong(site.selftest(*QUICK, code=1))["clock"] == "clock-wrong"


@pytest.mark.long
def test_nobody_answers_for_the_lights_and_pins_that_are_not_there(site: Site) -> None:
    assert wrong(site.selftest(*QUICK, "--signals", "skip", code=1))["signals"] == "signals-unasked"
    site.settings(more='[feedback]\nkind = "gpio"\n')
    assert wrong(site.selftest(*QUICK, code=1))["signals"] == "pins"


@pytest.mark.long
def test_a_port_that_is_no_reader(site: Site) -> None:
    main, side = os.openpty()
    (site.folder / "reader").symlink_to(os.ttyname(side))
    try:
        codes = wrong(site.selftest(*QUICK, code=1))
    finally:
        os.close(main)
        os.close(side)
    assert codes["reader"] in {"reader-not-pn532", "reader-silent", "reader-unready"}


@pytest.mark.long
def test_nothing_is_held_there(site: Site, emulator: Emulator) -> None:
    parts = site.selftest(*QUICK, code=1, on=showing(emulator, None, None))
    assert {name: wrong(parts)[name] for name in ("door", "card")} == {"door": "door-missing", "card": "card-missing"}
    assert parts["reader"]["outcome"] == "passed"


@pytest.mark.long
def test_a_reader_unplugged_in_the_middle(site: Site) -> None:
    with Emulator(site.folder / "reader") as made:

        def pull(line: str) -> None:
            if line.startswith("hold the door tag"):
                made.process.kill()

        codes = wrong(site.selftest("--wait", "20", "--gnss-seconds", "1", code=1, on=pull))
    assert codes["door"].startswith("reader-")


class Written:
    """Tags that are not as they should be, by the names under which the emulator knows them."""

    def __init__(self, site: Site, emulator: Emulator) -> None:
        self.emulator, self.reader = emulator, open_pn532(str(emulator.link))
        self.issuer = Authority.open(site.folder / "authority", PASSPHRASE).token_issuer()

    def write(
        self, name: str, last: int, role: Role, token: bytes, *, uid: bytes | None = None, issuer: Any = None
    ) -> None:
        own = DOOR[:6] + bytes([last])
        self.emulator.do(f"tag {name} ntag215 uid={own.hex()}")
        self.emulator.do(f"present {name}")
        record = sign_token(issuer or self.issuer, role, token, uid or own, 0, 1 << 40)
        write_ndef(self.reader, own, token_message(record))
        self.emulator.do(f"remove {name}")


@pytest.mark.long
def test_every_wrong_door_tag_and_card(site: Site, emulator: Emulator) -> None:
    tags = Written(site, emulator)
    tags.write("foreign-door", 1, Role.DOOR, b"x" * 16)
    tags.write("copied-door", 2, Role.DOOR, DOOR_TOKEN, uid=DOOR)
    tags.write("other-door", 3, Role.DOOR, DOOR_TOKEN, issuer=SM.new_signing_key())
    tags.write("copied-card", 4, Role.CAREGIVER, CARD_TOKEN, uid=CARD)
    tags.write("other-card", 5, Role.CAREGIVER, CARD_TOKEN, issuer=SM.new_signing_key())
    tags.write("elder-card", 6, Role.ELDER, b"e" * 16)
    tags.write("engineer", 7, Role.ENGINEER, b"g" * 16)
    tags.reader.close()
    emulator.do("tag blank ntag213 uid=04b0b1b2b3b4b6")
    emulator.do("tag phone2 isodep uid=08112244")
    for door, card, expected in (
        ("foreign-door", "copied-card", ("door-foreign", "card-forged")),
        ("copied-door", "other-card", ("door-forged", "card-issuer")),
        ("other-door", "elder-card", ("door-issuer", "card-none")),
        ("card", "blank", ("door-none", "card-unknown")),
        ("phone", "phone2", ("door-unreadable", "card-unreadable")),
        ("door", "engineer", ("", "")),
    ):
        parts = site.selftest("--wait", "3", "--gnss-seconds", "0.2", code=1, on=showing(emulator, door, card))
        codes = wrong(parts)
        assert (codes.get("door", ""), codes.get("card", "")) == expected
        emulator.do(f"remove {card}")
        emulator.do("wait 600")
    assert parts["card"]["figures"]["token"] == (b"g" * 16).hex()
    assert parts["card"]["figures"]["proof"]


@pytest.mark.long
def test_a_door_tag_that_is_not_bound(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found(door=None)
    with Emulator(site.folder / "reader", "--state", str(site.folder / "tags")) as made:
        made.tags()
        site.write_tags(made)
        parts = site.selftest(*QUICK, code=1, on=showing(made, "door", "card"))
    assert wrong(parts)["door"] == "door-unbound"
    assert parts["door"]["outcome"] == Outcome.NOTED


@pytest.mark.long
def test_a_door_tag_on_the_wall_is_there_and_the_card_beside_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found(mounting="wall")
    with Emulator(site.folder / "reader", "--state", str(site.folder / "tags")) as made:
        made.tags()
        site.write_tags(made)
        made.do("present door")
        asked: list[str] = []

        def show(line: str) -> None:
            asked.append(line)
            if line.startswith("hold a card"):
                made.do("present card")

        parts = site.selftest(*QUICK, code=1, on=show)
    assert not [one for one in asked if one.startswith("hold the door tag")]
    assert (parts["door"]["outcome"], parts["card"]["outcome"]) == ("passed", "passed"), parts["door"]


@pytest.mark.long
def test_what_root_writes_belongs_to_the_service(site: Site) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    data = site.folder / "data"
    os.chown(data, 12345, 12345)
    site.selftest(*QUICK, code=1)
    with receiver(site.folder):
        site.device("survey", "--fixes", "2")
    assert {(data / name).stat().st_uid for name in ("selftest.json", "home.json")} == {12345}


@pytest.mark.long
def test_a_running_terminal_is_not_tested_under(site: Site, emulator: Emulator) -> None:
    with broker(site.folder) as mosquitto:
        site.settings(mosquitto.port, gnss=False)
        running = site.start("device", "run")
        try:
            assert running.stdout is not None
            ready = threading.Event()
            assert '"ready"' in running.stdout.readline()
            ready.set()
            for words in (("selftest",), ("survey",)):
                assert site.device(*words, code=1)["error"]["code"] == "already-running"
        finally:
            running.terminate()
            running.communicate(timeout=20)
    del emulator


ELSEWHERE = {
    "timed-out",
    "disk-differs",
    "key-false",
    "clock-unset",
    "reader-unready",
    "door-opened",
    "door-refused",
    "card-refused",
}
"""Shown in `unit/device/test_selftest.py`: what no machine does when it is asked to."""


def test_no_sentence_is_left_that_nothing_leads_to() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert {code for code in TROUBLES if f'"{code}"' not in text} == set()
