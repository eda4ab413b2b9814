from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.file_settings import (
    FREE,
    NOBODY,
    AccessRights,
    CommMode,
    FileInfo,
    FileSettings,
    Sdm,
    decode_info,
    decode_settings,
    encode_info,
    encode_settings,
)
from zhendao.protocol.errors import MalformedError

EXAMPLE = bytes.fromhex("4000e0c1f121200000430000430000")
"""AN12196 table 18."""


def test_the_settings_of_an12196() -> None:
    settings = decode_settings(EXAMPLE)
    assert settings.mode is CommMode.PLAIN
    assert settings.rights == AccessRights(read=FREE, write=0, read_write=0, change=0)
    assert settings.sdm == Sdm(
        uid_mirrored=True,
        counter_mirrored=True,
        meta_read=2,
        file_read=1,
        counter_read=1,
        picc=0x20,
        mac_input=0x43,
        mac=0x43,
    )
    assert encode_settings(settings) == EXAMPLE


def test_the_answer_of_get_file_settings_of_an12196() -> None:
    answer = bytes.fromhex("0040eeee000100d1fe001f00004400004400002000006a0000")
    info = decode_info(answer)
    assert info.size == 256
    assert info.settings.sdm is not None
    assert (info.settings.sdm.enc, info.settings.sdm.enc_length, info.settings.sdm.mac) == (0x44, 0x20, 0x6A)
    assert (info.settings.sdm.meta_read, info.settings.sdm.file_read, info.settings.sdm.counter_read) == (0, 0, FREE)
    assert encode_info(info) == answer


def test_a_loop_has_its_place_between_picc_data_and_mac() -> None:
    """NT4H2421Tx table 69: option bit 3, offset behind PICCDataOffset."""
    example = decode_settings(EXAMPLE)
    assert example.sdm is not None
    with_loop = replace(example, sdm=replace(example.sdm, tamper=0x41))
    assert encode_settings(with_loop).hex() == "4000e0c9f121200000410000430000430000"
    assert decode_settings(encode_settings(with_loop)) == with_loop


SDM = Sdm(uid_mirrored=True, counter_mirrored=True, meta_read=1, file_read=2, picc=0, tamper=40, mac_input=0, mac=50)


@pytest.mark.parametrize(
    "change",
    [
        {"meta_read": 5},
        {"file_read": FREE},
        {"counter_read": 7},
        {"meta_read": NOBODY},
        {"uid_mirrored": False, "counter_mirrored": False},
        {"counter_mirrored": False, "counter_read": 1},
        {"counter_mirrored": False, "counter_limit": 9},
        {"picc": None},
        {"picc": -1},
        {"picc": 1 << 24},
        {"picc": 10},
        {"uid": 60},
        {"mac": None},
        {"mac": 39},
        {"mac_input": 51},
        {"enc": 34},
        {"enc": 80, "enc_length": 32},
        {"enc": 10, "enc_length": 32},
        {"file_read": NOBODY},
        {"file_read": NOBODY, "mac": None, "mac_input": None, "enc": 100, "enc_length": 32},
        {"mac": 200, "enc": 100, "enc_length": 31},
        {"mac": 200, "enc": 100, "enc_length": 32, "tamper": 118},
    ],
)
def test_what_a_tag_refuses_cannot_be_made(change: Any) -> None:
    with pytest.raises(MalformedError):
        replace(SDM, **change)


def test_a_loop_may_stand_in_the_plain_half_of_encrypted_data() -> None:
    sdm = replace(SDM, mac=200, enc=100, enc_length=32, tamper=114)
    assert sorted(sdm.mirrors()) == [(0, 32), (100, 32), (200, 16)]


@pytest.mark.parametrize("right", [5, 0xD, 16, -1])
def test_there_are_five_keys(right: int) -> None:
    with pytest.raises(MalformedError):
        AccessRights(read=right, write=0, read_write=0, change=0)


def test_a_mirror_stays_within_the_file() -> None:
    settings = FileSettings(CommMode.PLAIN, AccessRights(FREE, FREE, 0, 0), SDM)
    FileInfo(66, settings)
    with pytest.raises(MalformedError):
        FileInfo(65, settings)


@given(st.binary(max_size=40) | st.binary(max_size=40).map(lambda tail: EXAMPLE[:6] + tail))
def test_any_bytes_are_settings_that_encode_to_them_or_an_error(data: bytes) -> None:
    for decode, encode in ((decode_settings, encode_settings), (decode_info, encode_info)):
        try:
            found: Any = decode(data)
        except MalformedError:
            continue
        assert encode(found) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        EXAMPLE[:-1],
        EXAMPLE[:-3],
        EXAMPLE + bytes(3),
        b"\x00" + EXAMPLE[1:],
        b"\xc0" + EXAMPLE[1:],
        b"\x42" + EXAMPLE[1:],
        EXAMPLE[:3] + b"\xc0" + EXAMPLE[4:],
        EXAMPLE[:3] + b"\xc5" + EXAMPLE[4:],
        EXAMPLE[:4] + b"\x11" + EXAMPLE[5:],
    ],
)
def test_other_settings_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_settings(data)
    with pytest.raises(MalformedError):
        decode_info(data)
