"""A terminal asks the gateway to authenticate a card live (docs/protocol.md section 9): the question and its answer.

Both are under the MAC key of the terminal's start, which the two alone have: nobody else can use a gateway's keys by
asking, and nobody else can answer. They are about this moment: QoS 0, kept nowhere, and a question that is not answered
in time was not asked. Promise: any bytes are one of them, or a `ProtocolError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.down import LIVE, MacedLive
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import UINT, Bytes, Int, OneOf, check_version, exactly
from zhendao.protocol.limits import WIRE_VERSION
from zhendao.protocol.vocabulary import Technology

if TYPE_CHECKING:
    from zhendao.protocol.suite import Suite

MAX_QUESTION_BYTES: Final = 512
TOKEN_BYTES: Final = 32

_QUESTION: Final = 1
_ASK_DOMAIN: Final = b"zd1/ask"
_LIVE_DOMAIN: Final = b"zd1/live"
_ID = exactly(16)
_BLOCK = exactly(16)
_TOKEN = exactly(TOKEN_BYTES)
_MAC = exactly(32)
_UID = Bytes(4, 10)
_START = Int(1, UINT.high)
_QUESTION_KEYS: Final = set(range(1, 11))
_ANSWER_KEYS: Final = set(range(1, 6))


@dataclass(frozen=True, slots=True)
class Question:
    """What a card said first, and what it is asked.

    Attributes:
        suite_id, device, epoch, start: whose MAC key vouches.
        number: rises with each question of a start.
        technology: what the card says it is; ``uid``: as the anticollision gave it.
        challenge: the 16 bytes that the answer is to stand for.
        first: E(RndB), 16 bytes.
    """

    suite_id: int
    device: bytes
    epoch: bytes
    start: int
    number: int
    technology: Technology
    uid: bytes
    challenge: bytes
    first: bytes


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as it came; nothing of it is believed before `proved`."""

    question: Question
    payload: bytes
    mac: bytes

    def proved(self, suite: Suite, mac_key: bytes) -> Question:
        """Return the question; raises `CryptoError` if another key made it."""
        if not suite.mac_valid(mac_key, _ASK_DOMAIN + self.payload, self.mac):
            raise CryptoError("mac", "a question that this start did not ask")
        return self.question


def encode_question(suite: Suite, mac_key: bytes, question: Question) -> bytes:
    """Return the message to the gateway."""
    payload = cbor.encode(
        {
            1: WIRE_VERSION,
            2: UINT.to_raw(question.suite_id),
            3: _ID.to_raw(question.device),
            4: _ID.to_raw(question.epoch),
            5: _START.to_raw(question.start),
            6: UINT.to_raw(question.number),
            7: OneOf(Technology).to_raw(question.technology),
            8: _UID.to_raw(question.uid),
            9: _BLOCK.to_raw(question.challenge),
            10: _BLOCK.to_raw(question.first),
        }
    )
    return cbor.encode([_QUESTION, payload, suite.mac(mac_key, _ASK_DOMAIN + payload)])


def read_question(message: bytes) -> AskedQuestion:
    """Take a message to the gateway apart; raises `MalformedError`."""
    match cbor.decode(message, MAX_QUESTION_BYTES):
        case [int() as kind, bytes() as payload, bytes() as mac] if kind == _QUESTION and not isinstance(kind, bool):
            raw = _keys(cbor.decode(payload, MAX_QUESTION_BYTES), _QUESTION_KEYS)
        case _:
            raise MalformedError("ask", "no question")
    check_version(raw[1], WIRE_VERSION)
    question = Question(
        suite_id=UINT.from_raw(raw[2]),
        device=_ID.from_raw(raw[3]),
        epoch=_ID.from_raw(raw[4]),
        start=_START.from_raw(raw[5]),
        number=UINT.from_raw(raw[6]),
        technology=Technology(OneOf(Technology).from_raw(raw[7])),
        uid=_UID.from_raw(raw[8]),
        challenge=_BLOCK.from_raw(raw[9]),
        first=_BLOCK.from_raw(raw[10]),
    )
    return AskedQuestion(question, payload, _MAC.from_raw(mac))


def encode_live(suite: Suite, mac_key: bytes, device: bytes, number: int, token: bytes) -> bytes:
    """Return the message to the terminal that answers its question ``number`` with the ``token`` for the card."""
    payload = cbor.encode(
        {1: WIRE_VERSION, 2: suite.id, 3: _ID.to_raw(device), 4: UINT.to_raw(number), 5: _TOKEN.to_raw(token)}
    )
    return cbor.encode([LIVE, payload, suite.mac(mac_key, _LIVE_DOMAIN + payload)])


def open_live(suite: Suite, mac_key: bytes, device: bytes, found: MacedLive) -> tuple[int, bytes]:
    """Return the number of the question and the token.

    Raises `CryptoError` if another key made it or it is for another terminal, `MalformedError` if its form is wrong.
    """
    if not suite.mac_valid(mac_key, _LIVE_DOMAIN + found.payload, found.mac):
        raise CryptoError("mac", "an answer that the gateway did not make for this start")
    raw = _keys(cbor.decode(found.payload, MAX_QUESTION_BYTES), _ANSWER_KEYS)
    check_version(raw[1], WIRE_VERSION)
    if (UINT.from_raw(raw[2]), _ID.from_raw(raw[3])) != (suite.id, device):
        raise CryptoError("device", "an answer to another terminal")
    return UINT.from_raw(raw[4]), _TOKEN.from_raw(raw[5])


def _keys(value: Any, wanted: set[int]) -> dict[int, Any]:
    if not isinstance(value, dict) or value.keys() != wanted:
        raise MalformedError("ask", "keys missing or too many")
    return value
