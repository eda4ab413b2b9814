"""Signals that wait for the one before them to end: one after another, and never more than a few. Pure.

Promise: a signal that says whether a check was made is never dropped for one that says less. Of two alike that wait one
is enough: nobody counts the fourth red light.
"""

from __future__ import annotations

from zhendao.device.feedback.moments import Signal

MOST = 6
_IMPORTANCE = {
    Signal.NOTICE: 0,
    Signal.SENT: 1,
    Signal.ACCEPTED: 2,
    Signal.RECORDED: 3,
    Signal.REMARKED: 3,
    Signal.BAD: 4,
}


class Waiting:
    """The queue, in the order given; the least important and oldest goes first when it is full."""

    def __init__(self) -> None:
        self._signals: list[Signal] = []

    def __len__(self) -> int:
        return len(self._signals)

    def add(self, signal: Signal) -> None:
        """Take a signal in, unless the last that waits is the same."""
        if self._signals and self._signals[-1] is signal:
            return
        self._signals.append(signal)
        if len(self._signals) > MOST:
            least = min(_IMPORTANCE[one] for one in self._signals)
            del self._signals[next(at for at, one in enumerate(self._signals) if _IMPORTANCE[one] == least)]

    def take(self) -> Signal | None:
        """Return the next one; None where none waits."""
        return self._signals.pop(0) if self._signals else None

    def only_important(self) -> None:
        """Forget what does not say whether a check was made: the terminal is about to stop."""
        self._signals = [one for one in self._signals if _IMPORTANCE[one] >= _IMPORTANCE[Signal.RECORDED]]
