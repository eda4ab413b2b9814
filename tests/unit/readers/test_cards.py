"""Cards of ISO 14443-4 that answer anything at all: a value, or a named error; never without end, never a crash."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.evidence import Evidence, Grounded, encode_evidence
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.cards import Card, read_card
from zhendao.readers.challenger import NO_CHALLENGES, Challenge, Challenger
from zhendao.readers.errors import TagError, TagGoneError, TagMalformedError
from zhendao.readers.iso7816 import BUDGET_NS, Talk, read_binary, select, update_binary
from zhendao.readers.reader import Target

TARGET = Target(1, bytes(range(7)), 0x0344, 0x20)
OK = b"\x90\x00"
MOST_COMMANDS = 120
"""A card that hands out each answer in as many parts as it may."""


class Asking:
    """A challenger whose challenges are all the same, and that heals whatever it is shown."""

    renews = True

    def challenge(self) -> Challenge:
        return Challenge(b"c" * 16, Grounded(7, b"h" * 32, b"f" * 16))

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        assert uid == TARGET.uid
        return b"m" * 200 if message is None else None


class Scripted:
    """A reader whose card answers as it is told, in turn; ``took_ns``: what each answer takes."""

    def __init__(self, answers: Iterator[bytes], took_ns: int = 0) -> None:
        self.answers, self.took_ns = answers, took_ns
        self.asked: list[bytes] = []
        self.now = 0

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        assert target is TARGET
        assert 4 <= len(apdu) <= 261
        self.asked.append(apdu)
        self.now += self.took_ns
        return next(self.answers)

    def clock(self) -> int:
        return self.now


def read(reader: Scripted, challenger: Challenger = NO_CHALLENGES, clock: Callable[[], int] | None = None) -> Card:
    return read_card(reader, TARGET, challenger, clock)  # type: ignore[arg-type]  # as much of a reader as is used


anything = st.binary(max_size=40) | st.binary(max_size=40).map(lambda data: data + OK)
likely = st.sampled_from(
    [
        OK,
        b"\x91\xaf",
        b"\x91\x00",
        b"\x6a\x82",
        b"\x61\x10",
        b"\x6c\x10",
        bytes.fromhex("04040230001105") + b"\x91\xaf",
        bytes.fromhex("001720010000ff0406e104010000009000"),
        b"\x00\x10" + OK,
    ]
)


@given(st.lists(anything | likely, min_size=1, max_size=24), st.sampled_from((NO_CHALLENGES, Asking())))
def test_any_answers_end_as_a_card_whose_evidence_fits_the_wire(answers: list[bytes], challenger: Challenger) -> None:
    reader = Scripted(cycle(answers))
    card = read(reader, challenger)
    assert len(reader.asked) <= MOST_COMMANDS
    if card.evidence is not None:
        encode_evidence(card.evidence)


@given(st.lists(anything | likely, min_size=1, max_size=24), st.integers(1, 3_000_000_000))
def test_a_card_that_takes_its_time_is_read_no_longer_than_a_person_waits(answers: list[bytes], took: int) -> None:
    reader = Scripted(cycle(answers), took)
    read(reader, Asking(), reader.clock)
    assert reader.now <= BUDGET_NS + took


def test_what_was_read_before_a_card_became_slow_counts() -> None:
    record = b"r" * 20
    answers = iter([OK, b"\x00\x14" + OK, record + OK, b"\x69\x85"])
    reader = Scripted(answers, BUDGET_NS // 2)
    assert read(reader, Asking(), reader.clock) == Card(Technology.CPU_CARD, evidence=Evidence(record=record))
    assert len(reader.asked) == 3


def test_an_answer_in_parts_is_put_together_and_a_wrong_length_is_mended() -> None:
    reader = Scripted(iter([b"ab\x61\x02", b"cd" + OK, b"\x6c\x03", b"xyz" + OK]))
    talk = Talk(reader, TARGET)  # type: ignore[arg-type]  # as much of a reader as is used
    assert talk.want(select(b"12345")) == b"abcd"
    assert talk.want(read_binary(0, 9)) == b"xyz"
    assert reader.asked[1:] == [b"\x00\xc0\x00\x00\x02", b"\x00\xb0\x00\x00\x09", b"\x00\xb0\x00\x00\x03"]


@pytest.mark.parametrize("answers", [[b""], [b"\x90"], [b"x" * 1025 + OK], [b"\x61\x01"] * 9])
def test_an_answer_without_form_is_named(answers: list[bytes]) -> None:
    with pytest.raises(TagMalformedError):
        Talk(Scripted(iter(answers)), TARGET).ask(update_binary(0, b"x"))  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("hardware", "technology"),
    [
        ("04040230001105", Technology.NTAG424),
        ("04040830001105", Technology.NTAG424),
        ("04010133001a05", Technology.DESFIRE),
        ("04040210000e03", Technology.ISO_DEP),
        ("05040230001105", Technology.ISO_DEP),
        ("04", Technology.ISO_DEP),
        ("", Technology.ISO_DEP),
    ],
)
def test_what_a_card_says_it_is(hardware: str, technology: Technology) -> None:
    version = [bytes.fromhex(hardware) + b"\x91\xaf", bytes(7) + b"\x91\xaf", bytes(14) + b"\x91\x00"]
    reader = Scripted(iter([b"\x6a\x82", *version, b"\x6a\x82", b"\x6a\x82"]))
    assert read(reader) == Card(technology)


def test_a_card_of_no_kind_that_is_known_is_a_card() -> None:
    assert read(Scripted(cycle([b"\x6e\x00"]))) == Card(Technology.ISO_DEP)


def test_a_card_that_answers_8_bytes_only_is_asked_8_bytes() -> None:
    refused = b"\x67\x00"
    reader = Scripted(iter([OK, b"\x6a\x82", refused, refused, b"12345678" + OK]))
    card = read(reader, Asking())
    assert card.evidence is not None
    assert card.evidence.answer is not None
    assert (card.evidence.answer.scheme, card.evidence.answer.answer) == (2, b"12345678")
    assert reader.asked[-1] == bytes.fromhex("0088000108") + b"c" * 8


def test_a_card_that_leaves_is_gone() -> None:
    class Leaving(Scripted):
        def transceive(self, target: Target, apdu: bytes) -> bytes:
            if len(self.asked) == 3:
                raise TagGoneError
            return super().transceive(target, apdu)

    with pytest.raises(TagError):
        read(Leaving(cycle([b"\x00\x14" + OK])), Asking())
