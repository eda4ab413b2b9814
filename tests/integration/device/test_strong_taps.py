"""Tokens with keys at the real terminal: what arrives at the gateway holds under their keys, and is of this tap."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples import strong
from samples.home import Home, Identity
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.cards.asking import encode_live, read_question
from zhendao.protocol.cards.challenge import Scheme, make_challenge, sm4_answer_holds
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, LIVE_KEY
from zhendao.protocol.cards.evidence import Evidence, read_proof
from zhendao.protocol.cards.live import live_answer_holds, live_token
from zhendao.protocol.cards.sun import Sun, read_sun
from zhendao.protocol.event import Event
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import CheckFlag, Kind, Role, Strength, TamperCause, Technology
from zhendao.readers.ndef import encode_message
from zhendao.simulators.pn532.tags.kinds import KINDS
from zhendao.simulators.pn532.tags.ntag import Ntag

DOOR, CARD = bytes.fromhex("04d1d2d3d4d5d6"), bytes.fromhex("04c1c2c3c4c5c6")
OWN = b"o" * 16


def shelve(folder: Path, who: Identity) -> None:
    """Put a door tag with a loop, a CPU card, and a tag that says hello on the shelf."""
    door = sign_token(who.issuer, Role.DOOR, OWN, DOOR, 0, 1 << 40)
    card = sign_token(who.issuer, Role.CAREGIVER, b"c" * 16, CARD, 0, 1 << 40)
    strong.shelve(folder, "hung", "ntag424tt", strong.ntag424(DOOR, door, loop=True))
    strong.shelve(folder, "cpu", "cpucard", strong.cpu_card(CARD, card))
    strong.shelve(folder, "fire", "desfire", strong.desfire(CARD, card))
    hello = KINDS["ntag215"][1](b"\x04hello!", None)
    assert isinstance(hello, Ntag)
    content = encode_message(b"\xd1\x01\x08T\x02enhello") + b"\xfe"
    hello.content[16 : 16 + len(content)] = content
    strong.shelve(folder, "hello", "ntag215", hello)


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home whose door tag, a dynamic one, is bound to its terminal; mounted as the test says."""
    who = Identity(mounting=request.param, own_door=OWN)
    shelve(tmp_path / "tags", who)
    with Home(tmp_path, who, session="double_tap_s = 0\nwall_grace_s = 1") as running:
        yield running


def proved(home: Home, event: Event, read: TokenRead) -> tuple[Evidence, bytes]:
    """Return the evidence of a token in ``event``, and the challenge that it stands on, as a gateway makes it again."""
    assert read.proof is not None
    evidence = read_proof(read.proof)
    assert evidence.challenge is not None
    ground = evidence.challenge.ground(event.device, event.epoch)
    assert home.gateway.heads[event.epoch, ground.seq] == ground.head, "a recent event of this terminal"
    assert 0 < ground.seq < event.seq
    return evidence, make_challenge(home.who.suite, ground, evidence.challenge.fresh)


def door_of(home: Home, event: Event) -> Sun:
    """Return what the door tag of a check proves; it covers a challenge of this terminal."""
    door = event.body.door  # type: ignore[union-attr]  # a check
    assert (door.strength, door.technology, door.uid) == (Strength.DYNAMIC, Technology.NTAG424, DOOR)
    evidence, challenge = proved(home, event, door)
    sun = read_sun(strong.keys_of(Technology.NTAG424, DOOR), evidence.sun or b"", DOOR)
    assert sun.nonce == challenge
    return sun


def checks(home: Home, count: int) -> list[Event]:
    """Return the checks at the gateway, once there are so many."""
    home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.CHECK)) >= count)
    return home.gateway.of_kind(Kind.CHECK)


def tampers(home: Home, count: int) -> list[tuple[Any, ...]]:
    home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.TAMPER)) >= count)
    bodies: list[Any] = [one.body for one in home.gateway.of_kind(Kind.TAMPER)]
    return [(one.cause, one.active) for one in bodies]


