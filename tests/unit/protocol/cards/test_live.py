from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards.apdu import Status, read_native, respond
from zhendao.protocol.cards.blocks import cmac, decrypt_cbc, encrypt_cbc
from zhendao.protocol.cards.challenge import Scheme
from zhendao.protocol.cards.diversify import LIVE_KEY, CardKeys, Masters, card_keys
from zhendao.protocol.cards.ev2 import PcdAuthentication, PiccAuthentication, rotate
from zhendao.protocol.cards.evidence import Answer, Evidence, encode_evidence, read_proof
from zhendao.protocol.cards.live import live_answer, live_answer_holds, live_random, live_token
from zhendao.protocol.errors import CardStatusError, CryptoError, MalformedError
from zhendao.protocol.vocabulary import Technology

UID = bytes.fromhex("04a1b2c3d4e580")
MASTERS = Masters(1, b"\xa5" * 16, b"\x5a" * 16)
KEYS = card_keys(MASTERS, Technology.NTAG424, UID)
KEY = KEYS[LIVE_KEY]
CHALLENGE = b"\xc4" * 16
Oracle = Callable[[bytes, bytes], bytes]


def relayed(keys: CardKeys = KEYS, challenge: bytes = CHALLENGE) -> bytes:
    card = PiccAuthentication(keys[LIVE_KEY], LIVE_KEY, bytes(range(16)), b"TITI")
    first = card.challenge()
    last, _ = card.answer(live_token(MASTERS, KEY, UID, challenge, first[:16]))
    return live_answer(first, last)


def holds(challenge: bytes, answer: bytes) -> bool:
    return live_answer_holds(MASTERS, KEY, UID, challenge, answer)


def test_what_was_relayed_proves_the_card_again_from_the_event_alone() -> None:
    proof = encode_evidence(Evidence(answer=Answer(Scheme.EV2, LIVE_KEY, relayed())))
    answer = read_proof(proof).answer
    assert answer is not None
    assert holds(CHALLENGE, answer.answer)


def test_the_token_is_that_of_a_reader_with_the_gateways_number() -> None:
    card = PiccAuthentication(KEY, LIVE_KEY, bytes(range(16)), b"TITI")
    first = card.challenge()
    reader = PcdAuthentication(KEY, LIVE_KEY, live_random(MASTERS, UID, CHALLENGE, first[:16]))
    assert read_native(reader.token(first))[1] == live_token(MASTERS, KEY, UID, CHALLENGE, first[:16])
    assert reader.session(card.answer(live_token(MASTERS, KEY, UID, CHALLENGE, first[:16]))[0]).ti == b"TITI"


