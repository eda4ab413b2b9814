"""A journal in a file: what was packed comes out again, and any bytes are messages or malformed."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.carried import pack, unpack
from zhendao.protocol.errors import MalformedError

MESSAGES = st.lists(st.one_of(st.binary(max_size=300), st.integers(0, 70_000).map(bytes)), max_size=6)


@given(messages=MESSAGES)
def test_what_was_packed_comes_out(messages: list[bytes]) -> None:
    assert list(unpack(io.BytesIO(b"".join(map(pack, messages))).read)) == messages


@given(messages=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4), data=st.data())
def test_a_file_cut_off_within_a_message_is_malformed(messages: list[bytes], data: st.DataObject) -> None:
    ends, whole = set(), b""
    for one in messages:
        whole += pack(one)
        ends.add(len(whole))
    cut = data.draw(st.integers(1, len(whole) - 1))
    if cut in ends:
        assert list(unpack(io.BytesIO(whole[:cut]).read)) == messages[: sorted(ends).index(cut) + 1]
    else:
        with pytest.raises(MalformedError, match="ends within"):
            list(unpack(io.BytesIO(whole[:cut]).read))


@given(data=st.binary(max_size=200))
def test_any_bytes_are_messages_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedError):
        found = list(unpack(io.BytesIO(data).read))
        assert b"".join(map(pack, found)) == data


@pytest.mark.parametrize("data", [b"\x58\x05hello", b"\x59\x00\x20" + bytes(32), b"\x5b" + b"\xff" * 8, b"\x80"])
def test_another_form_of_the_same_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        list(unpack(io.BytesIO(data).read))
