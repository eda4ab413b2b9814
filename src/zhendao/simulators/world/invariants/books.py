"""Everything that is written down at the end of a history: the gateway's store, the platform's, how each box stands.

Frozen values, read once when the quiet time is over; the invariants compare them with what was reported before
(`reports`). Times ending in `_ms` are UTC unless the name says otherwise.
"""

from dataclasses import dataclass

from zhendao.simulators.world.reports import Settled, Stretch


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the gateway's `events`, in the order in which it came; ``uid`` of the caregiver for check and undo."""

    terminal: int
    epoch: bytes
    seq: int
    head: bytes
    prev: bytes
    start: int
    kind: int | None
    boot_id: bytes
    mono_ns: int
    wall_ms: int
    clock_source: int
    bound_ms: int | None
    received_ms: int
    uid: bytes | None = None
    target: int | None = None
    """The seq that an `undo` takes back."""


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the gateway's `findings`; ``terminal`` None: of somebody unknown."""

    terminal: int | None
    epoch: bytes
    seq: int
    kind: str
    subject: str
    found_ms: int
    healed_ms: int | None


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a visit as the gateway concluded it; ``at_ms`` None where nothing is known of its time."""

    epoch: bytes
    seq: int
    at_ms: int | None
    bound_ms: int | None
    method: str


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit as the gateway concluded it; ``doubled`` are further checks counted with it."""

    visit_id: bytes
    terminal: int
    state: str
    revision: int
    flags: frozenset[str]
    uid: bytes | None
    begin: Side | None
    end: Side | None
    duration_ms: int | None
    duration_bound_ms: int | None
    doubled: tuple[tuple[bytes, int], ...]
    digest: bytes
    """Of the record: a replay from the facts has to come to the same."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a box stands at the end. ``unacknowledged``: events in its journal that the gateway has not said it has."""

    box: str
    terminal: int
    alive: bool
    connected: bool
    unacknowledged: int
    held: tuple[Stretch, ...]
    settled: tuple[Settled, ...] = ()


@dataclass(frozen=True, slots=True)
class Books:
    """Everything written down, read once at the end.

    Attributes:
        owed: records that the outbox holds (type, key, revision).
        unanswered: how many of them the platform has not answered.
        refused: how many of them it will not take as they are.
        open_gaps: gaps not healed: (terminal, epoch, first, last).
        replayed: the visits that the same facts come to in an empty store; None where no replay was made.
        started_ms: the world's time 0 as UTC milliseconds.
    """

    ended_ns: int
    started_ms: int
    facts: tuple[Fact, ...]
    findings: tuple[Found, ...]
    visits: tuple[Visited, ...]
    owed: tuple[tuple[str, str, int], ...]
    unanswered: int
    open_gaps: tuple[tuple[int, bytes, int, int], ...]
    boxes: tuple[Standing, ...]
    replayed: tuple[Visited, ...] | None = None
    chains: tuple[tuple[int, bytes, int, int], ...] = ()
    """Unbroken pieces of chain that the gateway holds: (terminal, epoch, first, last)."""
    differs: tuple[str, ...] = ()
    """What else stands otherwise than in that replay: segments, findings, revisions, what is owed."""
    refused: int = 0
    devices: tuple[bytes, ...] = ()
    """The identity (16 bytes) of each terminal, by its number."""
