"""A record on its way to the platform, and what the platform said of it.

Promise: a record's idempotency key follows from what it is (type, key, revision, replay) and nothing else, so the same
record carries the same key however often and by whichever process it is sent. A number that was refused is never used
again: a replay has one of its own, above its revision's and below the next revision's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Final
from urllib.parse import quote

SEQUENCES: Final = 1_000
"""Numbers of one revision: so often, less one, may it be replayed."""


MOST_WORDS: Final = 500
"""Characters of a platform's status, reason or receipt that are kept."""


class Verdict(Enum):
    """What an answer means for us."""

    TAKEN = "taken"  # the platform has it, now or already before
    REFUSED = "refused"  # it will never take it as it is
    LATER = "later"  # not now; ask again
    ANEW = "anew"  # refused under this number, for a reason that passes: owed again under a new one by itself


@dataclass(frozen=True, slots=True)
class Record:
    """One revision of one record: which it is, without what it says; ``replay``: how often it was refused before."""

    id: int
    record_type: str
    key: str
    revision: int
    replay: int = 0

    @property
    def idempotency_key(self) -> str:
        """Return ``type/key/revision``, each part percent-encoded; with ``.replay`` where there was one."""
        number = f"{self.revision}.{self.replay}" if self.replay else str(self.revision)
        return f"{quote(self.record_type, safe='')}/{quote(self.key, safe='')}/{number}"

    @property
    def sequence(self) -> int:
        """Return the number by which a platform orders what it gets of one record: higher is newer, gaps occur."""
        return self.revision * SEQUENCES + self.replay


@dataclass(frozen=True, slots=True)
class Letter:
    """A record with what it says; ``payload`` is JSON text."""

    record: Record
    payload: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The platform's answer to one record, in its own words: ``status``, ``reason``, ``receipt``.

    ``again_ms``: with `Verdict.ANEW`, so long at least before it is sent again; twice as long each time.
    """

    verdict: Verdict
    status: str
    reason: str = ""
    receipt: str = ""
    again_ms: int = 0

    def kept(self) -> "Answer":
        """Return it as it may be kept, logged and shown: its words bounded, and without control characters."""
        status, reason, receipt = map(printable, (self.status, self.reason, self.receipt))
        return Answer(self.verdict, status, reason, receipt, self.again_ms)


def printable(words: str, most: int = MOST_WORDS) -> str:
    """Return the first ``most`` characters of ``words``; what a terminal or a log would obey is a blank."""
    return "".join(c if c.isprintable() else " " for c in words[:most])


def batch_key(batch: Iterable[Record]) -> str:
    """Return the idempotency key of a request that carries ``batch``: the same records in order, the same key."""
    digest = sha256()
    for record in batch:
        digest.update(record.idempotency_key.encode())
        digest.update(b"\n")
    return digest.hexdigest()
