"""EV2 authentication and secure messaging of NTAG 424 DNA and DESFire EV2/EV3: the reader's end and the card's.

NT4H2421Gx section 9.1, AES mode. Sans-IO: randomness comes in, bytes go out. A session that met a wrong MAC or a
refusal is over, on both ends: the card forgot it as well. No `repr` shows a key, a random number of an open exchange
or a session key. Errors: CryptoError (proof fails, session over), CardStatusError (the card refuses), MalformedError.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from zhendao.protocol.cards.apdu import Ins, Status, respond, unwrap, wrap
from zhendao.protocol.cards.blocks import (
    ZERO_BLOCK,
    cmac,
    decrypt_cbc,
    encrypt_block,
    encrypt_cbc,
    pad,
    same,
    truncated_cmac,
    unpad,
)
from zhendao.protocol.cards.file_settings import CommMode
from zhendao.protocol.errors import CryptoError, ZhendaoError

RANDOM_BYTES: Final = 16
TI_BYTES: Final = 4
MAC_BYTES: Final = 8
TOKEN_BYTES: Final = 2 * RANDOM_BYTES
CAPABILITIES: Final = bytes(12)
"""PDcap2 and PCDcap2, both unused."""

_LAST_COUNTER: Final = 0xFFFF
_ENC_LABEL: Final = bytes.fromhex("a55a00010080")
_MAC_LABEL: Final = bytes.fromhex("5aa500010080")
_COMMAND_IV: Final = bytes.fromhex("a55a")
_RESPONSE_IV: Final = bytes.fromhex("5aa5")
_MIX: Final = slice(2, 8)


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The keys of one session."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)


def session_keys(key: bytes, rnd_a: bytes, rnd_b: bytes) -> SessionKeys:
    """Return the session keys that follow from a card key and both random numbers (section 9.1.7)."""
    mixed = bytes(a ^ b for a, b in zip(rnd_a[_MIX], rnd_b[:6], strict=True))
    context = rnd_a[:2] + mixed + rnd_b[6:] + rnd_a[8:]
    return SessionKeys(cmac("aes", key, _ENC_LABEL + context), cmac("aes", key, _MAC_LABEL + context))


def rotate(random: bytes) -> bytes:
    """Return a random number rotated left by one byte, which proves that it was understood."""
    return random[1:] + random[:1]


class Channel:
    """What both ends of a session share: keys, transaction identifier (4 bytes) and the counter of commands."""

    def __init__(self, keys: SessionKeys, ti: bytes, key_number: int = 0, counter: int = 0) -> None:
        if len(ti) != TI_BYTES or not 0 <= counter <= _LAST_COUNTER:
            raise CryptoError("session", "a transaction identifier is 4 bytes and a counter 16 bits")
        self.ti: Final = ti
        self.key_number: Final = key_number
        self.counter = counter
        self.over = False
        self._keys = keys

    def __repr__(self) -> str:
        return f"{type(self).__name__}(ti={self.ti.hex()}, key_number={self.key_number}, counter={self.counter})"

    def end(self) -> None:
        """End the session: nothing more can be said or understood in it."""
        self.over = True

    def _check_open(self) -> None:
        if self.over:
            raise CryptoError("session", "the session is over")

    def _next(self) -> None:
        if self.counter == _LAST_COUNTER:
            self.end()
            raise CryptoError("session", "too many commands in one session")
        self.counter += 1

    def _mac(self, first: int, body: bytes) -> bytes:
        return truncated_cmac(self._keys.mac, bytes((first,)) + self._count() + self.ti + body)

    def _count(self) -> bytes:
        return self.counter.to_bytes(2, "little")

    def _iv(self, label: bytes) -> bytes:
        return encrypt_block("aes", self._keys.enc, label + self.ti + self._count() + bytes(8))

    def _crypt(self, label: bytes, data: bytes) -> bytes:
        return encrypt_cbc("aes", self._keys.enc, self._iv(label), pad(data)) if data else b""

    def _open(self, label: bytes, sealed: bytes) -> bytes:
        return unpad(decrypt_cbc("aes", self._keys.enc, self._iv(label), sealed)) if sealed else b""

    def _take_mac(self, first: int, body: bytes) -> bytes:
        """Return ``body`` without its MAC; a wrong one ends the session."""
        content, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
        if len(body) < MAC_BYTES or not same(self._mac(first, content), mac):
            self.end()
            raise CryptoError("mac", "a MAC of the session is wrong")
        return content


class PcdSession(Channel):
    """The reader's end."""

    _mode: CommMode = CommMode.PLAIN
    _ends = False

    def command(
        self, ins: int, header: bytes = b"", data: bytes = b"", mode: CommMode = CommMode.FULL, *, ends: bool = False
    ) -> bytes:
        """Return the APDU of a command; ``ends``: the card answers without MAC, and its session is over with it."""
        self._check_open()
        self._mode, self._ends = mode, ends
        body = header + (self._crypt(_COMMAND_IV, data) if mode is CommMode.FULL else data)
        return wrap(ins, body if mode is CommMode.PLAIN else body + self._mac(ins, body))

    def response(self, response: bytes) -> bytes:
        """Return the data that the card answered to the command before."""
        self._check_open()
        try:
            body = unwrap(response)
            self._next()
            if self._ends:
                self.end()
                return body
            if self._mode is CommMode.PLAIN:
                return body
            content = self._take_mac(Status.OK, body)
            return self._open(_RESPONSE_IV, content) if self._mode is CommMode.FULL else content
        except ZhendaoError:
            self.end()
            raise


