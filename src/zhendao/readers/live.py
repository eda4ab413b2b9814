"""AuthenticateEV2First with a card of NXP, its other end far away: the terminal passes the bytes on (scheme 3).

Promise: nobody far away answers in time, the card refuses, or what it says is no answer: then nothing is claimed, and
what the card has shown before stands. Two commands.
"""

from zhendao.protocol.cards.apdu import Ins, Status, wrap
from zhendao.protocol.cards.challenge import Scheme
from zhendao.protocol.cards.diversify import LIVE_KEY
from zhendao.protocol.cards.evidence import Answer
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.challenger import Challenge, Relay
from zhendao.readers.iso7816 import Talk

TECHNOLOGIES = frozenset({Technology.NTAG424, Technology.DESFIRE})
_NATIVE = 0x9100
_NO_CAPABILITIES = 0
_FIRST_BYTES, _LAST_BYTES = 16, 32


def live_answer(talk: Talk, technology: Technology, uid: bytes, challenge: Challenge, relay: Relay) -> Answer | None:
    """Return what the card, its application selected, answered to whoever has its keys; None where it came to nothing.

    Raises:
        TagMalformedError, TagGoneError, ReaderError: as `Talk.ask`.
    """
    first = talk.ask(wrap(Ins.AUTHENTICATE_FIRST, bytes((LIVE_KEY, _NO_CAPABILITIES))))
    if first.status != _NATIVE | Status.MORE or len(first.data) != _FIRST_BYTES:
        return None
    token = relay.live(technology, uid, challenge.value, first.data)
    if token is None:
        return None
    last = talk.ask(wrap(Ins.MORE, token))
    if last.status != _NATIVE or len(last.data) != _LAST_BYTES:
        return None
    return Answer(Scheme.EV2, LIVE_KEY, first.data + last.data)
