"""The tokens of every strength before both kinds of reader, byte for byte: one suite, a PN532 and a PC/SC reader.

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
from zhendao.protocol.cards.sun import Loop, ndef_file, parse_sun, read_sun
from zhendao.protocol.errors import CryptoError
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
from zhendao.simulators.pn532.tags.player import Player

RECORD = b"R" * 130
UIDS = {
    name: bytes((0x04, number)) + b"\xa2\xb3\xc4\xd5\xe6"
    for number, name in enumerate(
        ("signed", "blank", "dynamic", "loop", "stubborn", "spoiled", "cpu", "fire", "fresh424", "freshfire")
    )
}
UIDS["player"] = UIDS["deaf"] = UIDS["dynamic"]
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
        ("loop", "ntag424tt", strong.ntag424(UIDS["loop"], RECORD, loop=True)),
        ("stubborn", "ntag424", strong.ntag424(UIDS["stubborn"], RECORD, writable=False)),
        ("spoiled", "ntag424", spoiled),
        ("cpu", "cpucard", strong.cpu_card(UIDS["cpu"], RECORD)),
        ("fire", "desfire", strong.desfire(UIDS["fire"], RECORD)),
        ("fresh424", "ntag424", KINDS["ntag424"][1](UIDS["fresh424"], None)),
        ("freshfire", "desfire", KINDS["desfire"][1](UIDS["freshfire"], None)),
        ("blank", "ntag213", KINDS["ntag213"][1](UIDS["blank"], None)),
        ("player", "player", Player(UIDS["player"])),
        ("deaf", "player-deaf", Player(UIDS["deaf"], deaf=True)),
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
    """Return the nonce that the tag's MAC covers, b"" for none. Raises `CryptoError` where the tag did not make it."""
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


def test_each_reading_is_another_one_and_a_counter_rises(desk: Desk) -> None:
    keys = strong.keys_of(Technology.NTAG424, UIDS["dynamic"])
    seen = [desk.evidence("dynamic") for _ in range(3)]
    suns = [read_sun(keys, one.sun or b"", UIDS["dynamic"]) for one in seen]
    assert len({one.nonce for one in suns}) == 3
    assert suns[0].counter < suns[1].counter < suns[2].counter


def test_what_was_harvested_with_a_phone_does_not_fit_what_is_asked(desk: Desk) -> None:
    desk.hands.do("harvest dynamic 3 player")
    desk.hands.do("harvest dynamic 3 deaf")
    played = desk.evidence("player")
    assert played.challenge is not None
    with pytest.raises(CryptoError):
        sun_of(played, "player")
    deaf = desk.evidence("deaf")
    assert deaf.challenge is None, "the gateway's counters judge it"
    assert sun_of(deaf, "deaf") != desk.asker.last


def test_a_loop_that_was_opened_is_read_at_once(desk: Desk) -> None:
    for order, states in (("closed", "CC"), ("open", "OO"), ("closed", "OC")):
        desk.hands.do(f"loop loop {order}")
        evidence = desk.evidence("loop")
        assert sun_of(evidence, "loop") == desk.asker.last
        tamper = parse_sun(evidence.sun or b"").tamper
        assert (tamper.ever, tamper.now) == tuple(Loop(letter) for letter in states)


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


def test_a_card_that_is_relayed_is_read_and_its_round_trips_tell(desk: Desk) -> None:
    name = "cpu"
    near = desk.read(name)
    desk.hands.do(f"delay {name} 60")
    far = desk.read(name)
    assert far.evidence is not None
    assert far.evidence.challenge is not None
    assert min(far.rtts_us) >= 60_000
    assert sorted(near.rtts_us)[len(near.rtts_us) // 2] < 60_000


@pytest.mark.parametrize("odd", ["ats 7577810280ffff", "waits 3", "surplus 900"])
def test_an_odd_card_ends_as_a_token_or_a_refusal_and_the_next_one_is_read(desk: Desk, odd: str) -> None:
    desk.hands.do(f"odd cpu {odd}")
    found = desk.hold("cpu")
    assert isinstance(found, Presence | Refusal)
    desk.take("cpu")
    desk.hands.do("present signed")
    while not (isinstance(next_one := desk.listener.next(), Presence) and next_one.uid == UIDS["signed"]):
        assert isinstance(next_one, Departure | Refusal | Presence)
