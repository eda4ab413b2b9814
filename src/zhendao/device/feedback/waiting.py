"""Signals that wait for the one before them to end: one after another, and never more than a few. Pure.

Promise: a signal that says whether a check was made is never dropped for one that says less; a call goes first. Of two
alike that wait one is enough: nobody counts the fourth red light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.feedback.shown import IMPORTANCE, Importance, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

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
        if IMPORTANCE[signal] is Importance.CALL:
            self._forget_calls()
            at = sum(one is Signal.EXERCISE for one in self._signals)
        self._signals.insert(at, signal)
        self._sounds.insert(at, sound)
        if len(self._signals) > MOST:
            least = min(IMPORTANCE[one] for one in self._signals)
            at = next(at for at, one in enumerate(self._signals) if IMPORTANCE[one] == least)
            del self._signals[at], self._sounds[at]

    @property
    def call_waits(self) -> bool:
        """Whether what comes next is about a call: it waits for no other signal to end."""
        return bool(self._signals) and IMPORTANCE[self._signals[0]] is Importance.CALL

    def take(self) -> tuple[Signal, bool] | None:
        """Return the next one, and whether it sounds; None where none waits."""
        return (self._signals.pop(0), self._sounds.pop(0)) if self._signals else None

    def only_important(self) -> None:
        """Forget what does not say whether a check was made: the terminal is about to stop."""
        self._keep(lambda one: IMPORTANCE[one] >= Importance.RECORDED)

    def _forget_calls(self) -> None:
        """Forget what waits of calls, but that it is a drill: the newest is what is true now."""
        self._keep(lambda one: IMPORTANCE[one] is not Importance.CALL or one is Signal.EXERCISE)

    def _keep(self, wanted: Callable[[Signal], bool]) -> None:
        kept = [at for at, one in enumerate(self._signals) if wanted(one)]
        self._signals, self._sounds = [self._signals[at] for at in kept], [self._sounds[at] for at in kept]
