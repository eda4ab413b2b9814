import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol.cards.apdu import Status, read_native, respond, wrap
from zhendao.protocol.cards.challenge import Scheme
from zhendao.protocol.cards.diversify import LIVE_KEY, CardKeys, Masters, card_keys
from zhendao.protocol.cards.ev2 import PcdAuthentication, PiccAuthentication
from zhendao.protocol.cards.evidence import Answer, Evidence, encode_evidence, read_proof
from zhendao.protocol.cards.live import live_answer_holds, live_random, live_transcript
from zhendao.protocol.errors import CardStatusError, CryptoError, MalformedError
from zhendao.protocol.vocabulary import Technology

UID = bytes.fromhex("04a1b2c3d4e580")
MASTERS = Masters(1, b"\xa5" * 16, b"\x5a" * 16)
KEYS = card_keys(MASTERS, Technology.NTAG424, UID)
CHALLENGE = b"\xc4" * 16


def relayed(keys: CardKeys = KEYS, challenge: bytes = CHALLENGE) -> bytes:
    card = PiccAuthentication(keys[LIVE_KEY], LIVE_KEY, bytes(range(16)), b"TITI")
    first = card.challenge()
    gateway = PcdAuthentication(KEYS[LIVE_KEY], LIVE_KEY, live_random(MASTERS, UID, challenge, first[:16]))
    token = gateway.token(first)
    last, _ = card.answer(read_native(token)[1])
    gateway.session(last)
    return live_transcript(first, token, last)


def test_what_was_relayed_proves_the_card_again_from_the_event_alone() -> None:
    transcript = relayed()
    proof = encode_evidence(Evidence(answer=Answer(Scheme.EV2, LIVE_KEY, transcript)))
    answer = read_proof(proof).answer
    assert answer is not None
    assert live_answer_holds(MASTERS, KEYS[LIVE_KEY], UID, CHALLENGE, answer.answer)


@settings(max_examples=300)
@given(st.integers(0, 8 * 80 - 1))
def test_a_flipped_bit_is_noticed(bit: int) -> None:
    transcript = bytearray(relayed())
    transcript[bit // 8] ^= 1 << bit % 8
    assert not live_answer_holds(MASTERS, KEYS[LIVE_KEY], UID, CHALLENGE, bytes(transcript))


def test_it_answers_one_challenge_of_one_card_under_one_master() -> None:
    transcript = relayed()
    other = card_keys(MASTERS, Technology.NTAG424, bytes(7))
    masters = Masters(2, b"\xa6" * 16, bytes(16))
    assert not live_answer_holds(MASTERS, KEYS[LIVE_KEY], UID, b"\xc5" * 16, transcript)
    assert not live_answer_holds(MASTERS, other[LIVE_KEY], UID, CHALLENGE, transcript)
    assert not live_answer_holds(MASTERS, KEYS[LIVE_KEY], bytes(7), CHALLENGE, transcript)
    assert not live_answer_holds(masters, KEYS[LIVE_KEY], UID, CHALLENGE, transcript)


def test_a_card_without_the_key_comes_to_no_end() -> None:
    stranger = card_keys(Masters(9, bytes(16), bytes(16)), Technology.NTAG424, UID)
    with pytest.raises(CryptoError):
        relayed(stranger)


@given(st.binary(max_size=100))
def test_any_bytes_are_no_transcript(data: bytes) -> None:
    assert not live_answer_holds(MASTERS, KEYS[LIVE_KEY], UID, CHALLENGE, data)


def test_the_gateways_number_depends_on_all_it_was_given() -> None:
    given_ = live_random(MASTERS, UID, CHALLENGE, bytes(16))
    assert len(given_) == 16
    assert given_ != live_random(MASTERS, bytes(7), CHALLENGE, bytes(16))
    assert given_ != live_random(MASTERS, UID, bytes(16), bytes(16))
    assert given_ != live_random(MASTERS, UID, CHALLENGE, b"\x01" * 16)
    assert given_ != CHALLENGE
    for challenge, first in ((bytes(15), bytes(16)), (bytes(16), bytes(17))):
        with pytest.raises(CryptoError):
            live_random(MASTERS, UID, challenge, first)


def test_an_exchange_that_broke_off_is_no_transcript() -> None:
    first, token, last = respond(bytes(16), Status.MORE), wrap(0xAF, bytes(32)), respond(bytes(32))
    assert len(live_transcript(first, token, last)) == 80
    with pytest.raises(CardStatusError):
        live_transcript(respond(status=Status.AUTHENTICATION), token, last)
    with pytest.raises(CardStatusError):
        live_transcript(first, token, respond(status=Status.AUTHENTICATION))
    with pytest.raises(MalformedError):
        live_transcript(first, token, respond(bytes(31)))
    with pytest.raises(MalformedError):
        live_transcript(first, b"", last)
