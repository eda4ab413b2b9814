"""The card as a silent call: the hand that takes it away gives the sign, a forgotten card gives none."""

import pytest

from zhendao.device.calls.cardhold import CardHold
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.values import Departure, Posting, Presence

S = 1_000_000_000
CARD, OTHER = bytes(7), bytes([1] * 7)


def held(seconds: float, uid: bytes = CARD, begin: int = 100) -> list[Posting]:
    there = Presence(uid, Technology.NTAG21X, None, (), begin * S)
    return [there, Departure(uid, begin * S + int(seconds * S))]


@pytest.mark.parametrize(
    ("seconds", "is_sign"), [(0.3, False), (4, False), (7.9, False), (8, True), (24, True), (25, False), (3600, False)]
)
def test_a_card_is_held_and_taken_away(seconds: float, is_sign: bool) -> None:  # noqa: FBT001 - a row of the table
    hold = CardHold(8 * S)
    assert [hold.read(one) for one in held(seconds)] == [False, is_sign]
    assert not any(CardHold(0).read(one) for one in held(seconds)), "where there is no such gesture"


def test_it_is_the_same_card() -> None:
    hold = CardHold(8 * S)
    assert not hold.read(held(9)[0])
    assert not hold.read(held(9, OTHER)[1])
    assert hold.read(held(9)[1])
    assert not hold.read(held(9)[1]), "once"
