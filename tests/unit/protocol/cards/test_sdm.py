"""SDM against the examples of NXP AN12196 (rev. 2.0, section 3), and the tag's end against the verifier's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.blocks import encrypt_cbc
from zhendao.protocol.cards.file_settings import FREE, Sdm
from zhendao.protocol.cards.sdm import (
    PiccData,
    crypt_file_data,
    mirror,
    open_file_data,
    open_picc_data,
    sdm_mac,
    seal_picc_data,
)
from zhendao.protocol.errors import CryptoError

ZERO = bytes(16)
UID = bytes.fromhex("04de5f1eacc040")


def test_an12196_table_2_picc_data() -> None:
    sealed = bytes.fromhex("ef963ff7828658a599f3041510671e88")
    assert open_picc_data(ZERO, sealed) == PiccData(UID, 61)
    assert seal_picc_data(ZERO, PiccData(UID, 61), bytes.fromhex("da5cf60941")) == sealed


def test_an12196_table_3_encrypted_file_data() -> None:
    data = open_picc_data(ZERO, bytes.fromhex("fde4afa99b5c820a2c1bb0f1c792d0eb"))
    assert data == PiccData(bytes.fromhex("04958caa5c5e80"), 1)
    sealed = bytes.fromhex("94592fde69fa06e8e3b6ca686a22842b")
    assert open_file_data(ZERO, data, sealed) == b"x" * 16
    assert crypt_file_data(ZERO, data, b"x" * 16) == sealed


@pytest.mark.parametrize(
    ("uid", "counter", "message", "mac"),
    [
        ("04de5f1eacc040", 61, b"", "94eed9ee65337086"),  # table 4
        ("04958caa5c5e80", 8, b"CEE9A53E3E463EF1F459635736738962&cmac=", "ecc1e7f6c6c73bf6"),  # table 5
        ("041e3c8a2d6b80", 6, b"", "4b00064004b0b3d3"),  # section 5, mirrored in plain
    ],
)
def test_an12196_macs(uid: str, counter: int, message: bytes, mac: str) -> None:
    assert sdm_mac(ZERO, PiccData(bytes.fromhex(uid), counter), message).hex() == mac


def test_an12196_table_5_picc_data() -> None:
    sealed = bytes.fromhex("fd91ec264309878be6345cbe53badf40")
    assert open_picc_data(ZERO, sealed) == PiccData(bytes.fromhex("04958caa5c5e80"), 8)


def test_a_tag_shows_what_its_settings_say() -> None:
    data, keys = PiccData(UID, 0xABCDEF), {1: b"\x01" * 16, 2: b"\x02" * 16}
    plain = Sdm(
        uid_mirrored=True, counter_mirrored=True, meta_read=FREE, file_read=2, uid=2, counter=17, mac_input=0, mac=30
    )
    shown = mirror(b"." * 64, plain, keys, data, bytes(5))
    assert shown[:30] == b"..04DE5F1EACC040.ABCDEF......."
    assert shown[30:46] == sdm_mac(keys[2], data, shown[:30]).hex().upper().encode()
    assert shown[46:] == b"." * 18


def test_a_tag_encrypts_the_state_of_its_loop_where_the_settings_say() -> None:
    data, keys = PiccData(UID, 7), {0: b"\x01" * 16}
    sdm = Sdm(
        uid_mirrored=True,
        counter_mirrored=True,
        meta_read=0,
        file_read=0,
        picc=0,
        tamper=40,
        mac_input=32,
        enc=40,
        enc_length=32,
        mac=80,
    )
    shown = mirror(b"." * 96, sdm, keys, data, b"12345", b"CO")
    assert open_picc_data(keys[0], bytes.fromhex(shown[:32].decode())) == data
    assert open_file_data(keys[0], data, bytes.fromhex(shown[40:72].decode())) == b"CO" + b"." * 14
    assert shown[80:] == sdm_mac(keys[0], data, shown[32:80]).hex().upper().encode()


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=40))
def test_any_bytes_are_picc_data_or_named(key: bytes, sealed: bytes) -> None:
    try:
        data = open_picc_data(key, sealed)
    except CryptoError:
        return
    assert len(data.uid) == 7


def test_what_no_tag_has_cannot_be_said() -> None:
    for uid, counter in ((bytes(4), 0), (UID, -1), (UID, 1 << 24)):
        with pytest.raises(CryptoError):
            PiccData(uid, counter)


@pytest.mark.parametrize("tag", [0x00, 0x87, 0x47, 0xC4, 0xD7])
def test_picc_data_without_uid_or_counter_is_refused(tag: int) -> None:
    sealed = encrypt_cbc("aes", ZERO, ZERO, bytes((tag,)) + UID + bytes(8))
    with pytest.raises(CryptoError):
        open_picc_data(ZERO, sealed)