def test_a_flipped_bit_is_noticed() -> None:
    genuine = relayed()
    for bit in range(8 * len(genuine)):
        answer = bytearray(genuine)
        answer[bit // 8] ^= 1 << bit % 8
        assert not holds(CHALLENGE, bytes(answer)), bit


def test_it_answers_one_challenge_of_one_card_under_one_master() -> None:
    answer = relayed()
    other = card_keys(MASTERS, Technology.NTAG424, bytes(7))
    masters = Masters(2, b"\xa6" * 16, bytes(16))
    assert not holds(b"\xc5" * 16, answer)
    assert not live_answer_holds(MASTERS, other[LIVE_KEY], UID, CHALLENGE, answer)
    assert not live_answer_holds(MASTERS, KEY, bytes(7), CHALLENGE, answer)
    assert not live_answer_holds(masters, KEY, UID, CHALLENGE, answer)


def test_a_card_without_the_key_comes_to_no_end() -> None:
    stranger = card_keys(Masters(9, bytes(16), bytes(16)), Technology.NTAG424, UID)
    with pytest.raises(CryptoError):
        relayed(stranger)


@given(st.binary(max_size=60))
def test_any_bytes_are_no_answer(data: bytes) -> None:
    assert not holds(CHALLENGE, data)


def test_the_gateways_number_depends_on_all_it_was_given() -> None:
    found = live_random(MASTERS, UID, CHALLENGE, bytes(16))
    assert len(found) == 16
    assert found != live_random(MASTERS, bytes(7), CHALLENGE, bytes(16))
    assert found != live_random(MASTERS, UID, bytes(16), bytes(16))
    assert found != live_random(MASTERS, UID, CHALLENGE, b"\x01" * 16)
    for challenge, first in ((bytes(15), bytes(16)), (bytes(16), bytes(17))):
        with pytest.raises(CryptoError):
            live_random(MASTERS, UID, challenge, first)


def test_an_exchange_that_broke_off_is_no_answer() -> None:
    first, last = respond(bytes(16), Status.MORE), respond(bytes(32))
    assert len(live_answer(first, last)) == 48
    with pytest.raises(CardStatusError):
        live_answer(respond(status=Status.AUTHENTICATION), last)
    with pytest.raises(CardStatusError):
        live_answer(first, respond(status=Status.AUTHENTICATION))
    with pytest.raises(MalformedError):
        live_answer(first, respond(bytes(31)))


# A thief's terminal without the card: it asks the gateway with what the gateway said before. Each question E(Y) with
# a challenge c gives E(Y turned, xor C(c)), C(c) being the first block of the token, which it sees. Where C depends on
# the challenge alone, those xors can be chosen so that they cancel out, by solving linear equations over bits.

PAIRS = 141  # 13 turns make E(TI ‖ RndA' …) out of E(RndA); 128 more, a multiple of 16, are free choices
BITS = 128


def turned(value: int, bytes_: int) -> int:
    bits = 8 * (bytes_ % 16)
    return (value << bits | value >> BITS - bits) & (1 << BITS) - 1 if bits else value


def chosen(differences: list[int], wanted: int, bits: int) -> list[bool] | None:
    """Return which differences to take so that their xor is ``wanted`` in its first ``bits`` bits, or None."""
    rows: list[tuple[int, int]] = []
    for place, difference in enumerate(differences):
        value, made_of = difference >> BITS - bits, 1 << place
        for other, parts in rows:
            if value ^ other < value:
                value, made_of = value ^ other, made_of ^ parts
        if value:
            rows.append((value, made_of))
            rows.sort(reverse=True)
    rest, taken = wanted >> BITS - bits, 0
    for value, parts in rows:
        if rest ^ value < rest:
            rest, taken = rest ^ value, taken ^ parts
    return None if rest else [bool(taken >> place & 1) for place in range(len(differences))]


def walked(ask: Oracle, start: bytes, target: int, bits: int) -> bytes | None:
    """Return E(RndA turned by 13, xor ``target`` in its first ``bits`` bits), asked together from E(RndA)."""
    pairs = [tuple(bytes((side, step, bits % 251)) + bytes(13) for side in (1, 2)) for step in range(PAIRS)]
    seen = [tuple(int.from_bytes(ask(one, bytes(16))[:16], "big") for one in pair) for pair in pairs]
    adds = [[turned(value, PAIRS - 1 - step) for value in pair] for step, pair in enumerate(seen)]
    wanted = target
    for first, _ in adds:
        wanted ^= first
    choice = chosen([first ^ second for first, second in adds], wanted, bits)
    if choice is None:
        return None
    state = start
    for pair, second in zip(pairs, choice, strict=True):
        state = ask(pair[second], state)[16:]
    return state


def forged(ask: Oracle, first: bytes) -> bytes | None:
    """Return an answer to `CHALLENGE` by a card that first answered ``first``, made without the card."""
    start = ask(CHALLENGE, first)[:16]
    block = walked(ask, start, 0, BITS)
    tail = None if block is None else walked(ask, start, int.from_bytes(block, "big"), 32)
    return None if block is None or tail is None else first + block + tail


def test_many_questions_to_the_gateway_do_not_add_up_to_an_answer() -> None:
    def ask(challenge: bytes, sealed_rnd_b: bytes) -> bytes:
        return live_token(MASTERS, KEY, UID, challenge, sealed_rnd_b)

    answer = forged(ask, b"\x0f" * 16)
    assert answer is not None
    assert not holds(CHALLENGE, answer)


def test_they_would_if_its_number_followed_from_the_challenge_alone() -> None:
    def weak(challenge: bytes) -> bytes:
        return cmac("aes", MASTERS.aes, challenge)

    asked: list[bytes] = []

    def ask(challenge: bytes, sealed_rnd_b: bytes) -> bytes:
        asked.append(challenge)
        rnd_b = decrypt_cbc("aes", KEY, bytes(16), sealed_rnd_b)
        return encrypt_cbc("aes", KEY, bytes(16), weak(challenge) + rotate(rnd_b))

    answer = forged(ask, b"\x0f" * 16)
    assert answer is not None
    assert decrypt_cbc("aes", KEY, bytes(16), answer[16:])[4:20] == rotate(weak(CHALLENGE))
    assert len(asked) < 1000
