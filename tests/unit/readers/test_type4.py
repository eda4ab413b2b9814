"""Type 4 cards that answer anything at all: a message, nothing, or a named error, and never without end."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.errors import TagError, TagMalformedError
from zhendao.readers.reader import Target
from zhendao.readers.type4 import MOST_BYTES, read_message
from zhendao.simulators.pn532.tags.type4 import Type4

TARGET = Target(1, bytes(range(7)), 0x0344, 0x20)


class Card:
    """A reader whose one card answers as it is told."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.asked = 0

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        assert target is TARGET
        assert 5 <= len(apdu) <= 13
        self.asked += 1
        return self.answers[(self.asked - 1) % len(self.answers)]


def read(*answers: bytes) -> bytes | None:
    card = Card(*answers)
    try:
        return read_message(card, TARGET)  # type: ignore[arg-type]  # as much of a reader as is used
    finally:
        assert card.asked <= 6 + MOST_BYTES // 15


OK = b"\x90\x00"
CC = bytes.fromhex("000f20003b00340406e1040400 0000") + OK


def test_a_card_without_the_application_has_no_message() -> None:
    assert read(b"\x6a\x82") is None
    assert read(OK, OK, CC, OK, b"\x00\x00" + OK) is None
    assert read(OK, OK, CC, OK, b"\x00\x03" + OK, b"abc" + OK) == b"abc"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((OK, b"\x6a\x82"), "status"),
        ((OK, OK, b"\x00" + OK), "length"),
        ((OK, OK, CC[:2] + b"\x50" + CC[3:]), "version"),
        ((OK, OK, CC[:13] + b"\xff" + CC[14:]), "access"),
        ((OK, OK, CC, OK, b"\xff\xff" + OK), "length"),
        ((OK, OK, CC, OK, b"\x00\x03" + OK, b"ab" + OK), "length"),
    ],
)
def test_what_is_refused(answers: tuple[bytes, ...], reason: str) -> None:
    with pytest.raises(TagMalformedError) as refused:
        read(*answers)
    assert refused.value.reason == reason


@given(st.lists(st.binary(max_size=40) | st.binary(max_size=20).map(lambda data: data + OK), min_size=1, max_size=8))
def test_any_answers(answers: list[bytes]) -> None:
    with contextlib.suppress(TagError):
        message = read(*answers)
        assert message is None or 0 < len(message) <= MOST_BYTES


@given(st.lists(st.binary(max_size=20), max_size=12))
def test_the_simulated_card_has_an_answer_to_everything(commands: list[bytes]) -> None:
    card = Type4(bytes(7))
    for command in commands:
        answer = card.apdu(command)
        assert len(answer) >= 2
        assert len(card.memory()) == 1024