@pytest.mark.parametrize("home", ["WALL"], indirect=True)
def test_on_the_wall_each_check_has_a_reading_of_its_own_and_hands_at_the_tag_are_told(home: Home) -> None:
    home.emulator.do("present hung")
    terminal = home.start()
    for number, moment in enumerate(("checked-in", "checked-out", "checked-in")):
        if number == 2:
            home.emulator.do("loop hung open")
        home.emulator.do("present cpu")
        terminal.next(moment)
        terminal.next("accepted")
        home.emulator.do("remove cpu")
        home.emulator.do("wait 800")
    found = checks(home, 3)
    suns = [door_of(home, one) for one in found]
    assert suns[0].counter < suns[1].counter < suns[2].counter
    assert len({one.nonce for one in suns}) == 3
    assert [one.tamper.opened for one in suns] == [False, False, True]
    key = strong.keys_of(Technology.CPU_CARD, CARD)[CPU_ANSWER_KEY]
    beacons = []
    for event in found:
        card = event.body.caregiver  # type: ignore[union-attr]  # a check
        assert (card.strength, card.technology) == (Strength.CHALLENGE, Technology.CPU_CARD)
        assert len(card.rtts_us) >= 3
        evidence, challenge = proved(home, event, card)
        assert evidence.answer is not None
        assert sm4_answer_holds(evidence.answer.scheme, key, challenge, evidence.answer.answer)
        beacons.append(evidence.challenge.beacon if evidence.challenge is not None else None)
    assert beacons[1] is not None
    assert beacons[2] not in {None, beacons[1]}, "the latest that an acknowledgement brought"
    flags = [one.body.flags for one in found]  # type: ignore[union-attr]  # checks
    assert flags == [CheckFlag(0), CheckFlag(0), CheckFlag.TAG_OPENED]
    assert tampers(home, 1) == [(TamperCause.TAG_OPENED, True)]
    home.emulator.do("remove hung")
    terminal.next("off-wall")
    assert tampers(home, 2)[1] == (TamperCause.OFF_WALL, True)


@pytest.mark.parametrize("home", ["CRADLE"], indirect=True)
def test_a_spoiled_door_tag_is_written_again_by_its_terminal_also_after_a_restart(home: Home) -> None:
    terminal = home.start()

    def tap(moment: str) -> None:
        home.emulator.do("present hung")
        terminal.next("door-seen")
        home.emulator.do("remove hung")
        home.emulator.do("present cpu")
        terminal.next(moment)
        home.emulator.do("remove cpu")
        home.emulator.do("wait 800")

    tap("checked-in")
    assert (home.data / "door.tag").stat().st_size < 1024
    terminal.stop()
    home.emulator.do("copy hello hung")
    terminal = home.start()
    tap("checked-out")
    tap("checked-in")
    suns = [door_of(home, one) for one in checks(home, 3)]
    assert len({one.counter for one in suns}) == 3
    assert tampers(home, 1) == [(TamperCause.DOOR_TAG_SPOILED, False)]


@pytest.mark.parametrize("home", ["CRADLE"], indirect=True)
def test_a_card_is_authenticated_live_where_the_gateway_answers_and_read_by_itself_where_not(home: Home) -> None:
    home.config.write_text(home.config.read_text().replace("[nfc]", "[nfc]\nlive_ms = 2000"))
    numbers: list[int] = []

    def gateway(message: bytes) -> bytes | None:
        asked = read_question(message)
        keys = home.gateway.keys[asked.question.epoch, asked.question.start]
        question = asked.proved(home.who.suite, keys.mac_key)
        numbers.append(question.number)
        key = strong.keys_of(question.technology, question.uid)[LIVE_KEY]
        token = live_token(strong.MASTERS, key, question.uid, question.challenge, question.first)
        return encode_live(home.who.suite, keys.mac_key, question.device, question.number, token)

    terminal = home.start()
    for moment in ("checked-in", "checked-out"):
        home.emulator.do("present hung")
        terminal.next("door-seen")
        home.emulator.do("remove hung")
        home.emulator.do("present fire")
        terminal.next(moment)
        terminal.next("accepted")
        home.emulator.do("remove fire")
        home.emulator.do("wait 800")
        home.gateway.on_question = gateway
    silent, answered = checks(home, 2)
    tokens = [silent.body.caregiver, answered.body.door, answered.body.caregiver]  # type: ignore[union-attr]  # checks
    assert [one.strength for one in tokens] == [Strength.SIGNED, Strength.CHALLENGE, Strength.CHALLENGE]
    assert numbers == [3, 4], "two questions before were not answered"
    for read in tokens[1:]:
        evidence, challenge = proved(home, answered, read)
        assert evidence.answer is not None
        assert evidence.answer.scheme is Scheme.EV2
        key = strong.keys_of(read.technology, read.uid)[LIVE_KEY]
        assert live_answer_holds(strong.MASTERS, key, read.uid, challenge, evidence.answer.answer)
