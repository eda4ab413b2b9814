"""Lines of text and answers on a bus: any bytes end as a reading, a named error, or nothing; memory is bounded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.sensors.modbus import ModbusError, Question, framed
from zhendao.device.sensors.telegram import LINE_LIMIT, Lines, Patterns


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=200) | st.just(b"T=21.5\r\n"), max_size=20))
def test_whatever_comes_lines_are_bounded_and_the_cuts_do_not_matter(chunks: list[bytes]) -> None:
    one, other = Lines(), Lines()
    whole = b"".join(chunks)
    found = [line for chunk in chunks for line in one.feed(chunk)]
    assert found == [line for at in range(len(whole)) for line in other.feed(whole[at : at + 1])]
    assert all(0 < len(line) <= LINE_LIMIT and line.isascii() for line in found)
    assert len(one._begun) <= LINE_LIMIT
    assert one.feed(b"\r\nT=1\r\n")[-1] == "T=1", "what follows is read"


def test_after_bytes_were_dropped_the_rest_of_a_line_is_not_taken_for_one() -> None:
    lines = Lines()
    assert lines.feed(b"T=2") == []
    lines.forget()
    assert lines.feed(b"1.5\nT=3\n") == ["T=3"]


def test_patterns_find_numbers_and_states() -> None:
    patterns = Patterns(
        {0: r"T=(?P<value>[-+.,\d]+)", 1: r"BED (?:(?P<active>OUT)|(?P<rest>IN))", 2: r"H=(?P<value>\w+)"}
    )
    assert list(patterns.readings("T=-3,5;BED OUT;H=x")) == [(0, -3.5), (1, 1.0)]
    assert list(patterns.readings("BED IN")) == [(1, 0.0)]
    assert list(patterns.readings("noise")) == []


def test_the_frames_of_the_bus_are_those_of_the_standard() -> None:
    # A published example: unit 1, function 3, register 0, one register.
    assert Question(1, 0, "holding").frame().hex() == "010300000001840a"
    assert Question(17, 196, "coil").frame()[:6].hex() == "110100c40001"
    assert Question(1, 0, "holding", signed=True).reading(framed(bytes.fromhex("010302ff9c"))) == -100
    assert Question(1, 0, "input").reading(framed(bytes.fromhex("010402ff9c"))) == 0xFF9C
    assert Question(1, 0, "input-bit").reading(framed(bytes.fromhex("01020101"))) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "does not answer"),
        (framed(bytes.fromhex("018302")), "refuses (code 2)"),
        (framed(bytes.fromhex("020302ff9c")), "damaged"),
        (bytes.fromhex("010302ff9c0000"), "damaged"),
        (framed(bytes.fromhex("010402ff9c")), "something else"),
        (framed(bytes.fromhex("0103020001")) + b"\0", "something else"),
    ],
)
def test_what_is_no_answer_is_named(answer: bytes, words: str) -> None:
    with pytest.raises(ModbusError) as caught:
        Question(1, 0, "holding").reading(answer)
    assert words in caught.value.what.en


@settings(max_examples=60)
@given(st.binary(max_size=12))
def test_any_bytes_are_an_answer_or_a_named_error(answer: bytes) -> None:
    for table in ("coil", "holding"):
        try:
            Question(1, 0, table).reading(answer)
        except ModbusError:
            continue
