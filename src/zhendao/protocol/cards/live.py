"""A card authenticated live through the gateway (scheme 3), and the transcript that proves it again later.

AuthenticateEV2First under the card's `LIVE_KEY`: the terminal carries bytes between card and gateway and holds no key.
RndA is the gateway's, and follows from the terminal's challenge under the master key. It is never the terminal's own
choice: a gateway that encrypts what a terminal chose would answer in the card's place. docs/protocol.md section 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zhendao.protocol.cards.apdu import read_native, unwrap
from zhendao.protocol.cards.blocks import ZERO_BLOCK, cmac, decrypt_cbc, same
from zhendao.protocol.cards.challenge import CHALLENGE_BYTES
from zhendao.protocol.cards.ev2 import RANDOM_BYTES, TI_BYTES, TOKEN_BYTES, rotate
from zhendao.protocol.errors import CryptoError, MalformedError

if TYPE_CHECKING:
    from zhendao.protocol.cards.diversify import Masters

TRANSCRIPT_BYTES: Final = RANDOM_BYTES + TOKEN_BYTES + TOKEN_BYTES

_CONSTANT: Final = b"\x02"
"""Diversification of keys begins with 0x01: the two never share an input."""


def live_random(masters: Masters, uid: bytes, challenge: bytes, sealed_rnd_b: bytes) -> bytes:
    """Return RndA for a terminal's challenge and the 16 bytes that the card with ``uid`` answered first.

    The same again for the same input: so the gateway need not remember it, and a challenge must count once.
    """
    if len(challenge) != CHALLENGE_BYTES or len(sealed_rnd_b) != RANDOM_BYTES:
        raise CryptoError("challenge", "a challenge and what a card answers first are 16 bytes each")
    return cmac("aes", masters.aes, _CONSTANT + challenge + sealed_rnd_b + uid)


def live_transcript(first: bytes, token: bytes, last: bytes) -> bytes:
    """Return the 80 bytes of the answer of scheme 3 from what went over the air.

    ``first`` and ``last`` are the card's responses with status, ``token`` the gateway's APDU between them.

    Raises:
        CardStatusError, MalformedError: the exchange did not come to its end.
    """
    transcript = unwrap(first, 0xAF) + read_native(token)[1] + unwrap(last)
    if len(transcript) != TRANSCRIPT_BYTES:
        raise MalformedError("length", "an exchange of another length")
    return transcript


def live_answer_holds(masters: Masters, key: bytes, uid: bytes, challenge: bytes, transcript: bytes) -> bool:
    """Tell, in constant time, whether the card with ``uid`` and ``key`` answered this challenge of a terminal.

    Any bytes as transcript: true or false, never an error.
    """
    if len(transcript) != TRANSCRIPT_BYTES:
        return False
    first, token, last = (
        transcript[:RANDOM_BYTES],
        transcript[RANDOM_BYTES : RANDOM_BYTES + TOKEN_BYTES],
        transcript[RANDOM_BYTES + TOKEN_BYTES :],
    )
    rnd_a = live_random(masters, uid, challenge, first)
    rnd_b = decrypt_cbc("aes", key, ZERO_BLOCK, first)
    asked = decrypt_cbc("aes", key, ZERO_BLOCK, token)
    answered = decrypt_cbc("aes", key, ZERO_BLOCK, last)[TI_BYTES : TI_BYTES + RANDOM_BYTES]
    return same(asked, rnd_a + rotate(rnd_b)) & same(answered, rotate(rnd_a))
