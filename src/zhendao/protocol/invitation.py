"""A one-time code that invites a terminal (docs/protocol.md section 12): what people read, and what it proves.

Promise: the code itself never travels. Who sees a request or an answer on its way can neither make one of his own nor
find the code (60 bits behind 600,000 rounds); a mistyped character is told before anything is sent.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from zhendao.protocol import cbor
from zhendao.protocol.enrolment import ANSWER_BYTES, REQUEST_BYTES
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.suite import Suite

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters of Crockford: none that looks like another."""
ENTROPY_BYTES: Final = 8
ROUNDS: Final = 600_000
_ID, _CHARACTERS = 3, 12
_READ_AS: Final = str.maketrans("OIL", "011")
_MORE: Final = 128
INVITED_BYTES: Final = REQUEST_BYTES + _MORE
VOUCHED_BYTES: Final = ANSWER_BYTES + _MORE


@dataclass(frozen=True, slots=True)
class Code:
    """A code: ``id`` names the invitation, the rest is secret; `text` is what people read and type."""

    characters: str = field(repr=False)

    @property
    def id(self) -> str:
        """The part that names the invitation, and is no secret."""
        return self.characters[:_ID]

    @property
    def text(self) -> str:
        """The code as it is shown: ``K7QF-3M2X-9ABC-D``, its last character a check."""
        parts = [self.characters[i : i + 4] for i in range(0, _CHARACTERS, 4)]
        return "-".join([*parts, _check(self.characters)])

    def key(self) -> bytes:
        """Return the 32 bytes that prove the code. Slow on purpose: about a second on a terminal."""
        return hashlib.pbkdf2_hmac("sha256", self.characters.encode(), b"zd1/invitation", ROUNDS)


def new_code(entropy: bytes) -> Code:
    """Return the code of 8 random bytes, 60 bits of which are used."""
    number = int.from_bytes(entropy, "big")
    return Code("".join(ALPHABET[number >> 5 * place & 31] for place in range(_CHARACTERS)))


def parse_code(text: str) -> Code:
    """Read what somebody typed: small letters, blanks, O for 0, I and L for 1 are understood.

    Raises:
        MalformedError: it is no code, or a character is wrong or in the wrong place.
    """
    typed = "".join(one for one in text.upper() if one not in "- \u3000").translate(_READ_AS)
    if len(typed) != _CHARACTERS + 1 or any(one not in ALPHABET for one in typed):
        raise MalformedError("invitation", f"a code has {_CHARACTERS + 1} letters and digits")
    if _check(typed[:-1]) != typed[-1]:
        raise MalformedError("invitation", "a character of the code is wrong")
    return Code(typed[:-1])


def invite(suite: Suite, key: bytes, invitation: str, request: bytes) -> bytes:
    """Return ``request`` with the proof of a code: CBOR ``[request, id, mac]``."""
    return cbor.encode([request, invitation, suite.mac(key, b"zd1/invited" + request)])


def split_invited(data: bytes) -> tuple[bytes, str | None, bytes]:
    """Return (request, id of the invitation, mac) of what a terminal sent; id None: there is no code in it.

    Nothing is checked but the form. Raises `MalformedError`.
    """
    match cbor.decode(data, INVITED_BYTES):
        case [bytes(), bytes()]:
            return data, None, b""
        case [bytes() as request, str() as invitation, bytes() as mac]:
            return request, invitation, mac
        case _:
            raise MalformedError("request", "neither a request nor one with a code")


def is_invited(suite: Suite, key: bytes, request: bytes, mac: bytes) -> bool:
    """Tell whether ``mac`` proves the code whose `Code.key` is ``key``."""
    return suite.mac_valid(key, b"zd1/invited" + request, mac)


def vouch(suite: Suite, key: bytes, request: bytes, answer: bytes) -> bytes:
    """Return ``answer`` for the terminal that was invited: CBOR ``[answer, mac]``, under the key of the same code."""
    return cbor.encode([answer, suite.mac(key, b"zd1/vouched" + suite.hash(request) + answer)])


def split_vouched(data: bytes) -> tuple[bytes, bytes | None]:
    """Return (answer, mac) of what came to a terminal; mac None: nobody vouches for it by a code.

    Raises `MalformedError`.
    """
    match cbor.decode(data, VOUCHED_BYTES):
        case [bytes() as answer, bytes() as mac]:
            return answer, mac
        case [bytes(), bytes(), bytes()]:
            return data, None
        case _:
            raise MalformedError("answer", "neither an answer nor one that a code vouches for")


def check_vouched(suite: Suite, key: bytes, request: bytes, answer: bytes, mac: bytes) -> None:
    """Raise `CryptoError` unless whoever answered knows the code."""
    if not suite.mac_valid(key, b"zd1/vouched" + suite.hash(request) + answer, mac):
        raise CryptoError("answer", "whoever answered does not know the code")


def _check(characters: str) -> str:
    """Return the check character: Luhn's, over 32 characters. It finds every single mistake, and nearly every swap."""
    total = 0
    for place, one in enumerate(reversed(characters)):
        value = ALPHABET.index(one) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
