"""Where the message lies: real tags' beginnings, hostile ones, and any bytes at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.errors import TagMalformedError
from zhendao.readers.ndef import MoreNeeded, Span, encode_message, find_message, parse_capability


@pytest.mark.parametrize(
    ("memory", "found"),
    [
        ("0300fe00", Span(0, b"")),
        ("0103a00c340300fe", Span(5, b"")),
        ("0000 0303 616263 fe", Span(2, b"abc")),
        ("fd02ffff 0301 61", Span(4, b"a")),
        ("fe0301", None),
        ("", MoreNeeded(1)),
        ("03", MoreNeeded(2)),
        ("0304", MoreNeeded(6)),
        ("03ff01", MoreNeeded(4)),
    ],
)
def test_messages(memory: str, found: Span | MoreNeeded | None) -> None:
    assert find_message(bytes.fromhex(memory), 144) == found


@pytest.mark.parametrize("memory", ["0490", "0391", "03ff00fe", "03ffffff", "010461626364", "55"])
def test_what_is_refused(memory: str) -> None:
    with pytest.raises(TagMalformedError):
        find_message(bytes.fromhex(memory), 144)


@given(st.binary(max_size=80), st.integers(0, 80))
def test_any_memory_gives_an_answer_and_more_is_never_beyond_the_size(memory: bytes, size: int) -> None:
    try:
        found = find_message(memory, size)
    except TagMalformedError:
        return
    if isinstance(found, MoreNeeded):
        assert len(memory) < found.size <= size


@given(st.binary(max_size=600), st.integers(0, 3), st.binary(max_size=8))
def test_what_is_encoded_is_found_however_it_is_read(message: bytes, nulls: int, behind: bytes) -> None:
    memory = bytes(nulls) + encode_message(message) + behind
    known = 0
    while isinstance(found := find_message(memory[:known], len(memory)), MoreNeeded):
        assert found.size > known
        known = found.size
    assert found == Span(nulls, message)


@given(st.binary(max_size=6))
def test_any_capability(page: bytes) -> None:
    try:
        capability = parse_capability(page)
    except TagMalformedError:
        return
    assert 8 <= capability.size <= 2040
