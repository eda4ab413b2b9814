"""Keys on their way open for whom they are, as what they are, and untouched; rule: ESCROW."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol import cbor
from zhendao.protocol.cards.diversify import Masters, card_keys
from zhendao.protocol.cards.parcel import (
    open_card_keys,
    open_masters,
    read_parcel,
    seal_card_keys,
    seal_masters,
)
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import Suite
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import Technology

MASTERS = (Masters(1, b"a" * 16, b"s" * 16), Masters(2, b"b" * 16, b"t" * 16))
CARDS = (
    card_keys(MASTERS[0], Technology.NTAG424, b"uid-one"),
    card_keys(MASTERS[1], Technology.CPU_CARD, b"uid2"),
)
LAPTOP = INTL.new_unwrapping_key()
PARCEL = seal_card_keys(INTL, LAPTOP.spki, CARDS)


@pytest.mark.parametrize("suite", [SM, INTL])
def test_a_parcel_opens_for_its_recipient_alone(suite: Suite) -> None:
    one, other = suite.new_unwrapping_key(), suite.new_unwrapping_key()
    assert open_masters(seal_masters(suite, one.spki, MASTERS), one) == MASTERS
    sealed = seal_card_keys(suite, one.spki, CARDS)
    assert open_card_keys(sealed, one) == CARDS
    assert read_parcel(sealed).key_id == one.key_id
    with pytest.raises(CryptoError):
        open_card_keys(sealed, other)
    for secret in (MASTERS[0].aes, *CARDS[0].keys.values()):
        assert secret not in sealed


def test_masters_do_not_open_as_keys_of_cards() -> None:
    with pytest.raises(CryptoError):
        open_masters(PARCEL, LAPTOP)
    with pytest.raises(CryptoError):
        open_card_keys(seal_masters(INTL, LAPTOP.spki, MASTERS), LAPTOP)


def test_a_parcel_addressed_anew_does_not_open() -> None:
    raw = cbor.decode(PARCEL, 1 << 20)
    assert isinstance(raw, dict)
    with pytest.raises(CryptoError):
        open_card_keys(cbor.encode({**raw, 5: bytes(12)}), LAPTOP)


@given(st.integers(0, len(PARCEL) - 1), st.integers(1, 255))
def test_whatever_was_altered_opens_as_nothing(place: int, change: int) -> None:
    altered = bytearray(PARCEL)
    altered[place] ^= change
    with pytest.raises(ProtocolError):
        open_card_keys(bytes(altered), LAPTOP)


@given(st.binary(max_size=200))
def test_any_bytes_are_no_parcel(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        open_card_keys(data, LAPTOP)
