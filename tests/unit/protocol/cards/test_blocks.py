"""The block ciphers against other people's: CMAC of PyCryptodome, SM4 of gmssl, the examples of RFC 4493."""

from typing import Any

import pytest
from Cryptodome.Cipher import AES
from Cryptodome.Hash import CMAC
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol.cards.blocks import (
    cmac,
    decrypt_cbc,
    encrypt_block,
    encrypt_cbc,
    pad,
    same,
    truncated_cmac,
    unpad,
)
from zhendao.protocol.errors import CryptoError

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
CIPHERS = pytest.mark.parametrize("cipher", ["aes", "sm4"])


def written_out(encrypt: Any, message: bytes) -> bytes:
    """CMAC as NIST SP 800-38B states it in section 6, with integers."""

    def double(value: int) -> int:
        return (value << 1 ^ 0x87) & (1 << 128) - 1 if value >> 127 else value << 1

    first = double(int.from_bytes(encrypt(bytes(16)), "big"))
    blocks = [message[start : start + 16] for start in range(0, len(message), 16)] or [b""]
    last, whole = blocks.pop(), first
    if len(last) < 16:
        last, whole = last + b"\x80" + bytes(15 - len(last)), double(first)
    state = 0
    for block in blocks:
        state = int.from_bytes(encrypt((state ^ int.from_bytes(block, "big")).to_bytes(16, "big")), "big")
    result: bytes = encrypt((state ^ int.from_bytes(last, "big") ^ whole).to_bytes(16, "big"))
    return result


def peer_sm4(key: bytes) -> Any:
    block = CryptSM4()
    block.set_key(key, SM4_ENCRYPT)
    return lambda one: bytes(block.one_round(block.sk, list(one)))


@pytest.mark.parametrize(
    ("length", "mac"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_the_examples_of_rfc_4493(length: int, mac: str) -> None:
    assert cmac("aes", KEY, MESSAGE[:length]).hex() == mac
    assert written_out(AES.new(KEY, AES.MODE_ECB).encrypt, MESSAGE[:length]).hex() == mac


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=100))
def test_cmac_of_aes_is_that_of_a_peer(key: bytes, message: bytes) -> None:
    peer = CMAC.new(key, message, ciphermod=AES).digest()
    assert cmac("aes", key, message) == peer
    assert truncated_cmac(key, message) == bytes(peer[place] for place in (1, 3, 5, 7, 9, 11, 13, 15))


@settings(max_examples=25)
@given(st.binary(min_size=16, max_size=16), st.binary(max_size=100))
def test_cmac_of_sm4_is_the_same_construction_on_a_peers_sm4(key: bytes, message: bytes) -> None:
    assert cmac("sm4", key, message) == written_out(peer_sm4(key), message)


def test_sm4_is_that_of_gbt_32907() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert encrypt_block("sm4", key, key).hex() == "681edf34d206965e86b3e94f536e4246"


@CIPHERS
@given(data=st.binary(max_size=80))
def test_cbc_and_padding_come_back(cipher: Any, data: bytes) -> None:
    padded = pad(data)
    assert len(padded) % 16 == 0
    assert len(padded) > len(data)
    assert decrypt_cbc(cipher, KEY, MESSAGE[:16], encrypt_cbc(cipher, KEY, MESSAGE[:16], padded)) == padded
    assert unpad(padded) == data


@given(st.binary(max_size=64))
def test_any_bytes_are_unpadded_or_named(data: bytes) -> None:
    try:
        found = unpad(data)
    except CryptoError:
        return
    assert data == found + b"\x80" + bytes(len(data) - len(found) - 1)


@pytest.mark.parametrize("padded", [b"", bytes(16), b"\x80" + bytes(16), bytes(15) + b"\x01"])
def test_what_is_no_padding_is_refused(padded: bytes) -> None:
    with pytest.raises(CryptoError):
        unpad(padded)


@CIPHERS
def test_wrong_lengths_are_named(cipher: Any) -> None:
    with pytest.raises(CryptoError):
        cmac(cipher, KEY + b"\x00", b"")
    with pytest.raises(CryptoError):
        encrypt_block(cipher, KEY, bytes(32))
    with pytest.raises(CryptoError):
        encrypt_cbc(cipher, KEY, bytes(8), bytes(16))
    with pytest.raises(CryptoError):
        decrypt_cbc(cipher, KEY, bytes(16), bytes(17))


def test_same_is_equality() -> None:
    assert same(b"one", b"one")
    assert not same(b"one", b"onf")
    assert not same(b"one", b"on")
