"""What a reader thread posts of tokens of every strength, with a PN532 and with a PC/SC reader, byte for byte.

Each is emulated as a process of its own: the PN532 at 115,200 baud, the other behind the real PC/SC service.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from samples import strong
from samples.listening import Listener
from samples.pcsc import CardHolder, service
from samples.pn532 import Emulator
from zhendao.protocol.cards.challenge import Scheme, sm4_answer_holds
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY
from zhendao.protocol.cards.evidence import Evidence, Grounded
from zhendao.protocol.cards.sun import ndef_file, read_sun
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.challenger import Challenge
from zhendao.readers.ndef import encode_message
from zhendao.readers.pcsc.port import open_pcsc
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.token_record import token_message, token_record
from zhendao.readers.values import Departure, Posting, Presence, Refusal
from zhendao.simulators.pn532.tags.ev2.ntag424 import NDEF
from zhendao.simulators.pn532.tags.kinds import KINDS
from zhendao.simulators.pn532.tags.ntag import Ntag

RECORD = b"R" * 130
UIDS = {
    name: bytes((0x04, number)) + b"\xa2\xb3\xc4\xd5\xe6"
    for number, name in enumerate(
        ("signed", "blank", "dynamic", "stubborn", "spoiled", "cpu", "fire", "fresh424", "freshfire")
    )
}
UIDS["classic"] = b"\xde\xad\xbe\xef"
MOST_FRAMES = 60


class Asker:
    """A challenger that counts."""

    renews = False

    def __init__(self) -> None:
        self.numbers = count(1)
        self.last = b""

    def challenge(self) -> Challenge:
        number = next(self.numbers)
        self.last = number.to_bytes(16, "big")
        return Challenge(self.last, Grounded(number, bytes(32), bytes(16)))

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        gone = message is None or token_record(message) != RECORD
        return ndef_file(RECORD)[2:] if gone and uid == UIDS["spoiled"] else None


class Desk:
    """A reader of one kind, somebody who listens to it, and hands that hold cards there."""

    def __init__(self, hands: Emulator | CardHolder) -> None:
        self.hands, self.asker = hands, Asker()
        if isinstance(hands, Emulator):
            self.listener = Listener(hands.link, opener=open_pn532, challenger=self.asker)
        else:
            self.listener = Listener("", opener=open_pcsc, challenger=self.asker)
        assert self.listener.state().up

    def hold(self, name: str) -> Posting:
        """Hold a card there; return what the reader says of it first."""
        self.hands.do(f"present {name}")
        return self.listener.next()

    def take(self, name: str) -> None:
        self.hands.do(f"remove {name}")

    def read(self, name: str) -> Presence:
        """Hold a card there and take it away again; return what it showed."""
        found = self.hold(name)
        assert isinstance(found, Presence), found
        assert found.uid == UIDS[name]
        assert found.rtts_us or name == "classic"
        self.take(name)
        assert isinstance(self.listener.next(), Departure)
        return found

    def evidence(self, name: str) -> Evidence:
        found = self.read(name).evidence
        assert found is not None
        return found


def shelve(folder: Path) -> None:
    """Put cards of every strength on the shelf of an emulator, as they are after writing."""
    signed = KINDS["ntag215"][1](UIDS["signed"], None)
    assert isinstance(signed, Ntag)
    message = encode_message(token_message(RECORD)) + b"\xfe"
    signed.content[16 : 16 + len(message)] = message
    spoiled = strong.ntag424(UIDS["spoiled"], RECORD)
    spoiled.files[NDEF].content[:] = b"\xff" * 256
    for name, kind, tag in (
        ("signed", "ntag215", signed),
        ("dynamic", "ntag424", strong.ntag424(UIDS["dynamic"], RECORD)),
        ("stubborn", "ntag424", strong.ntag424(UIDS["stubborn"], RECORD, writable=False)),
        ("spoiled", "ntag424", spoiled),
        ("cpu", "cpucard", strong.cpu_card(UIDS["cpu"], RECORD)),
        ("fire", "desfire", strong.desfire(UIDS["fire"], RECORD)),
        ("fresh424", "ntag424", KINDS["ntag424"][1](UIDS["fresh424"], None)),
        ("freshfire", "desfire", KINDS["desfire"][1](UIDS["freshfire"], None)),
        ("blank", "ntag213", KINDS["ntag213"][1](UIDS["blank"], None)),
    ):
        strong.shelve(folder, name, kind, tag)


@pytest.fixture(params=["pn532", "pcsc"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A reader of each kind with everything on its shelf."""
    shelve(tmp_path / "tags")
    with ExitStack() as stack:
        hands: Emulator | CardHolder
        if request.param == "pn532":
            hands = stack.enter_context(Emulator(tmp_path / "reader", "--state", str(tmp_path / "tags")))
        else:
            running = stack.enter_context(service(tmp_path, monkeypatch))
            hands = stack.enter_context(CardHolder(running, "--state", str(tmp_path / "tags")))
        hands.do("tag classic classic uid=DEADBEEF")  # the same again changes nothing
        made = Desk(hands)
        stack.enter_context(made.listener)
        yield made
        assert made.listener.thread.failures() == {}


