"""A finding: what was measured of a visit, what was expected, how far off, and what would clear it. Pure.

It is a hint for people and decides nothing (promise 5); how it is found stands in a module of its own (`detectors`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from zhendao.gateway.judging.blame import BLAMES, Blame
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.told import Told
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind`` is a stable word; ``visit_id`` says of which visit, ``subject`` of whom or what: ("visit", its id).

    What is about no single visit has no ``visit_id``. ``measured``, ``expected`` and ``off_by`` are whole numbers of
    ``unit`` (``s``), None where there is nothing to measure; ``text`` says all of it in one sentence, ``clears`` what
    would make it go. ``base_permille``: how often the same is seen of everybody else, in thousandths; a finding with
    it rests on a pattern and is for review alone, never for a penalty. ``fault``: what of ours can have caused it.
    """

    kind: str
    visit_id: bytes | None
    subject: tuple[str, str]
    measured: int | None
    expected: int | None
    off_by: int | None
    unit: str
    text: Text
    clears: Text
    base_permille: int | None = None
    fault: Text | None = None
    at_ms: int | None = None
    """When it was (UTC ms), where it is about a moment and about no visit."""

    @property
    def blames(self) -> Blame:
        """Whom it asks; nobody at the door where a fault of ours can have caused it."""
        asked = BLAMES[self.kind]
        return Blame.EQUIPMENT if self.fault is not None and asked is Blame.PERSON else asked

    @property
    def order(self) -> tuple[bytes, str, tuple[str, str]]:
        """Where it stands among others."""
        return self.visit_id or b"", self.kind, self.subject

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        plain: dict[str, Any] = {
            "kind": self.kind,
            "blames": str(self.blames),
            "visit_id": None if self.visit_id is None else self.visit_id.hex(),
            "subject": {"what": self.subject[0], "id": self.subject[1]},
            "measured": self.measured,
            "expected": self.expected,
            "off_by": self.off_by,
            "unit": self.unit,
            "zh": self.text.zh,
            "en": self.text.en,
            "clears": {"zh": self.clears.zh, "en": self.clears.en},
        }
        if self.base_permille is not None:
            plain["review"] = {"base_permille": self.base_permille}
        return plain if self.fault is None else with_fault(plain, self.fault)


def with_fault(plain: Mapping[str, Any], fault: Text | None) -> dict[str, Any]:
    """Return a finding as `judge` writes it, with this fault in place of another, or of none."""
    asked = BLAMES[plain["kind"]]
    blames = Blame.EQUIPMENT if fault is not None and asked is Blame.PERSON else asked
    said = {name: value for name, value in plain.items() if name != "fault"} | {"blames": str(blames)}
    return said if fault is None else said | {"fault": {"zh": fault.zh, "en": fault.en}}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector may look at: one judged visit, and what it was judged by, as of ``as_of_ms`` (UTC ms)."""

    visit: Visit
    registry: Registry
    policy: Policy
    as_of_ms: int
    hints: Hints = field(default_factory=Hints)

    def flagged(self, word: str) -> bool:
        """Tell whether the visit carries the flag ``word``."""
        return any(one["flag"] == word for one in self.visit.record["flags"])


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds one kind of thing in a visit; nothing else is known to it."""

    kind: str
    find: Callable[[Seen], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Whole:
    """What a survey may look at: all judged visits in order, and what each terminal (16 bytes) told of itself."""

    visits: tuple[Visit, ...]
    registry: Registry
    policy: Policy
    as_of_ms: int
    terminals: Mapping[bytes, Told] = field(default_factory=dict)
    hints: Hints = field(default_factory=Hints)
    _known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, of: "Callable[[Whole], T]") -> T:
        """Return what ``of`` finds in it; of several surveys that ask for it the first one has it found."""
        if of not in self._known:
            self._known[of] = of(self)
        found: T = self._known[of]
        return found


@dataclass(frozen=True, slots=True)
class Survey:
    """Finds one kind of thing that no visit shows alone."""

    kind: str
    find: Callable[[Whole], Iterable[Finding]]
