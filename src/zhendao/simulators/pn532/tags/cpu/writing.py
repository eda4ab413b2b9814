"""Secure writing to the CPU card: what a MAC covers, and what a key travels in (PBOC 3.0 part 1 section 7, with SM4).

MAC: the first 4 bytes of the SM4 CBC-MAC over CLA INS P1 P2 Lc and the data, padded with 80 00 …, begun with the
challenge that the card gave last, filled with zeros to a block. A key is sent as LD, plain, 80 00 … (only where that
makes no whole block), in SM4 ECB.
"""

from zhendao.protocol.cards.blocks import BLOCK_BYTES, decrypt_cbc, encrypt_cbc, pad, same
from zhendao.simulators.pn532.tags.cpu.folders import Key
from zhendao.simulators.pn532.tags.cpu.words import BLOCKED, CONDITIONS, LENGTH, WRONG_DATA, WRONG_MAC, Refused

MAC_BYTES = 4
_ZERO = bytes(BLOCK_BYTES)


def opened(key: Key, challenge: bytes, head: bytes, body: bytes) -> bytes:
    """Return the data of a command with a MAC; a wrong one costs a try. Raises `Refused`."""
    if not key.tries:
        raise Refused(BLOCKED)
    if not challenge:
        raise Refused(CONDITIONS)
    if len(body) <= MAC_BYTES:
        raise Refused(LENGTH)
    data, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
    first = challenge.ljust(BLOCK_BYTES, b"\x00")
    if not same(encrypt_cbc("sm4", key.value, first, pad(head + data))[-BLOCK_BYTES:][:MAC_BYTES], mac):
        key.tries -= 1
        raise Refused(WRONG_MAC)
    key.tries = key.most
    return data


def plain_of(key: Key, data: bytes) -> bytes:
    """Return what was encrypted. Raises `Refused`."""
    if not data or len(data) % BLOCK_BYTES:
        raise Refused(LENGTH)
    blocks = (data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES))
    plain = b"".join(decrypt_cbc("sm4", key.value, _ZERO, block) for block in blocks)
    if plain[0] >= len(plain):
        raise Refused(WRONG_DATA)
    return plain[1 : 1 + plain[0]]
