"""One tag or card at the reader: waited for, alone, and what is on it. How it is written: `provisioning.cards`.

rule: TWO-TOKENS. Promise: two tags in the field are never taken for one; looking changes nothing.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import VerifyingKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.token import SignedToken, open_token
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.content import carried
from zhendao.readers.errors import NoTagError, SeveralTagsError, TagMalformedError
from zhendao.readers.reader import Reader, Target
from zhendao.readers.token_record import token_record

ROUND_S = 0.1
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Found:
    """What is on a tag. ``state``: empty, token, foreign (of another authority), forged, or other (no NDEF tag)."""

    uid: bytes
    technology: Technology
    state: str
    token: SignedToken | None = None


def wait_for_one(reader: Reader, seconds: int) -> Target:
    """Return the one tag that is in the field in two rounds running.

    Raises:
        NoTagError: none came in time.
        SeveralTagsError: two were in the field at once.
        ReaderError: the reader failed.
    """
    until = time.monotonic() + seconds
    before: bytes | None = None
    while True:
        targets = tuple(target for target in reader.sense() if not target.mute)
        if len(targets) > 1:
            raise SeveralTagsError(tuple(target.uid for target in targets))
        if targets and targets[0].uid == before:
            return targets[0]
        before = targets[0].uid if targets else None
        reader.rest()
        if time.monotonic() >= until:
            raise NoTagError(seconds)
        time.sleep(ROUND_S)  # the air gives no event to wait for


def look(reader: Reader, target: Target, suite: Suite, issuers: Mapping[bytes, VerifyingKey]) -> Found:
    """Return what is on ``target``, which is in the field; ``issuers`` are the authority's by key id.

    Raises:
        ReaderError: the tag left, or the reader failed.
    """
    try:
        card = carried(reader, target)
    except TagMalformedError:
        return Found(target.uid, Technology.ISO14443A, "other")
    technology, message = card.technology, card.message
    record = token_record(message)
    if record is None:
        return Found(target.uid, technology, "empty" if technology is Technology.NTAG21X or message else "other")
    try:
        return Found(target.uid, technology, "token", open_token(suite, record, target.uid, issuers))
    except CryptoError as error:
        return Found(target.uid, technology, "foreign" if error.reason == "issuer" else "forged")
    except ProtocolError:
        return Found(target.uid, technology, "forged")
