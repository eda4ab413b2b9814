"""A record on its way to the platform, and what the platform said of it.

Promise: a record's idempotency key follows from what it is (type, key, revision) and nothing else, so the same record
carries the same key however often and by whichever process it is sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from urllib.parse import quote


class Verdict(Enum):
    """What an answer means for us."""

    TAKEN = "taken"  # the platform has it, now or already before
    REFUSED = "refused"  # it will never take it as it is
    LATER = "later"  # not now; ask again


@dataclass(frozen=True, slots=True)
class Record:
    """One revision of one record: which it is, without what it says."""

    id: int
    record_type: str
    key: str
    revision: int

    @property
    def idempotency_key(self) -> str:
        """Return ``type/key/revision``, each part percent-encoded."""
        return f"{quote(self.record_type, safe='')}/{quote(self.key, safe='')}/{self.revision}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A record with what it says; ``payload`` is JSON text."""

    record: Record
    payload: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The platform's answer to one record, in its own words: ``status``, ``reason``, ``receipt``."""

    verdict: Verdict
    status: str
    reason: str = ""
    receipt: str = ""


def batch_key(batch: Iterable[Record]) -> str:
    """Return the idempotency key of a request that carries ``batch``: the same records in order, the same key."""
    digest = sha256()
    for record in batch:
        digest.update(record.idempotency_key.encode())
        digest.update(b"\n")
    return digest.hexdigest()
