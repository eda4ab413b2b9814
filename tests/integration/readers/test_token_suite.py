"""Every kind of card that proves something, read through a PN532 and through PC/SC: the same suite for both."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from samples.issued import CHALLENGE, DYNAMIC, LIVE, LOOP, PLAIN, RECORD, UIDS, issue, keys_of
from samples.pcsc import CardHolder, service
from samples.pn532 import Emulator
from zhendao.protocol.cards.challenge import Scheme, sm4_answer_holds
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY
from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.cards.sun import Loop, Tamper, nonce_text, read_sun
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.cards import Card, read_card
from zhendao.readers.challenger import NO_CHALLENGES, Challenge, Challenger
from zhendao.readers.errors import TagError, TagGoneError
from zhendao.readers.pcsc.port import open_pcsc
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.reader import Reader, Target

ROUNDS = 600


class Asking:
    """A challenger that counts: each challenge is another one."""

    renews = True

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def challenge(self) -> Challenge:
        value = bytes((len(self.asked) + 1,)) * 16
        self.asked.append(value)
        return Challenge(value, Grounded(1, b"h" * 32, value))

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        del uid, message
        return None


@dataclass
class Bench:
    """A reader, and whoever holds cards to it."""

    reader: Reader
    hand: Emulator | CardHolder

    def do(self, order: str) -> dict[str, Any]:
        return self.hand.do(order)

    def held(self, name: str) -> Target:
        """Hold a card there; return it once the reader has seen it."""
        self.do(f"present {name}")
        return self.seen()

    def seen(self) -> Target:
        pause = threading.Event()
        for _ in range(ROUNDS):
            found = self.reader.sense()
            if found and not found[0].mute:
                return found[0]
            pause.wait(0.05)
        raise AssertionError("no card")

    def read(self, name: str, challenger: Challenger = NO_CHALLENGES) -> Card:
        """Hold a card there, read it, take it away."""
        try:
            return read_card(self.reader, self.held(name), challenger)
        finally:
            self.take(name)

    def take(self, name: str) -> None:
        """Take a card away; return once the reader has seen that."""
        self.do(f"remove {name}")
        pause = threading.Event()
        for _ in range(ROUNDS):
            if not self.reader.sense():
                return
            pause.wait(0.05)
        raise AssertionError("the card is still there")


@pytest.fixture(params=["pn532", "pcsc"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    state = tmp_path / "tags"
    issue(state)
    if request.param == "pn532":
        with Emulator(tmp_path / "reader", "--state", str(state)) as emulator:
            reader = open_pn532(str(tmp_path / "reader"))
            yield Bench(reader, emulator)
            reader.close()
        return
    with service(tmp_path, monkeypatch) as running, CardHolder(running, "--state", str(state)) as holder:
        reader = open_pcsc("")
        yield Bench(reader, holder)
        reader.close()


def sun_of(card: Card) -> bytes:
    assert card.evidence is not None
    assert card.evidence.sun is not None
    return card.evidence.sun


def test_a_dynamic_tag_answers_a_fresh_challenge_each_time(bench: Bench) -> None:
    challenger = Asking()
    proved = [read_sun(keys_of(DYNAMIC), sun_of(bench.read(DYNAMIC, challenger)), UIDS[DYNAMIC]) for _ in range(3)]
    assert [one.nonce for one in proved] == challenger.asked
    assert proved[0].counter < proved[1].counter < proved[2].counter
    assert not proved[0].tamper.opened
    card = bench.read(DYNAMIC, challenger)
    assert card.technology is Technology.NTAG424
    assert card.message is not None
    assert card.message.endswith(RECORD)
    assert all(rtt > 0 for rtt in bench.reader.take_rtts())


def test_a_tag_that_refuses_to_be_written_proves_its_counter_alone(bench: Bench) -> None:
    card = bench.read(PLAIN, Asking())
    assert card.evidence is not None
    assert card.evidence.challenge is None
    assert read_sun(keys_of(PLAIN), sun_of(card), UIDS[PLAIN]).nonce is None


def test_a_loop_is_closed_open_and_was_open(bench: Bench) -> None:
    told = []
    for order in ("loop loop closed", "loop loop open", "loop loop closed"):
        bench.do(order)
        told.append(read_sun(keys_of(LOOP), sun_of(bench.read(LOOP, Asking())), UIDS[LOOP]).tamper)
    closed, opened = Loop.CLOSED, Loop.OPEN
    assert told == [Tamper(closed, closed), Tamper(opened, opened), Tamper(opened, closed)]


def test_a_cpu_card_answers_the_challenge_and_no_other(bench: Bench) -> None:
    challenger = Asking()
    cards = [bench.read(CHALLENGE, challenger) for _ in range(2)]
    for card, asked in zip(cards, challenger.asked, strict=True):
        assert card.technology is Technology.CPU_CARD
        assert card.evidence is not None
        assert card.evidence.record == RECORD
        assert card.evidence.answer is not None
        key = keys_of(CHALLENGE)[CPU_ANSWER_KEY]
        assert sm4_answer_holds(Scheme.SM4_16, key, asked, card.evidence.answer.answer)
        assert not sm4_answer_holds(Scheme.SM4_16, key, bytes(16), card.evidence.answer.answer)


def test_a_desfire_is_told_from_the_others(bench: Bench) -> None:
    assert bench.read(LIVE).technology is Technology.DESFIRE


def test_harvested_messages_pass_for_the_tag_and_prove_nothing_fresh(bench: Bench) -> None:
    uid = UIDS[DYNAMIC].hex()
    bench.do(f"tag fake player uid={uid}")
    bench.do(f"tag deaf player-deaf uid={uid}")
    for name in ("fake", "deaf"):
        bench.do(f"harvest {DYNAMIC} 3 {name}")
    challenger = Asking()
    shown = sun_of(bench.read("fake", challenger))
    assert nonce_text(challenger.asked[-1]) in shown
    with pytest.raises(CryptoError):
        read_sun(keys_of(DYNAMIC), shown, UIDS[DYNAMIC])
    card = bench.read("deaf", challenger)
    assert card.evidence is not None
    assert card.evidence.challenge is None
    assert read_sun(keys_of(DYNAMIC), sun_of(card), UIDS[DYNAMIC]).nonce is None


def test_a_card_pulled_away_in_any_frame_is_gone_and_whole_when_it_is_back(bench: Bench) -> None:
    for name in (DYNAMIC, CHALLENGE):
        left = 0
        while True:
            target = bench.held(name)
            bench.do(f"pull {left} new")
            try:
                read_card(bench.reader, target, Asking())
                break
            except TagGoneError:
                left += 5
                bench.take(name)
        bench.do("pull none")
        bench.take(name)
        assert left >= 5
        assert bench.read(name, Asking()).evidence is not None


@pytest.mark.parametrize("order", ["ats", "ats 00", "ats ff", "ats 7577810280ffffffffff"])
def test_an_answer_to_select_of_any_form_is_read_or_named(bench: Bench, order: str) -> None:
    bench.do(f"odd {CHALLENGE} {order}")
    try:
        card = bench.read(CHALLENGE, Asking())
    except TagError:
        return
    assert card.technology in {Technology.CPU_CARD, Technology.ISO_DEP}


def test_answers_that_are_too_long_cost_no_more_than_their_card(bench: Bench) -> None:
    bench.do(f"odd {CHALLENGE} surplus 4000")
    with suppress(TagError):
        assert bench.read(CHALLENGE, Asking()).evidence is None
    assert bench.read(DYNAMIC, Asking()).evidence is not None


def test_a_card_that_asks_for_time_is_waited_for(bench: Bench) -> None:
    bench.do(f"odd {CHALLENGE} waits 5")
    assert bench.read(CHALLENGE, Asking()).evidence is not None


def test_a_relayed_card_answers_later_and_is_read(bench: Bench) -> None:
    bench.do(f"delay {CHALLENGE} 100")
    target = bench.held(CHALLENGE)
    bench.reader.take_rtts()
    assert read_card(bench.reader, target, Asking()).evidence is not None
    assert min(bench.reader.take_rtts()) >= 100_000
