"""What came of an attempt to tell somebody something. Pure.

Promise: a failure says whether the receiver may have acted on it all the same, so that whoever must not say a thing
twice does not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

MAX_WORDS: Final = 300
ASKED_MS: Final = 60_000
_NEVER: Final = frozenset({400, 404, 409, 410, 413, 422})
"""What a receiver says of the message itself; every other failure may be over soon."""
_NOT_TAKEN: Final = frozenset({401, 403, 408, 425, 429})
"""Failures of which it is sure that nothing was done with the message."""
_AWAY: Final = 503
"""Sure too where it says when to come back; else it may be somebody in between who lost the answer."""
_SUCCESS: Final = range(200, 300)


class Verdict(Enum):
    """What came of an attempt."""

    TAKEN = "taken"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt, in the receiver's words; ``asked_ms``: the pause that it asked for.

    ``unsure``: it failed, and the receiver may have acted on it.
    """

    verdict: Verdict
    detail: str
    asked_ms: int = 0
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What a receiver sent back: its status, the pause it asks for as it wrote it, and the begin of its body."""

    status: int
    retry_after: str
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def by_status(response: Response, words: Sequence[str] = ("status", "receipt", "reason")) -> Answer:
    """Return what the status alone says; of the body only ``words`` are kept: whole pages are not."""
    status = response.status
    detail = f"{status} {said(response.json(), words)}".strip()
    if status in _SUCCESS:
        return Answer(Verdict.TAKEN, detail)
    if status in _NEVER:
        return Answer(Verdict.REFUSED, detail)
    asked = response.retry_after
    asked_ms = int(asked) * 1000 if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0  # noqa: PLR2004
    sure = status in _NOT_TAKEN or (status == _AWAY and asked_ms > 0)
    return Answer(Verdict.FAILED, detail, min(asked_ms, ASKED_MS), unsure=not sure)


def said(given: Any, words: Sequence[str]) -> str:
    """Return the receipt or the reason that an answer names, else nothing."""
    if not isinstance(given, dict):
        return ""
    return cut(" ".join(str(given[name]) for name in words if given.get(name)))


def cut(words: str) -> str:
    """Return ``words`` as a log may keep them."""
    return "".join(c if c.isprintable() else " " for c in words[:MAX_WORDS]).strip()
