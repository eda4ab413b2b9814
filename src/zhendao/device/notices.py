"""What whoever looks after the terminal should know: one line on standard error for each change, never twice the same.

Promise: what changes all the time (a network that flaps for days) fills no log and wears no card: after a dozen lines
about one subject another is written every five minutes at most, and says how many were left out. A notice is about the
machine (link, reader, disk); what a caregiver is told is `feedback`.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.wording import Language

AT_ONCE = 12
"""So many lines about one subject are written as they come."""
RESTS_NS = 300_000_000_000
"""After so long one more may be written."""


class Notices:
    """Prints; remembers for each subject what was said last. ``now_ns``: any clock that runs evenly."""

    def __init__(self, language: Language, now_ns: Callable[[], int]) -> None:
        self._language: Language = language
        self._now_ns = now_ns
        self._said: dict[str, str] = {}
        self._spent: dict[str, tuple[int, int]] = {}
        self._left_out: dict[str, int] = {}

    def last(self) -> dict[str, str]:
        """Return what was said last about each subject, or would have been."""
        return dict(self._said)

    def say(self, subject: str, text: Text) -> None:
        """Print ``text`` unless it is what was said last about ``subject``, or much was said about it lately."""
        line = text.in_(self._language)
        if self._said.get(subject) == line:
            return
        self._said[subject] = line
        if not self._may(subject):
            self._left_out[subject] = self._left_out.get(subject, 0) + 1
            return
        missing = self._left_out.pop(subject, 0)
        if missing:
            line += Text(f"（其间另有 {missing} 次变化）", f" ({missing} changes since were not told)").in_(
                self._language
            )
        self.write(subject, line)

    def write(self, subject: str, line: str) -> None:  # noqa: ARG002 - who counts wants to know it
        """Print ``line``, which is about ``subject``."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    def _may(self, subject: str) -> bool:
        now_ns = self._now_ns()
        spent, since_ns = self._spent.get(subject, (0, now_ns))
        rested = (now_ns - since_ns) // RESTS_NS
        spent, since_ns = max(0, spent - rested), since_ns + rested * RESTS_NS
        may = spent < AT_ONCE
        self._spent[subject] = (spent + may, now_ns if spent == 0 else since_ns)
        return may
