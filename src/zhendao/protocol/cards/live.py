"""A card authenticated live through the gateway (scheme 3), and the answer that proves it again later.

AuthenticateEV2First under the card's `LIVE_KEY`: the terminal carries bytes between card and gateway and holds no key.
So a gateway encrypts under a card's key at a terminal's wish. That this helps nobody to answer in the card's place
rests on RndA: it is never the terminal's choice, and it is another one for each number of the card. (Would it follow
from the challenge alone, less than a thousand questions, each made of the answer before, would add up to a card's; the
tests do it.) docs/protocol.md section 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zhendao.protocol.cards.apdu import Status, unwrap
from zhendao.protocol.cards.blocks import ZERO_BLOCK, cmac, decrypt_cbc, encrypt_cbc, same
from zhendao.protocol.cards.challenge import CHALLENGE_BYTES
from zhendao.protocol.cards.ev2 import RANDOM_BYTES, TI_BYTES, TOKEN_BYTES, rotate
from zhendao.protocol.errors import CryptoError, MalformedError

if TYPE_CHECKING:
    from zhendao.protocol.cards.diversify import Masters

ANSWER_BYTES: Final = RANDOM_BYTES + TOKEN_BYTES

_CONSTANT: Final = b"\x02"
"""Diversification of keys begins with 0x01: the two never share an input."""


def live_random(masters: Masters, uid: bytes, challenge: bytes, sealed_rnd_b: bytes) -> bytes:
    """Return RndA for a terminal's challenge and the 16 bytes that the card with ``uid`` answered first.

    The same again for the same input: so the gateway need not remember it, and a challenge must count once.
    """
    if len(challenge) != CHALLENGE_BYTES or len(sealed_rnd_b) != RANDOM_BYTES:
        raise CryptoError("challenge", "a challenge and what a card answers first are 16 bytes each")
    return cmac("aes", masters.aes, _CONSTANT + challenge + sealed_rnd_b + uid)


def live_token(masters: Masters, key: bytes, uid: bytes, challenge: bytes, sealed_rnd_b: bytes) -> bytes:
    """Return the 32 bytes that the gateway sends to the card, as the data of ``90 AF``; ``key`` is its `LIVE_KEY`.

    Raises:
        CryptoError: challenge or first answer have another length.
    """
    rnd_a = live_random(masters, uid, challenge, sealed_rnd_b)
    rnd_b = decrypt_cbc("aes", key, ZERO_BLOCK, sealed_rnd_b)
    return encrypt_cbc("aes", key, ZERO_BLOCK, rnd_a + rotate(rnd_b))


def live_answer(first: bytes, last: bytes) -> bytes:
    """Return the 48 bytes of the answer of scheme 3 from the card's two responses, each with its status.

    Raises:
        CardStatusError, MalformedError: the exchange did not come to its end.
    """
    answer = unwrap(first, Status.MORE) + unwrap(last)
    if len(answer) != ANSWER_BYTES:
        raise MalformedError("length", "an exchange of another length")
    return answer


def live_answer_holds(masters: Masters, key: bytes, uid: bytes, challenge: bytes, answer: bytes) -> bool:
    """Tell, in constant time, whether the card with ``uid`` and ``key`` answered this challenge of a terminal.

    Any bytes as answer: true or false, never an error.
    """
    if len(answer) != ANSWER_BYTES:
        return False
    rnd_a = live_random(masters, uid, challenge, answer[:RANDOM_BYTES])
    proof = decrypt_cbc("aes", key, ZERO_BLOCK, answer[RANDOM_BYTES:])[TI_BYTES : TI_BYTES + RANDOM_BYTES]
    return same(proof, rotate(rnd_a))
