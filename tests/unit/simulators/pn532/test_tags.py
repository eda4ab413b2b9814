"""NTAG21x as its data sheet has it: what is read, written, locked, protected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.pn532.air import Answer, Nibble, crc_a
from zhendao.simulators.pn532.tags.ntag import NTAG213, NTAG215, NTAG216, Model, Ntag, blank

UID = bytes.fromhex("04a1b2c3d4e5f6")
ACK = Nibble(0xA, 4100)


def tag(model: Model = NTAG215) -> Ntag:
    return Ntag(model, bytearray(blank(model, UID)))


def test_crc_a_is_that_of_iso_14443_3() -> None:
    assert crc_a(b"\x00\x00").hex() == "a01e"
    assert crc_a(b"\x12\x34").hex() == "26cf"


@pytest.mark.parametrize(
    ("model", "version", "size"),
    [(NTAG213, "0004040201000f03", 144), (NTAG215, "0004040201001103", 496), (NTAG216, "0004040201001303", 872)],
)
def test_version_and_capability(model: Model, version: str, size: int) -> None:
    one = tag(model)
    assert one.exchange(b"\x60") == Answer(bytes.fromhex(version))
    first = one.exchange(b"\x30\x00")
    assert isinstance(first, Answer)
    assert first.data[0:3] + first.data[4:8] == UID == one.uid
    assert first.data[3] == 0x88 ^ UID[0] ^ UID[1] ^ UID[2]
    assert first.data[12:15] == bytes((0xE1, 0x10, size // 8))


def test_read_rolls_over_behind_the_last_page_and_hides_the_password() -> None:
    one = tag()
    last = one.exchange(bytes((0x30, NTAG215.pages - 1)))
    assert isinstance(last, Answer)
    assert last.data[:4] == bytes(4)
    assert last.data[4:7] == UID[:3]


def test_a_written_page_is_read_back() -> None:
    one = tag()
    assert one.exchange(b"\xa2\x06" + b"abcd") == ACK
    assert one.exchange(b"\x3a\x06\x07") == Answer(b"abcd" + bytes(4))
    assert one.memory()[24:28] == b"abcd"


def test_a_refused_command_sends_the_tag_back_to_idle() -> None:
    one = tag()
    assert one.exchange(b"\x30\xff") == Nibble(0)
    assert one.exchange(b"\x60") is None
    one.reset()
    assert one.exchange(b"\x60") is not None


def test_locks_and_capability_only_rise() -> None:
    one = tag()
    assert one.exchange(b"\xa2\x03\x00\x00\x00\x0f") == ACK
    assert one.memory()[12:16] == bytes((0xE1, 0x10, 0x3E, 0x0F))
    assert one.exchange(b"\xa2\x02\x00\x00\x20\x00") == ACK
    assert one.exchange(b"\xa2\x05" + b"abcd") == Nibble(0)
    one.reset()
    assert one.exchange(b"\xa2\x04" + b"abcd") == ACK


def test_password_guards_writing() -> None:
    one = tag()
    config = NTAG215.configuration
    one.exchange(bytes((0xA2, config + 2)) + b"PASS")
    one.exchange(bytes((0xA2, config + 3)) + b"OK\x00\x00")
    one.exchange(bytes((0xA2, config)) + b"\x04\x00\x00\x04")
    assert one.exchange(b"\xa2\x04" + b"abcd") == Nibble(4)
    one.reset()
    assert one.exchange(b"\x1bWRONG"[:5]) == Nibble(0)
    one.reset()
    assert one.exchange(b"\x1bPASS") == Answer(b"OK")
    assert one.exchange(b"\xa2\x04" + b"abcd") == ACK


@given(st.lists(st.binary(max_size=8), max_size=20))
def test_any_frames_leave_uid_and_size_alone(frames: list[bytes]) -> None:
    one = tag(NTAG213)
    for frame in frames:
        one.exchange(frame)
        one.reset()
    assert one.uid == UID
    assert len(one.memory()) == NTAG213.pages * 4
