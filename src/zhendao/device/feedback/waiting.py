"""Signals that wait for the one before them to end: one after another, and never more than a few. Pure.

Promise: a signal that says whether a check was made is never dropped for one that says less; a call goes first. Of two
alike that wait one is enough: nobody counts the fourth red light.
"""

from __future__ import annotations

from zhendao.device.feedback.shown import IMPORTANCE, Importance, Signal

MOST = 6


class Waiting:
    """The queue, in the order given, each with or without sound; the least important, oldest one makes room."""

    def __init__(self) -> None:
        self._signals: list[Signal] = []
        self._sounds: list[bool] = []

    def __len__(self) -> int:
        return len(self._signals)

    def add(self, signal: Signal, *, sound: bool = True) -> None:
        """Take a signal in, unless the last that waits is the same; then that one sounds if either does."""
        if self._signals and self._signals[-1] is signal:
            self._sounds[-1] |= sound
            return
        at = len(self._signals)
        if IMPORTANCE[signal] is Importance.CALL:  # a call waits for no other: behind the calls before it
            at = sum(IMPORTANCE[one] is Importance.CALL for one in self._signals)
        self._signals.insert(at, signal)
        self._sounds.insert(at, sound)
        if len(self._signals) > MOST:
            least = min(IMPORTANCE[one] for one in self._signals)
            at = next(at for at, one in enumerate(self._signals) if IMPORTANCE[one] == least)
            del self._signals[at], self._sounds[at]

    def take(self) -> tuple[Signal, bool] | None:
        """Return the next one, and whether it sounds; None where none waits."""
        return (self._signals.pop(0), self._sounds.pop(0)) if self._signals else None

    def only_important(self) -> None:
        """Forget what does not say whether a check was made: the terminal is about to stop."""
        kept = [at for at, one in enumerate(self._signals) if IMPORTANCE[one] >= Importance.RECORDED]
        self._signals, self._sounds = [self._signals[at] for at in kept], [self._sounds[at] for at in kept]
