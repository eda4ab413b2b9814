"""From a blank tag to a door tag or a card: wait for one tag, sign, log, write, read back, compare.

rule: TWO-TOKENS. Promise: never writes while two tags are in the field, never over a token that is good unless told to,
and never a token that is not in the authority's log before (`token_log`).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import SigningKey, VerifyingKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.token import SignedToken, open_token, sign_token
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning import token_log
from zhendao.provisioning.errors import ProvisioningError
from zhendao.provisioning.token_log import Issued
from zhendao.readers.content import carried
from zhendao.readers.errors import NoTagError, ReaderError, SeveralTagsError, TagKindError, TagMalformedError
from zhendao.readers.ntag import select, write_ndef
from zhendao.readers.reader import Reader, Target
from zhendao.readers.token_record import token_message, token_record

ROUND_S = 0.1
DAY_S = 86_400


class TagTakenError(ProvisioningError):
    """The tag carries a token already."""

    code = "tag-taken"

    def __init__(self, uid: bytes, token: str) -> None:
        super().__init__(
            Text(f"标签 {uid.hex()} 上已有令牌 {token}", f"the tag {uid.hex()} carries the token {token} already"),
            Text("确要覆盖请加 --replace", "give --replace to write over it"),
        )


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


@dataclass(frozen=True)
class Writer:
    """Writes tokens of one authority through one reader. ``now_s`` is seconds since 1970 UTC."""

    folder: Path
    issuer: SigningKey
    issuers: Mapping[bytes, VerifyingKey]
    reader: Reader
    now_s: int

    def write(self, target: Target, role: Role, token_id: bytes, valid_days: int, *, replace: bool) -> Issued:
        """Make ``target`` the token ``token_id``, valid from the beginning of this day (UTC).

        Raises:
            TagTakenError: it carries a token, and ``replace`` was not said.
            TagKindError: it is no NTAG21x.
            ReaderError: tag or reader failed; the log says so.
        """
        before = look(self.reader, target, self.issuer.suite, self.issuers)
        if before.technology is not Technology.NTAG21X:
            raise TagKindError(before.technology.name)
        if before.state in {"token", "foreign"} and not replace:
            raise TagTakenError(target.uid, before.token.token_id.hex() if before.token else "of another authority")
        begin = self.now_s // DAY_S * DAY_S
        issued = Issued(token_id, role, target.uid, begin, begin + valid_days * DAY_S)
        record = sign_token(self.issuer, role, token_id, target.uid, issued.not_before_s, issued.not_after_s)
        facts = {"replaces": before.token.token_id.hex()} if before.token else {}
        token_log.append(self.folder, "writing", issued, self.now_s, **facts)
        try:
            write_ndef(self.reader, target.uid, token_message(record))
            self._compare(issued)
        except ReaderError as error:
            token_log.append(self.folder, "failed", issued, self.now_s, reason=error.code)
            raise
        token_log.append(self.folder, "written", issued, self.now_s)
        return issued

    def _compare(self, issued: Issued) -> None:
        """Read the tag as a terminal will; a token that does not open there is a failure here."""
        after = look(self.reader, select(self.reader, issued.uid), self.issuer.suite, self.issuers)
        if after.token is None or after.token.token_id != issued.token_id:
            raise TagMalformedError("token", after.state)
