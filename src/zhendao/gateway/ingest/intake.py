"""What ingest does, and when: groups of waiting messages, stored, acknowledged, answered; and what time alone asks for.

Promise: to the broker and to terminals nothing is acknowledged that was not committed. While the store does not take
anything, the messages wait here and at the broker, and are tried again. Time comes as an argument; there is no thread.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.errors import StoreError
from zhendao.gateway.ingest.group import Hurried, not_hurried, take_first, take_group
from zhendao.gateway.ingest.inbox import is_call
from zhendao.gateway.ingest.outcome import Outcome
from zhendao.gateway.ingest.pipeline import Pipeline
from zhendao.gateway.ingest.session import Message, Outgoing
from zhendao.gateway.ingest.steady import SteadyTime

_LOG = logging.getLogger(__name__)

POLL_MS: Final = 1_000
WATCH_MS: Final = 1_000
QUIET_MS: Final = 250
"""When nothing has come for so long, what can wait has its turn; else once in `WATCH_MS`."""
STORE_RETRY_MS: Final = 1_000
CUT_REST_MS: Final = 500
"""A group ends early for a call at most so often: whoever calls without end must not stop everybody else."""


class Clocks(NamedTuple):
    """The clocks of this machine, read together: UTC ms, and ms that go on evenly whatever is set."""

    wall_ms: int
    mono_ms: int


class Link(Protocol):
    """The way to the broker, as ingest needs it."""

    @property
    def waiting(self) -> deque[Message]:
        """The messages that came, oldest first."""

    def taken(self, messages: Iterable[Message]) -> None:
        """Say that ``messages`` were taken out of ``waiting``."""

    def take_back(self, messages: Iterable[Message]) -> None:
        """Put messages in front again that could not be stored yet."""

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that ``messages`` are ours now."""

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Send to terminals."""


class Intake:
    """Takes what waits at ``link`` into ``pipeline``; ``took`` is told what each group came to. Used by one thread."""

    def __init__(
        self,
        link: Link,
        pipeline: Pipeline,
        took: Callable[[Outcome], None],
        now: Clocks,
        watch_ms: int = WATCH_MS,
        acts: Acts | None = None,
        hurried: Hurried = not_hurried,
    ) -> None:
        """Begin at ``now``; what time alone asks for is looked at every ``watch_ms``, oftener while there is more.

        ``acts``: what people do to alerts, done between two groups. ``hurried`` tells whether a call has come while a
        group is being stored, which then ends early.
        """
        self._hurried = hurried
        self._cut_at = now.mono_ms - CUT_REST_MS
        self._link = link
        self._pipeline = pipeline
        self._took = took
        self._watch_ms = watch_ms
        self._acts = acts
        self._steady = SteadyTime(*now)
        self._store_failing = False
        self._more = False
        self._hold_until = self._watch_at = self._took_at = now.mono_ms
        self._took_at -= QUIET_MS

    def take(self, now: Clocks) -> bool:
        """Take one group, calls before everything else; return whether another may be taken at once."""
        if not self._link.waiting or now.mono_ms < self._hold_until:
            return False
        group = take_first(self._link.waiting, is_call)
        may_cut = not group and now.mono_ms - self._cut_at >= CUT_REST_MS
        # While a call waits for a person, transactions are short: the person's act comes between two of them.
        group = group or take_group(self._link.waiting, self._pipeline.most_events)
        self._link.taken(group)
        try:
            outcome = self._pipeline.process(group, *self._at(now), self._hurried if may_cut else not_hurried)
        except StoreError as error:
            self._link.take_back(group)
            self._store_failed(error, now)
            return False
        if outcome.taken < len(group):
            self._cut_at = now.mono_ms
            self._link.take_back(group[outcome.taken :])
        self._link.acknowledge(group[: outcome.taken])
        self._link.publish(outcome.outgoing)
        if self._store_failing:
            _LOG.warning("the store takes writes again")
        self._store_failing = False
        self._took_at = now.mono_ms
        self._took(outcome)
        return True

    def act(self, now: Clocks) -> None:
        """Do what people asked of alerts, if they did."""
        if self._acts is None or not self._acts.wait:
            return
        outcome = self._pipeline.act(self._acts, *self._at(now))
        self._link.publish(outcome.outgoing)
        self._took(outcome)

    def escalate(self, now: Clocks) -> None:
        """Do what time alone asks for where a person waits for it; for between two groups of a backlog."""
        self._watched(self._pipeline.escalate, now)

    def watch(self, now: Clocks) -> None:
        """Do what time alone asks for, if it is time to look."""
        if now.mono_ms < self._look_at():
            return
        self._watch_at = now.mono_ms + self._watch_ms
        outcome = self._watched(self._pipeline.watch, now)
        if outcome is not None:
            self._more = outcome.more

    def watch_failed(self, now: Clocks) -> None:
        """Go on after a `watch` that failed as none should: calls are followed, what else is due is tried again."""
        self._pipeline.forget()
        self._more = False
        self.escalate(now)

    def _watched(self, watch: Callable[[int, int], Outcome], now: Clocks) -> Outcome | None:
        try:
            outcome = watch(*self._at(now))
        except StoreError as error:
            self._store_failed(error, now)
            return None
        self._link.publish(outcome.outgoing)
        if outcome.changed or outcome.alerts:
            self._took(outcome)
        return outcome

    def look_at(self, mono_ms: int) -> None:
        """Have `watch` look at ``mono_ms`` at the latest: something is due then."""
        self._watch_at = min(self._watch_at, mono_ms)

    def patience_ms(self, now: Clocks) -> int:
        """Return how long nothing is to be done if no message comes."""
        return max(0, (self._hold_until if self._link.waiting else self._look_at()) - now.mono_ms)

    def steady_ms(self, now: Clocks) -> int:
        """Return the time for durations at ``now``: UTC ms as of the start."""
        return self._steady.at(now.mono_ms)

    def _look_at(self) -> int:
        quiet = min(self._watch_at, self._took_at + QUIET_MS) if self._more else self._watch_at
        return max(self._hold_until, quiet)

    def _at(self, now: Clocks) -> tuple[int, int]:
        """Return now as a date, and for durations; tell when somebody has set the clock."""
        step_ms = self._steady.stepped_ms(*now)
        if step_ms:
            _LOG.warning("the clock of this machine was set by %.1f s; grace times are not affected", step_ms / 1000)
        return now.wall_ms, self._steady.at(now.mono_ms)

    def _store_failed(self, error: StoreError, now: Clocks) -> None:
        self._hold_until = now.mono_ms + STORE_RETRY_MS
        if not self._store_failing:
            _LOG.error("%s", error.explain("en"))
        self._store_failing = True