class PiccSession(Channel):
    """The card's end."""

    def open(self, ins: int, body: bytes, header_bytes: int, mode: CommMode) -> tuple[bytes, bytes]:
        """Return header (shorter if there is less) and data of a command, protected as what it is about demands.

        CryptoError if it is not so protected, and the session is over: the card answers INTEGRITY.
        """
        self._check_open()
        try:
            content = body if mode is CommMode.PLAIN else self._take_mac(ins, body)
            data = content[header_bytes:]
            opened = self._open(_COMMAND_IV, data) if mode is CommMode.FULL else data
            self._next()
        except CryptoError:
            self.end()
            raise
        return content[:header_bytes], opened

    def close(self, data: bytes = b"", mode: CommMode = CommMode.FULL) -> bytes:
        """Return the card's response; what is refused is answered by `apdu.respond`, and ends the session."""
        self._check_open()
        if mode is CommMode.PLAIN:
            return respond(data)
        content = self._crypt(_RESPONSE_IV, data) if mode is CommMode.FULL else data
        return respond(content + self._mac(Status.OK, content))


class PcdAuthentication:
    """AuthenticateEV2First of the reader; with a ``session``, AuthenticateEV2NonFirst within it.

    ``rnd_a`` are 16 fresh random bytes. Call `command`, give the card's response to `token`, and the next to `session`.
    """

    def __init__(self, key: bytes, key_number: int, rnd_a: bytes, within: PcdSession | None = None) -> None:
        if len(rnd_a) != RANDOM_BYTES:
            raise CryptoError("random", "RndA is 16 bytes")
        self._key, self._number, self._rnd_a, self._within = key, key_number, rnd_a, within
        self._rnd_b = b""

    def command(self) -> bytes:
        """Return the APDU that asks for the card's challenge."""
        if self._within is not None:
            return wrap(Ins.AUTHENTICATE_NON_FIRST, bytes((self._number,)))
        return wrap(Ins.AUTHENTICATE_FIRST, bytes((self._number, 0)))

    def token(self, response: bytes) -> bytes:
        """Return the APDU that answers the card's challenge, and challenges the card."""
        sealed = unwrap(response, Status.MORE)
        if len(sealed) != RANDOM_BYTES:
            raise CryptoError("authentication", "a challenge of another length")
        self._rnd_b = decrypt_cbc("aes", self._key, ZERO_BLOCK, sealed)
        return wrap(Ins.MORE, encrypt_cbc("aes", self._key, ZERO_BLOCK, self._rnd_a + rotate(self._rnd_b)))

    def session(self, response: bytes) -> PcdSession:
        """Return the session, if the card proved that it has the key; CryptoError otherwise."""
        sealed = unwrap(response)
        if not self._rnd_b or len(sealed) != (TOKEN_BYTES if self._within is None else RANDOM_BYTES):
            raise CryptoError("authentication", "an answer of another length, or before its time")
        plain = decrypt_cbc("aes", self._key, ZERO_BLOCK, sealed)
        ti, proof = (plain[:TI_BYTES], plain[TI_BYTES : TI_BYTES + RANDOM_BYTES])
        if self._within is not None:
            ti, proof = self._within.ti, plain
        if not same(proof, rotate(self._rnd_a)):
            raise CryptoError("authentication", "the card does not have this key")
        counter = 0 if self._within is None else self._within.counter
        return PcdSession(session_keys(self._key, self._rnd_a, self._rnd_b), ti, self._number, counter)


class PiccAuthentication:
    """The card's end of both authentications. ``rnd_b`` are 16 random bytes and ``ti`` 4, all of the card's own."""

    def __init__(self, key: bytes, key_number: int, rnd_b: bytes, ti: bytes, within: PiccSession | None = None) -> None:
        if len(rnd_b) != RANDOM_BYTES:
            raise CryptoError("random", "RndB is 16 bytes")
        self._key, self._number, self._rnd_b = key, key_number, rnd_b
        self._ti, self._counter = (ti, 0) if within is None else (within.ti, within.counter)
        self._first = within is None

    def challenge(self) -> bytes:
        """Return the response that holds the card's challenge."""
        return respond(encrypt_cbc("aes", self._key, ZERO_BLOCK, self._rnd_b), Status.MORE)

    def answer(self, token: bytes) -> tuple[bytes, PiccSession]:
        """Return the response to the reader's token (the data of ``90 AF``), and the session.

        CryptoError if the reader does not have the key: the card answers AUTHENTICATION.
        """
        if len(token) != TOKEN_BYTES:
            raise CryptoError("authentication", "a token of another length")
        plain = decrypt_cbc("aes", self._key, ZERO_BLOCK, token)
        rnd_a, proof = plain[:RANDOM_BYTES], plain[RANDOM_BYTES:]
        if not same(proof, rotate(self._rnd_b)):
            raise CryptoError("authentication", "the reader does not have this key")
        content = self._ti + rotate(rnd_a) + CAPABILITIES if self._first else rotate(rnd_a)
        session = PiccSession(session_keys(self._key, rnd_a, self._rnd_b), self._ti, self._number, self._counter)
        return respond(encrypt_cbc("aes", self._key, ZERO_BLOCK, content)), session
