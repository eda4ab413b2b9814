"""Electrical lines that come in: which there are, and what is told of their edges. Values, and the bound on them. Pure.

Promise: however fast a line chatters, what reaches the event loop stays small: one posting in ten milliseconds at most,
with the first few edges of each line, where it stands now, and how many edges were left out in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

SINGLY = 8
"""So many edges of a line are told one by one in a posting; what is beyond is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is listened to.

    Attributes:
        name: by which its edges are told; no other line has it.
        pin: its BCM number.
        pull_up: whether the line is pulled up and a closed contact draws it to ground (active low); else it is pulled
            down and a closed contact draws it up (active high).
        tells_rest: whether the start is told as an edge though the line is not active: a sensor may be at rest closed.
    """

    name: str
    pin: int
    pull_up: bool = True
    tells_rest: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A line has become active (the contact closed) or not.

    Attributes:
        line: the name of the line.
        active: how it stands after the edge.
        mono_ns: when, CLOCK_BOOTTIME.
        skipped: edges of this line before this one that were not told singly.
    """

    line: str
    active: bool
    mono_ns: int
    skipped: int = 0


class Lines(Protocol):
    """Lines that are listened to. `start` and `stop` may block."""

    def start(self) -> None:
        """Begin to listen; every line that is active already, or tells of its rest, is told. Raises `DeviceError`."""
        ...

    def stop(self) -> None:
        """End; nothing is told afterwards."""
        ...


@dataclass(slots=True)
class Gathered:
    """The edges of one line since the last posting: the first ones, and the newest with the number left out."""

    edges: list[Edge] = field(default_factory=list)

    def add(self, edge: Edge) -> None:
        """Take in one edge."""
        if len(self.edges) <= SINGLY:
            self.edges.append(edge)
        else:
            self.edges[-1] = replace(edge, skipped=self.edges[-1].skipped + 1 + edge.skipped)

    def take(self) -> list[Edge]:
        """Return them, and begin anew."""
        taken, self.edges = self.edges, []
        return taken
