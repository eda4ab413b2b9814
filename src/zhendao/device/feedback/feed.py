"""Feedback for whoever looks on in another process: what is given goes to every subscriber, and the newest is kept.

Promise: `give` waits for nobody, whoever reads slowly or not at all; what waits for a subscriber is bounded, and one
that falls behind is cut off rather than told half. What is private is told as it happens and kept for nobody: who
subscribes later does not learn it. Every method may be called on any thread.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.feedback.given import Given
    from zhendao.device.feedback.moments import Moment

MOST_SUBSCRIBERS = 4
MOST_WAITING = 64


class Subscription:
    """What waits for one subscriber; ``wake`` is called, on any thread, when there is something new."""

    def __init__(self, wake: Callable[[], None], so_far: list[Given]) -> None:
        self._wake = wake
        self._waiting: list[Given] = so_far
        self._lock = threading.Lock()
        self.behind = False
        self.ended = False
        self._left = False

    def put(self, given: Given) -> None:
        """Add one, or find that too many wait."""
        with self._lock:
            if len(self._waiting) < MOST_WAITING + len(TABLE):
                self._waiting.append(given)
            else:
                self.behind = True
        self._awake()

    def take(self) -> list[Given]:
        """Return what waits, in the order given, and forget it."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def left(self) -> None:
        """Note that a card was taken away: what it asked for is told no more."""
        with self._lock:
            self._waiting = [one for one in self._waiting if not TABLE[one.moment].while_held]
            self._left = True
        self._awake()

    def has_left(self) -> bool:
        """Return whether a card was taken away since this was asked last."""
        with self._lock:
            found, self._left = self._left, False
        return found

    def end(self) -> None:
        """Say that nothing more will come."""
        self.ended = True
        self._awake()

    def _awake(self) -> None:
        with contextlib.suppress(RuntimeError):  # its loop has ended
            self._wake()


class Feed:
    """A `Feedback` whose givings are subscribed to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[Moment, Given] = {}
        self._subscriptions: list[Subscription] = []
        self._closed = False

    def give(self, given: Given) -> None:
        """Tell every subscriber."""
        with self._lock:
            self._newest.pop(given.moment, None)
            if not TABLE[given.moment].private:
                self._newest[given.moment] = given
            for one in self._subscriptions:
                one.put(given)

    def left(self) -> None:
        """Tell every subscriber that a token was taken away: what was private is over."""
        with self._lock:
            for one in self._subscriptions:
                one.left()

    def close(self) -> None:
        """Tell every subscriber that nothing more will come."""
        with self._lock:
            self._closed = True
            for one in self._subscriptions:
                one.end()

    def subscribe(self, wake: Callable[[], None]) -> Subscription | None:
        """Return a subscription that begins with the newest of each moment, in order; None where there are too many."""
        with self._lock:
            if self._closed or len(self._subscriptions) >= MOST_SUBSCRIBERS:
                return None
            found = Subscription(wake, list(self._newest.values()))
            self._subscriptions.append(found)
        return found

    def leave(self, subscription: Subscription) -> None:
        """Tell ``subscription`` nothing more."""
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)