def sun_of(evidence: Evidence, name: str) -> bytes:
    """Return the nonce that the tag's MAC covers, b"" for none."""
    assert evidence.sun is not None
    return read_sun(strong.keys_of(Technology.NTAG424, UIDS[name]), evidence.sun, UIDS[name]).nonce or b""


def test_a_token_of_each_strength_shows_what_it_can(desk: Desk) -> None:
    signed = desk.read("signed")
    assert (signed.technology, token_record(signed.ndef), signed.evidence) == (Technology.NTAG21X, RECORD, None)
    classic = desk.read("classic")
    assert (classic.technology, classic.ndef, classic.evidence) == (Technology.ISO14443A, None, None)
    for name, technology in (("blank", Technology.NTAG21X), ("fresh424", Technology.NTAG424)):
        bare = desk.read(name)
        assert (bare.technology, bare.ndef, bare.evidence) == (technology, None, None)
    dynamic = desk.read("dynamic")
    assert (dynamic.technology, token_record(dynamic.ndef)) == (Technology.NTAG424, RECORD)
    assert dynamic.evidence is not None
    assert dynamic.evidence.challenge is not None
    assert sun_of(dynamic.evidence, "dynamic") == desk.asker.last
    stubborn = desk.evidence("stubborn")
    assert (stubborn.challenge, sun_of(stubborn, "stubborn")) == (None, b"")
    cpu = desk.read("cpu")
    assert cpu.technology is Technology.CPU_CARD
    assert cpu.evidence is not None
    assert cpu.evidence.record == RECORD
    answer, key = cpu.evidence.answer, strong.keys_of(Technology.CPU_CARD, UIDS["cpu"])[CPU_ANSWER_KEY]
    assert answer is not None
    assert sm4_answer_holds(Scheme.SM4_16, key, desk.asker.last, answer.answer)
    fire = desk.read("fire")
    assert fire.technology is Technology.DESFIRE
    assert fire.evidence == Evidence(record=RECORD)
    assert desk.read("freshfire").technology is Technology.DESFIRE


def test_a_spoiled_tag_of_ours_is_written_again(desk: Desk) -> None:
    healed = desk.read("spoiled")
    assert healed.healed
    assert token_record(healed.ndef) == RECORD
    assert not desk.read("spoiled").healed


@pytest.mark.long
@pytest.mark.parametrize("name", ["dynamic", "cpu"])
def test_a_card_pulled_away_in_any_exchange_is_refused_or_whole(desk: Desk, name: str) -> None:
    refused = 0
    for frames in range(MOST_FRAMES):
        desk.hands.do(f"pull {frames} {('old', 'new', 'torn')[frames % 3]}")
        found = desk.hold(name)
        desk.hands.do("pull none")
        desk.take(name)
        if isinstance(found, Refusal):
            refused += 1
            continue
        assert isinstance(found, Presence)
        assert isinstance(desk.listener.next(), Departure)
        assert found.evidence is not None
        if frames > refused + 1:
            break
    assert refused >= 3
    assert desk.evidence(name).challenge is not None
