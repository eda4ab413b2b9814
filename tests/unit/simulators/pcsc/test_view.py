"""A tag as a reader shows it: what PC/SC part 3 asks, and an answer to anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.pcsc.atr import card_of
from zhendao.simulators.pcsc.slot import Slot
from zhendao.simulators.pcsc.view import View
from zhendao.simulators.pn532.tags.kinds import KINDS

UID = bytes.fromhex("04a1b2c3d4e5f6")


def view(kind: str, uid: bytes = UID) -> View:
    made = View(KINDS[kind][1](uid, None))
    made.power()
    return made


@pytest.mark.parametrize(
    ("kind", "atr", "sak"),
    [
        ("ntag215", "3b8f8001804f0ca0000003060300030000000068", 0x00),
        ("classic", "3b8f8001804f0ca000000306030001000000006a", 0x08),
        ("type4", "3b81800180 80", 0x20),
        ("type4-bare-ats", "3b80800101", 0x20),
    ],
)
def test_answers_to_reset(kind: str, atr: str, sak: int) -> None:
    made = view(kind).atr()
    assert made == bytes.fromhex(atr)
    assert card_of(made).sel_res == sak


def test_a_storage_card() -> None:
    card = view("ntag215")
    assert card.apdu(b"\xff\xca\x00\x00\x00") == UID + b"\x90\x00"
    assert card.apdu(b"\xff\xca\x01\x00\x00") == b"\x6a\x81"
    assert card.apdu(b"\xff\xd6\x00\x05\x04abcd") == b"\x90\x00"
    assert card.apdu(b"\xff\xb0\x00\x05\x10")[:4] == b"abcd"
    assert card.apdu(b"\xff\xb0\x00\xf0\x10") == b"\x63\x00"
    assert card.apdu(b"\xff\xb0\x00\x05\x04") == b"abcd\x90\x00"
    assert card.apdu(b"\xff\x00\x00\x00\x03\xd4\x42\x60") == bytes.fromhex("d543000004040201001103 9000")
    assert card.apdu(b"\x00\xa4\x04\x00\x00") == b"\x6e\x00"


def test_a_card_with_files() -> None:
    card = view("type4")
    assert card.apdu(b"\xff\xca\x00\x00\x00") == UID + b"\x90\x00"
    assert card.apdu(b"\xff\xca\x01\x00\x00") == bytes.fromhex("7577810280 9000")
    assert card.apdu(bytes.fromhex("00a4040007d276000085010100")) == b"\x90\x00"
    assert card.apdu(b"\xff\xb0\x00\x05\x10") == b"\x6a\x81"


@given(st.sampled_from(sorted(KINDS)), st.lists(st.binary(max_size=20), max_size=8))
def test_any_bytes_get_a_status_word(kind: str, commands: list[bytes]) -> None:
    card = view(kind, UID if 7 in KINDS[kind][0] else UID[:4])
    for command in commands:
        assert len(card.apdu(command)) >= 2


@given(st.lists(st.binary(max_size=40), max_size=8), st.data())
def test_frames_come_out_as_they_went_in_however_they_are_split(frames: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(len(frame).to_bytes(2, "big") + frame for frame in frames)
    slot, found = Slot("127.0.0.1", 1), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += slot.frames(stream[:size])
        stream = stream[size:]
    assert found == frames
