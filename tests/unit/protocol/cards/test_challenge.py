from dataclasses import replace
from typing import Any

import pytest
from gmssl.sm4 import SM4_ENCRYPT, CryptSM4
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.challenge import Ground, Scheme, challenge_of, make_challenge, sm4_answer, sm4_answer_holds
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.suite import INTL, SM

SUITES = pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
GROUND = Ground(bytes(16), bytes(range(16)), 41, bytes(range(32)), b"\xbe" * 16)
FRESH = b"\xf5" * 16


@SUITES
def test_each_part_of_the_ground_makes_another_challenge(suite: Any) -> None:
    others = [
        make_challenge(suite, replace(GROUND, device=b"\x01" * 16), FRESH),
        make_challenge(suite, replace(GROUND, epoch=b"\x01" * 16), FRESH),
        make_challenge(suite, replace(GROUND, seq=42), FRESH),
        make_challenge(suite, replace(GROUND, head=b"\x01" * 32), FRESH),
        make_challenge(suite, replace(GROUND, beacon=None), FRESH),
        make_challenge(suite, replace(GROUND, beacon=b"\xbf" * 16), FRESH),
        make_challenge(suite, GROUND, b"\xf4" * 16),
        make_challenge(suite, GROUND, FRESH),
    ]
    assert len(set(others)) == len(others)
    assert {len(one) for one in others} == {16}
    assert others[-1] == make_challenge(suite, GROUND, FRESH)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GROUND, device=bytes(15)),
        replace(GROUND, epoch=b""),
        replace(GROUND, seq=-1),
        replace(GROUND, head=bytes(16)),
        replace(GROUND, beacon=b""),
    ],
)
def test_parts_of_other_lengths_are_refused(wrong: Ground) -> None:
    with pytest.raises(MalformedError):
        make_challenge(SM, wrong, FRESH)
    with pytest.raises(MalformedError):
        make_challenge(SM, GROUND, bytes(8))


def test_an_answer_of_16_is_sm4_of_the_challenge() -> None:
    assert sm4_answer(KEY, KEY).hex() == "681edf34d206965e86b3e94f536e4246"  # GB/T 32907, annex A
    assert sm4_answer_holds(Scheme.SM4_16, KEY, KEY, sm4_answer(KEY, KEY))


def test_an_answer_of_8_folds_the_padded_challenge() -> None:
    block = CryptSM4()
    block.set_key(KEY, SM4_ENCRYPT)
    whole = bytes(block.one_round(block.sk, [*KEY[:8], 0x80, *bytes(7)]))
    answer = sm4_answer(KEY, challenge_of(Scheme.SM4_8, KEY))
    assert answer == bytes(a ^ b for a, b in zip(whole[:8], whole[8:], strict=True))
    assert sm4_answer_holds(Scheme.SM4_8, KEY, KEY, answer)
    assert not sm4_answer_holds(Scheme.SM4_16, KEY, KEY, answer)


@given(
    st.sampled_from([Scheme.SM4_16, Scheme.SM4_8]), st.binary(min_size=16, max_size=16), st.integers(0, 127), st.data()
)
def test_a_flipped_bit_of_an_answer_or_of_what_was_asked_is_noticed(
    scheme: Scheme, challenge: bytes, bit: int, data: st.DataObject
) -> None:
    answer = sm4_answer(KEY, challenge_of(scheme, challenge))
    place = bit % (8 * len(answer))
    assert sm4_answer_holds(scheme, KEY, challenge, answer)
    assert not sm4_answer_holds(scheme, KEY, challenge, flip(answer, place))
    assert not sm4_answer_holds(scheme, KEY, flip(challenge, place), answer)
    assert not sm4_answer_holds(scheme, flip(KEY, bit), challenge, answer)
    other = data.draw(st.binary(max_size=40).filter(lambda one: one != answer))
    assert not sm4_answer_holds(scheme, KEY, challenge, other)


def test_what_is_asked_wrongly_is_named() -> None:
    for length in (0, 7, 9, 15, 17):
        with pytest.raises(CryptoError):
            sm4_answer(KEY, bytes(length))
    with pytest.raises(CryptoError):
        sm4_answer_holds(Scheme.EV2, KEY, KEY, bytes(16))
    with pytest.raises(CryptoError):
        sm4_answer_holds(Scheme.SM4_8, KEY, bytes(8), bytes(8))


def flip(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(data))
