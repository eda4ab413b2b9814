"""The attempts at a link, one after the other: how the next one is made, when, and what ends a wait early. Pure.

Time is an argument: seconds of any clock that runs evenly. The windows are those of `schedule`. A wait ends early when
this machine's network comes back, and is short while a call for help waits. A clock that is behind is no obstacle: the
next attempt follows at once, and does not look at dates.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.link.schedule import CAP_S, HASTE_S, STEADY_S, Attempts, Ending, patience_s, start_s, window_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.link.fleet import Fleet
    from zhendao.protocol.wording import Text

TOLD_S = 15.0
"""Within so long a broker that tells how many share it has told it."""
CHANGE_S = 0.5
"""When the network here has come back the next attempt falls within this window …"""
CHANGES, CHANGES_S = 4, 20.0
"""… so many times in so many seconds: a network comes in steps, and one that flaps is not tried without a pause."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt is made.

    Attributes:
        greet_s: how long TLS and the greeting may take.
        timed: the dates of certificates count.
        hesitates: do not go in yet where the broker's machine answers only after a knock was lost.
        asks: ask how many share the broker.
    """

    greet_s: float
    timed: bool
    hesitates: bool
    asks: bool


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt, or the link that it led to, ended. ``why`` is for people.

    ``greeted``: the broker had let us in. ``clock_behind``: its certificate is not valid yet by this machine's clock.
    """

    ending: Ending
    why: Text
    greeted: bool = False
    clock_behind: bool = False


class Trying:
    """The attempts of one terminal. ``random`` gives numbers from 0 to 1; ``retry_s`` is the longest window."""

    def __init__(self, random: Callable[[], float], fleet: Fleet, retry_s: float = CAP_S) -> None:
        self._random, self._fleet, self._retry_s = random, fleet, retry_s
        self._attempts = Attempts()
        self._begun_s = 0.0
        self._hesitates = self._clock_behind = self._urgent = False
        self._asks = True
        self._changes: deque[float] = deque(maxlen=CHANGES)
        self.due_s = 0.0
        """When the next attempt is made, while there is none."""

    def begin(self, now_s: float) -> None:
        """Set when the first attempt is made: after a power cut a city starts at once, and its broker is one."""
        self.due_s = now_s + self._random() * start_s(self._fleet.count, self._retry_s)

    def attempt(self, now_s: float) -> Attempt:
        """Return how the attempt is made that begins now."""
        self._begun_s = now_s
        return Attempt(
            patience_s(self._attempts.slow, self._fleet.count, self._retry_s),
            timed=not self._clock_behind,
            hesitates=self._hesitates and not self._urgent,
            asks=self._asks,
        )

    def up(self) -> None:
        """Note that the link is there: nothing is urgent any more."""
        self._urgent = False

    def fleet_said(self, payload: bytes, now_s: float) -> None:
        """Take in what the broker says of how many share it."""
        self._fleet.hear(payload, now_s)

    def ended(self, end: End, now_s: float) -> None:
        """Take in how the attempt, or its link, has ended: `due_s` is the next one."""
        cured = end.clock_behind and not self._clock_behind
        self._clock_behind = end.clock_behind
        self._hesitates = end.ending is Ending.SILENT
        if cured:
            self.due_s = now_s
            return
        lasted_s = now_s - self._begun_s if end.greeted else None
        if lasted_s is not None and lasted_s >= TOLD_S:
            self._fleet.heard_nothing()
        if lasted_s is not None and lasted_s < STEADY_S and not self._fleet.told:
            self._asks = False  # there are brokers that throw out who asks what is not for him
        tries = self._attempts.ended(end.ending, lasted_s)
        window = window_s(end.ending, tries, self._fleet.count, self._retry_s, urgent=self._urgent)
        self.due_s = now_s + self._random() * window

    def hurry(self, now_s: float) -> None:
        """Wait no longer than a moment, now and until the link is there: a call for help is to be sent."""
        if not self._urgent:
            self._urgent = True
            self._within(HASTE_S, now_s)

    def network_gained(self, now_s: float) -> None:
        """Wait no longer than a moment, because this machine's network has come back or has changed."""
        self._hesitates = False
        rested = len(self._changes) < CHANGES or now_s - self._changes[0] >= CHANGES_S
        if rested and self.due_s - now_s > CHANGE_S:
            self._changes.append(now_s)
            self._within(CHANGE_S, now_s)

    def _within(self, window_s: float, now_s: float) -> None:
        self.due_s = min(self.due_s, now_s + self._random() * window_s)
