"""The real agent at a broker and a reader: a list comes in parts, is killed over, is applied with nobody to ask."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from samples.home import Home
from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import numbers
from zhendao.protocol.bodies import Boot, ConfigChange, Tap
from zhendao.protocol.command import BLOCKLIST, Command, sign_command
from zhendao.protocol.token import read_token
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import ApplyResult, Kind, TapReason

ENTRIES = 100_000


class Office:
    """The gateway's list and its commands to one terminal."""

    def __init__(self, home: Home) -> None:
        self.home, self.number = home, 0

    def parts(self, version: int, several: Sequence[bytes]) -> list[blocklist.Part]:
        suite, made = self.home.who.suite, numbers(several)
        manifest = blocklist.manifest_of(suite, "test", version, 0, made)
        signed = blocklist.sign_manifest(self.home.who.gateway, bytes(32), manifest)
        return blocklist.pieces(signed, made.packed)

    def send(self, parts: Sequence[blocklist.Part]) -> None:
        boot = self.home.gateway.of_kind(Kind.BOOT)[-1].body
        assert isinstance(boot, Boot)
        topic = str(Topic("test", self.home.who.device, "down"))
        for part in parts:
            self.number += 1
            body = blocklist.part_body(part)
            order = Command(self.home.who.suite.id, self.home.who.device, boot.nonce, self.number, BLOCKLIST, body, 0)
            self.home.gateway.client.publish(topic, sign_command(self.home.who.gateway, bytes(32), order), qos=1)

    def answers(self) -> list[ApplyResult]:
        found = [one.body for one in self.home.gateway.of_kind(Kind.CONFIG)]
        return [one.result for one in found if isinstance(one, ConfigChange)]


def taps(home: Home) -> list[TapReason]:
    return [one.body.reason for one in home.gateway.of_kind(Kind.TAP) if isinstance(one.body, Tap)]


def refused(home: Home) -> None:
    home.emulator.do("present door")
    home.terminal.next("door-seen")
    home.emulator.do("remove door")
    home.emulator.do("present card")
    signal = home.terminal.next("blocklisted")
    assert signal["signal"] == "bad"
    home.emulator.do("remove card")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, session="double_tap_s = 0\npairing_s = 5")


def test_a_long_list_is_applied_and_outlives_a_kill_and_the_network(home: Home) -> None:
    random = Random(1)
    with home:
        home.start()
        home.tap("door", "card")
        home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.CHECK)))
        check = home.gateway.of_kind(Kind.CHECK)[0].body
        card = read_token(check.caregiver.proof).token_id  # type: ignore[attr-defined]
        office = Office(home)
        parts = office.parts(7, [card, *(random.randbytes(16) for _ in range(ENTRIES - 1))])
        assert len(parts) == 27
        office.send(parts[:20])
        home.terminal.kill()  # in the middle of it
        home.start()
        home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.BOOT)) == 2)
        assert [one.body.blocklist for one in home.gateway.of_kind(Kind.BOOT)] == [0, 0]  # type: ignore[attr-defined]
        office.number = 0
        office.send(parts)
        home.gateway.wait(lambda: office.answers() == [ApplyResult.APPLIED], 60)
        home.broker.kill()
        refused(home)
        home.terminal.kill()
        home.start()
        refused(home)
        home.broker.start()
        home.gateway.wait(lambda: taps(home).count(TapReason.BLOCKLISTED) == 2, 60)
        assert home.gateway.of_kind(Kind.BOOT)[-1].body.blocklist == 7  # type: ignore[attr-defined]
        office.number = 0
        office.send(office.parts(8, []))
        home.gateway.wait(lambda: len(office.answers()) == 2, 60)
        home.emulator.do("present door")
        home.terminal.next("door-seen")
        home.emulator.do("remove door")
        home.emulator.do("present card")
        home.terminal.next("checked-out")
