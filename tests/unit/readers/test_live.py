"""Cards authenticated live: what arrives proves the card, and nothing is lost where nobody answers."""

import pytest

from samples import strong
from zhendao.protocol.cards.apdu import Ins
from zhendao.protocol.cards.challenge import Scheme
from zhendao.protocol.cards.diversify import LIVE_KEY
from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.cards.live import live_answer_holds, live_token
from zhendao.protocol.cards.sun import read_sun
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.challenger import Challenge

UID = bytes.fromhex("04a1b2c3d4e5f6")
RECORD = b"R" * 130
VALUE = b"c" * 16


class Relay:
    """A challenger with a gateway behind it; it says ``says`` instead, where that is given."""

    renews, relays = False, True

    def __init__(self, says: bytes | None = None, *, mute: bool = False) -> None:
        self.says, self.mute = says, mute
        self.asked = 0
        self.challenges = 0

    def challenge(self) -> Challenge:
        self.challenges += 1
        return Challenge(VALUE, Grounded(1, bytes(32), bytes(16)))

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        del uid, message
        return None

    def live(self, technology: Technology, uid: bytes, challenge: bytes, first: bytes) -> bytes | None:
        self.asked += 1
        assert challenge == VALUE
        if self.mute:
            return None
        key = strong.keys_of(technology, uid)[LIVE_KEY]
        return self.says or live_token(strong.MASTERS, key, uid, challenge, first)


CARDS = {
    Technology.NTAG424: lambda: strong.ntag424(UID, RECORD),
    Technology.DESFIRE: lambda: strong.desfire(UID, RECORD),
}


@pytest.mark.parametrize("technology", CARDS)
def test_the_answer_proves_the_card_at_any_later_time(technology: Technology) -> None:
    relay = Relay()
    one = strong.Held(CARDS[technology]()).presence(relay, 1)
    assert one.evidence is not None
    answer = one.evidence.answer
    assert answer is not None
    assert (answer.scheme, answer.key_number) == (Scheme.EV2, LIVE_KEY)
    assert live_answer_holds(strong.MASTERS, strong.keys_of(technology, UID)[LIVE_KEY], UID, VALUE, answer.answer)
    assert not live_answer_holds(
        strong.MASTERS, strong.keys_of(technology, UID)[LIVE_KEY], UID, bytes(16), answer.answer
    )
    assert (relay.asked, relay.challenges) == (1, 1)
    assert one.evidence.challenge == Grounded(1, bytes(32), bytes(16))
    if technology is Technology.NTAG424:
        sun = read_sun(strong.keys_of(technology, UID), one.evidence.sun or b"", UID)
        assert sun.nonce == VALUE, "one challenge for both"


@pytest.mark.parametrize("relay", [Relay(mute=True), Relay(b"x" * 32)])
@pytest.mark.parametrize("technology", CARDS)
def test_where_nothing_comes_of_it_the_card_proves_what_it_can(technology: Technology, relay: Relay) -> None:
    held = strong.Held(CARDS[technology]())
    for _ in range(2):
        one = held.presence(relay, 1)
        assert one.evidence is not None
        assert one.evidence.answer is None
        assert (one.evidence.sun is None) == (technology is Technology.DESFIRE)


def test_a_card_without_a_token_of_ours_is_not_relayed() -> None:
    relay = Relay()
    tag = strong.ntag424(UID, RECORD)
    tag.files[2].content[:] = bytes(256)
    strong.Held(tag).presence(relay, 1)
    strong.Held(strong.cpu_card(UID, RECORD)).presence(relay, 1)
    assert relay.asked == 0


def test_a_card_that_says_anything_at_all_claims_nothing() -> None:
    class Odd(strong.Held):
        def transceive(self, target: object, apdu: bytes) -> bytes:
            if apdu[1] == Ins.AUTHENTICATE_FIRST:
                return b"short\x91\xaf"
            return super().transceive(target, apdu)  # type: ignore[arg-type]  # a target

    relay = Relay()
    card = strong.ntag424(UID, RECORD)
    one = Odd(card).presence(relay, 1)
    assert one.evidence is not None
    assert (one.evidence.answer, relay.asked) == (None, 0)
