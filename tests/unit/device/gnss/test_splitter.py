from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.gnss.splitter import LINE_LIMIT, Splitter


def split(*chunks: bytes) -> list[str]:
    splitter = Splitter()
    return [line for chunk in chunks for line in splitter.feed(chunk)]


def test_lines_end_by_cr_lf_or_the_next_dollar() -> None:
    assert split(b"$A*00\r\n$B*00\n$C*00$D*00\r") == ["$A*00", "$B*00", "$C*00", "$D*00"]


def test_noise_before_a_line_costs_nothing() -> None:
    assert split(b"\xb5b\x01\x07\x00 junk $A*00\r\n") == ["$A*00"]


def test_a_byte_that_no_line_has_ends_it() -> None:
    splitter = Splitter()
    assert splitter.feed(b"$GPG\x00GA*00\r\n$A*00\r\n") == ["$A*00"]
    assert splitter.counters.broken == 1


def test_an_endless_line_is_given_up() -> None:
    splitter = Splitter()
    assert splitter.feed(b"$" + b"A" * 10_000 + b"$B*00\n") == ["$B*00"]
    assert splitter.counters.overlong == 1
    assert splitter.counters.noise_bytes == 10_001


def test_what_stands_when_the_line_goes_away() -> None:
    splitter = Splitter()
    assert splitter.feed(b"$A*00") == []
    assert splitter.finish() == ["$A*00"]
    assert splitter.finish() == []


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"$", b"\r\n", b"$GPGGA,1*00\r\n"]), max_size=20))
def test_any_bytes_in_any_chunks_are_the_same_bounded_lines(chunks: list[bytes]) -> None:
    whole = Splitter()
    lines = whole.feed(b"".join(chunks))
    parts = Splitter()
    assert [line for chunk in chunks for line in parts.feed(chunk)] == lines
    assert parts.counters == whole.counters
    assert all(len(line) <= LINE_LIMIT and line.startswith("$") and line.isprintable() for line in lines)
