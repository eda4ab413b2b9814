import pytest
from Cryptodome.Cipher import AES
from Cryptodome.Hash import CMAC
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.blocks import cmac
from zhendao.protocol.cards.diversify import (
    CPU_ANSWER_KEY,
    CPU_APPLICATION,
    Masters,
    card_keys,
    check_value,
    diversify_aes,
    diversify_sm4,
    factory_keys,
)
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Technology

MASTER = bytes.fromhex("00112233445566778899aabbccddeeff")
UID = bytes.fromhex("04782e21801d80")
MASTERS = Masters(version=3, aes=bytes.fromhex("a5" * 16), sm4=bytes.fromhex("5a" * 16))
WITH_KEYS = (Technology.NTAG424, Technology.DESFIRE, Technology.CPU_CARD)


def test_the_example_of_an10922() -> None:
    """AN10922 section 2.2.1: AID 3042F5, system identifier "NXP Abu"."""
    assert diversify_aes(MASTER, UID, bytes.fromhex("3042f5"), b"NXP Abu").hex() == "a8dd63a3b89d54b37ca802473fda9175"


def test_sm4_diversifies_by_the_same_construction() -> None:
    aid = bytes.fromhex("3042f5")
    assert diversify_sm4(MASTER, UID, aid, b"NXP Abu") == cmac("sm4", MASTER, b"\x01" + UID + aid + b"NXP Abu")
    assert diversify_sm4(MASTER, UID, aid, b"NXP Abu") != diversify_aes(MASTER, UID, aid, b"NXP Abu")


@pytest.mark.parametrize("length", [0, 15, 32])
def test_inputs_for_which_the_note_pads_otherwise_are_refused(length: int) -> None:
    with pytest.raises(CryptoError):
        diversify_aes(MASTER, bytes(length), b"", b"")


def test_a_key_of_a_tag_follows_from_master_uid_application_and_number() -> None:
    keys = card_keys(MASTERS, Technology.NTAG424, UID)
    expected = CMAC.new(MASTERS.aes, b"\x01" + UID + bytes.fromhex("d2760000850101") + b"ZHENDAO1\x02", ciphermod=AES)
    assert keys[2] == expected.digest()
    assert sorted(keys.keys) == [0, 1, 2, 3, 4]
    assert (keys.version, keys.cipher) == (3, "aes")


def test_keys_of_a_cpu_card_are_of_sm4() -> None:
    keys = card_keys(MASTERS, Technology.CPU_CARD, UID)
    assert keys[CPU_ANSWER_KEY] == cmac("sm4", MASTERS.sm4, b"\x01" + UID + CPU_APPLICATION + b"ZHENDAO1\x01")
    assert keys.cipher == "sm4"


@given(st.lists(st.sampled_from([4, 7, 10]).flatmap(lambda n: st.binary(min_size=n, max_size=n)), unique=True))
def test_no_two_keys_are_the_same(uids: list[bytes]) -> None:
    keys = [key for uid in uids for kind in WITH_KEYS for key in card_keys(MASTERS, kind, uid).keys.values()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("kind", [kind for kind in Technology if kind not in WITH_KEYS])
def test_other_tokens_have_no_keys(kind: Technology) -> None:
    with pytest.raises(CryptoError):
        card_keys(MASTERS, kind, UID)
    with pytest.raises(CryptoError):
        factory_keys(kind, UID)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(CryptoError):
        card_keys(MASTERS, Technology.NTAG424, bytes(8))
    with pytest.raises(CryptoError):
        card_keys(MASTERS, Technology.NTAG424, UID)[5]
    for version in (0, 256):
        with pytest.raises(CryptoError):
            Masters(version, bytes(16), bytes(16))
    for length in (15, 17, 24, 32):
        with pytest.raises(CryptoError):
            Masters(1, bytes(length), bytes(16))
        with pytest.raises(CryptoError):
            Masters(1, bytes(16), bytes(length))


def test_no_repr_shows_a_key() -> None:
    keys = card_keys(MASTERS, Technology.NTAG424, UID)
    shown = repr(MASTERS) + str(MASTERS) + repr(keys) + str(keys)
    for key in (MASTERS.aes, MASTERS.sm4, *keys.keys.values()):
        assert key.hex() not in shown.lower()
        assert repr(key) not in shown


def test_a_card_as_delivered_has_zeros() -> None:
    keys = factory_keys(Technology.NTAG424, UID)
    assert set(keys.keys.values()) == {bytes(16)}
    assert keys.version == 0


def test_two_people_compare_a_key_without_showing_it() -> None:
    keys = card_keys(MASTERS, Technology.CPU_CARD, UID)
    assert keys.check_value(1) == check_value("sm4", keys[1]) == cmac("sm4", keys[1], bytes(16))[:3]
    assert keys.check_value(1) != keys.check_value(0)
