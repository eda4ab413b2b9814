"""The gateway's end of AuthenticateEV2First, live through a terminal: it holds the key, the terminal only carries bytes.

Promise: RndA is derived from a secret of the gateway and the terminal's challenge, so a terminal cannot choose it (who
could, would have an oracle that forges a card's answer), and the card's answer can be checked later, without memory of
the session. The answer proves that the card was there after the challenge was made. NT4H2421Gx section 9.1.5.
"""

from typing import Final

from zhendao.protocol.cards.blocks import BLOCK_BYTES, ZERO_BLOCK, decrypt_cbc, encrypt_cbc, same
from zhendao.protocol.suite import SM

FINAL_BYTES: Final = 2 * BLOCK_BYTES
_TI_BYTES: Final = 4


def random_of(live_secret: bytes, challenge: bytes) -> bytes:
    """Return RndA for the terminal's ``challenge`` (16 bytes): random to all who do not hold the gateway's secret."""
    return SM.mac(live_secret, b"ev2-rnd-a" + challenge)[:BLOCK_BYTES]


def second_part(key: bytes, live_secret: bytes, challenge: bytes, sealed_rnd_b: bytes) -> bytes:
    """Return what goes to the card after it sent ``sealed_rnd_b`` (16 bytes): E(RndA, RndB turned left by a byte).

    Raises:
        CryptoError: ``sealed_rnd_b`` is not one block.
    """
    rnd_b = decrypt_cbc("aes", key, ZERO_BLOCK, sealed_rnd_b)
    plain = random_of(live_secret, challenge) + rnd_b[1:] + rnd_b[:1]
    return encrypt_cbc("aes", key, ZERO_BLOCK, plain)


def ev2_answer_holds(key: bytes, live_secret: bytes, challenge: bytes, answer: bytes) -> bool:
    """Tell whether ``answer`` (32 bytes) is E(TI, RndA turned left, capabilities) of a card with ``key``. Never raises."""
    if len(answer) != FINAL_BYTES or len(challenge) != BLOCK_BYTES or not live_secret:
        return False
    plain = decrypt_cbc("aes", key, ZERO_BLOCK, answer)
    rnd_a = random_of(live_secret, challenge)
    return same(plain[_TI_BYTES : _TI_BYTES + BLOCK_BYTES], rnd_a[1:] + rnd_a[:1])
