"""What stands in the journal: one event in its final wire bytes, and where the journal begins and ends. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from zhendao.device.journal.spans import Spans
from zhendao.protocol.vocabulary import BootReason

if TYPE_CHECKING:
    from zhendao.device.journal.headcopy import Head


class Grade(IntEnum):
    """How an event travels."""

    ORDINARY = 0
    EVIDENCE = 1
    """A `check` or a `boot`: its own signature goes with it."""
    URGENT = 2
    """A call for help: sent before everything else, detached if need be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it will be sent, for ever the same bytes. ``start`` is the seq of the boot whose keys seal it."""

    seq: int
    start: int
    grade: Grade
    sealed: bytes
    commitment: bytes
    signature: bytes
    certificate_id: bytes
    head: bytes

    @property
    def size(self) -> int:
        """About how many bytes it takes in a batch."""
        return len(self.sealed) + 112


class Settled(IntEnum):
    """What the gateway said about a range (docs/protocol.md section 8)."""

    COMMITTED = 0
    QUARANTINED = 1
    FORK = 2


@dataclass(slots=True)
class EpochState:
    """One life of the journal: what it holds and what of it the gateway has."""

    epoch: bytes
    first: int
    last: int
    head: bytes
    settled: Spans = field(default_factory=Spans)
    urgent: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Opening:
    """How the journal was found at start. ``previous``: the last head that is known of the epoch before a new one."""

    reason: BootReason
    previous: Head | None = None
    detail: str | None = None

    @property
    def new_epoch(self) -> bool:
        """Whether the boot event begins a new epoch."""
        return self.reason is not BootReason.START


@dataclass(frozen=True, slots=True)
class Slice:
    """Neighbouring entries of one epoch, and h of the event before the first."""

    epoch: bytes
    prev: bytes
    entries: tuple[Entry, ...]
