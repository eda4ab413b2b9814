"""What whoever looks after the terminal should know: one line on standard error for each change, never twice the same.

A notice is about the machine (link, reader, disk); what a caregiver is told is `feedback`.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.protocol.wording import Language, Text


class Notices:
    """Prints; remembers for each subject what was said last."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language
        self._said: dict[str, str] = {}

    def last(self) -> dict[str, str]:
        """Return what was said last about each subject."""
        return dict(self._said)

    def say(self, subject: str, text: Text) -> None:
        """Print ``text`` unless it is what was said last about ``subject``."""
        line = text.in_(self._language)
        if self._said.get(subject) == line:
            return
        self._said[subject] = line
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
