"""Which parts of the terminal have proved themselves alive, and whether the watchdog may be told so. Pure.

A part counts its own rounds (`Pulse`); the watch compares. Silence is measured in time during which the watch itself
was awake: a machine that stood still as a whole (suspended, stopped, starved) accuses none of its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Pulse:
    """The rounds of one thread: that thread alone beats, anybody reads."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def beat(self) -> None:
        """Say: I have come round again."""
        self.count += 1


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a part may be silent. ``vital``: beyond it the whole process is to be ended and begun anew."""

    silent_ns: int
    vital: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """``pat``: the watchdog may hear that all is well. ``silent``: parts beyond their limit, vital or not."""

    pat: bool
    silent: frozenset[str]


class Watchman:
    """Compares what the parts counted. A part without a limit is not judged; one that left is forgotten."""

    def __init__(self, limits: Mapping[str, Limit], longest_step_ns: int) -> None:
        """``longest_step_ns``: so much of a step between two looks counts as time awake, and no more."""
        self._limits = limits
        self._longest_step_ns = longest_step_ns
        self._counts: dict[str, int] = {}
        self._silence_ns: dict[str, int] = {}

    def forget(self, part: str) -> None:
        """Judge ``part`` anew from now on: another thread has its name."""
        self._counts.pop(part, None)
        self._silence_ns.pop(part, None)

    def look(self, counts: Mapping[str, int], step_ns: int) -> Verdict:
        """Judge ``counts`` (part to rounds so far), ``step_ns`` after the last look."""
        awake_ns = min(step_ns, self._longest_step_ns)
        for part in self._counts.keys() - counts.keys():
            del self._counts[part], self._silence_ns[part]
        for part, count in counts.items():
            same = self._counts.get(part) == count
            self._silence_ns[part] = self._silence_ns[part] + awake_ns if same else 0
            self._counts[part] = count
        silent = frozenset(
            part
            for part, silence_ns in self._silence_ns.items()
            if part in self._limits and silence_ns > self._limits[part].silent_ns
        )
        return Verdict(not any(self._limits[part].vital for part in silent), silent)
