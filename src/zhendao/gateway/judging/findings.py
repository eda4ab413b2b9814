"""A finding: what was measured of a visit, what was expected, how far off, and what would clear it. Pure.

It is a hint for people and decides nothing (promise 5); how it is found stands in a module of its own (`detectors`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind`` is a stable word; ``visit_id`` says of which visit, ``subject`` of whom or what: ("visit", its id).

    ``measured``, ``expected`` and ``off_by`` are whole numbers of ``unit`` (``s``), None where there is nothing to
    measure; ``text`` says all of it in one sentence, ``clears`` what would make it go.
    """

    kind: str
    visit_id: bytes
    subject: tuple[str, str]
    measured: int | None
    expected: int | None
    off_by: int | None
    unit: str
    text: Text
    clears: Text

    @property
    def order(self) -> tuple[bytes, str, tuple[str, str]]:
        """Where it stands among others."""
        return self.visit_id, self.kind, self.subject

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {
            "kind": self.kind,
            "visit_id": self.visit_id.hex(),
            "subject": {"what": self.subject[0], "id": self.subject[1]},
            "measured": self.measured,
            "expected": self.expected,
            "off_by": self.off_by,
            "unit": self.unit,
            "zh": self.text.zh,
            "en": self.text.en,
            "clears": {"zh": self.clears.zh, "en": self.clears.en},
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector may look at: one judged visit, and what it was judged by, as of ``as_of_ms`` (UTC ms)."""

    visit: Visit
    registry: Registry
    policy: Policy
    as_of_ms: int

    def flagged(self, word: str) -> bool:
        """Tell whether the visit carries the flag ``word``."""
        return any(one["flag"] == word for one in self.visit.record["flags"])


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds one kind of thing in a visit; nothing else is known to it."""

    kind: str
    find: Callable[[Seen], Iterable[Finding]]
