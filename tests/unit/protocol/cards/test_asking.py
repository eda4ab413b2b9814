"""Questions about a card and their live answers: what is encoded is read, and nobody without the key is heard."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.asking import (
    MAX_QUESTION_BYTES,
    Question,
    encode_live,
    encode_question,
    open_live,
    read_question,
)
from zhendao.protocol.down import MacedLive, split_down
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import Technology

KEY = b"k" * 32
DEVICE = b"d" * 16
QUESTION = Question(SM.id, DEVICE, b"e" * 16, 1, 7, Technology.NTAG424, bytes(7), b"c" * 16, b"f" * 16)
TOKEN = bytes(range(32))


def live(message: bytes) -> MacedLive:
    found = split_down(message)
    assert isinstance(found, MacedLive)
    return found


questions = st.builds(
    Question,
    suite_id=st.integers(0, 9),
    device=st.binary(min_size=16, max_size=16),
    epoch=st.binary(min_size=16, max_size=16),
    start=st.integers(1, 1 << 60),
    number=st.integers(0, 1 << 60),
    technology=st.sampled_from(Technology),
    uid=st.sampled_from([bytes(4), bytes(7), bytes(10)]),
    challenge=st.binary(min_size=16, max_size=16),
    first=st.binary(min_size=16, max_size=16),
)


@given(questions)
def test_what_is_asked_is_read_by_who_has_the_key(question: Question) -> None:
    message = encode_question(SM, KEY, question)
    assert len(message) <= MAX_QUESTION_BYTES
    asked = read_question(message)
    assert asked.question == question
    assert asked.proved(SM, KEY) == question
    with pytest.raises(CryptoError):
        asked.proved(SM, b"x" * 32)


def test_an_answer_is_for_one_question_of_one_terminal() -> None:
    message = encode_live(SM, KEY, DEVICE, 7, TOKEN)
    assert open_live(SM, KEY, DEVICE, live(message)) == (7, TOKEN)
    for suite, key, device in ((SM, b"x" * 32, DEVICE), (SM, KEY, b"x" * 16), (INTL, KEY, DEVICE)):
        with pytest.raises(CryptoError):
            open_live(suite, key, device, live(message))


@given(st.integers(0, 1 << 12))
def test_no_flipped_bit_is_heard(bit: int) -> None:
    message = bytearray(encode_live(SM, KEY, DEVICE, 7, TOKEN))
    message[bit // 8 % len(message)] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        open_live(SM, KEY, DEVICE, live_or_refused(bytes(message)))
    asked = bytearray(encode_question(SM, KEY, QUESTION))
    asked[bit // 8 % len(asked)] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        read_question(bytes(asked)).proved(SM, KEY)


def live_or_refused(message: bytes) -> MacedLive:
    found = split_down(message)
    if not isinstance(found, MacedLive):
        raise MalformedError("down", "another kind")
    return found


@given(st.binary(max_size=600))
def test_any_bytes_are_a_question_or_malformed(data: bytes) -> None:
    try:
        asked = read_question(data)
    except MalformedError:
        return
    assert encode_question(SM, KEY, asked.question)[3:] != b""


def test_a_question_is_never_an_answer() -> None:
    """The same key, other words: what was said to the gateway cannot be said back to the terminal."""
    asked = read_question(encode_question(SM, KEY, QUESTION))
    with pytest.raises(CryptoError):
        open_live(SM, KEY, DEVICE, MacedLive(asked.payload, asked.mac))
    with pytest.raises(MalformedError):
        encode_question(SM, KEY, replace(QUESTION, first=b""))
