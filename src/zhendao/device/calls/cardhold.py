"""The duress gesture of a card: held for so long, and then taken away. Pure.

A card that is left lying there calls nobody: it is the hand that takes it away again that gives the sign. What the card
means otherwise (a check, the time of day, an undo that is asked for) it means as ever, so whoever watches sees nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.readers.values import Departure, Presence, ReaderState, Refusal

if TYPE_CHECKING:
    from zhendao.readers.values import Posting

FORGOTTEN = 3
"""Held for so many times as long as the gesture asks, a card was forgotten there."""


class CardHold:
    """``hold_ns``: how long; 0 means that there is no such gesture."""

    def __init__(self, hold_ns: int) -> None:
        self._hold_ns = hold_ns
        self._there: dict[bytes, int] = {}

    def read(self, posting: Posting) -> bool:
        """Take in what the reader says; return whether it completes the gesture."""
        if not self._hold_ns:
            return False
        match posting:
            case Presence():
                if len(self._there) > 8:  # noqa: PLR2004 - more than a field holds: departures were not told
                    self._there.clear()
                self._there.setdefault(posting.uid, posting.mono_ns)
            case Departure():
                since_ns = self._there.pop(posting.uid, None)
                if since_ns is None:
                    return False
                return self._hold_ns <= posting.mono_ns - since_ns <= FORGOTTEN * self._hold_ns
            case ReaderState():
                self._there.clear()
            case Refusal():
                pass
        return False
