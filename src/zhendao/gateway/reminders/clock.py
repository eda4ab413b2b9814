"""Makes rounds when their time of day has come, beside everything else that a running gateway does.

Promise: a time of day is used once, within its window, or written down as missed; nothing that fails here stops
anything else. While no terminal can be heard, or facts wait to be drawn, a round waits too.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from zhendao.gateway.errand import Errand, Pause
from zhendao.gateway.registry.current import Current
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.duties import NewestDuties
from zhendao.gateway.reminders.present import is_behind
from zhendao.gateway.reminders.rounds import Rules, missed, round_of, survey
from zhendao.gateway.reminders.sending import Writer
from zhendao.gateway.reminders.times import Slot, slots_of
from zhendao.gateway.store.engine import Store

_LOG = logging.getLogger(__name__)
LOOK_S: Final = 5.0
"""So often it is looked whether a time of day has come; so long, too, what waited at the broker has time to arrive."""


class Rounds:
    """Makes rounds. ``made`` is called after each that owes something."""

    def __init__(
        self,
        store: Store,
        registry: Current,
        rules: Rules,
        write: Writer,
        deaf: Callable[[], bool],
        made: Callable[[], None],
        duties: NewestDuties,
    ) -> None:
        self._duties = duties
        self._store, self._registry, self._rules, self._write = store, registry, rules, write
        self._deaf, self._made = deaf, made
        self._settled: set[str] = set()

    def errand(self) -> Errand:
        """Return the thread that makes them, for one start."""
        return Errand("reminders", self._turn, LOOK_S, first_s=LOOK_S)

    def _turn(self, now_ms: int, _pause: Pause) -> float:
        self.look(now_ms)
        return LOOK_S

    def look(self, now_ms: int) -> int:
        """Make the rounds that are due at ``now_ms`` (UTC ms), write down those that were missed; return how many owe.

        Raises what the store raises.
        """
        slots = [one for one in slots_of(self._rules.plans, now_ms, self._rules.offset_ms) if self._is_open(one)]
        due = [one for one in slots if one.open_at(now_ms)]
        for slot in slots:
            if slot not in due:
                self._enter(missed(slot), (), now_ms)
                _LOG.warning("reminders: %s was missed, and is not made up for", slot.name)
        self._settled.update(one.name for one in slots if one not in due)
        if not due or self._deaf():
            return 0
        with self._store.reading() as connection:
            if is_behind(connection):
                return 0
            registry = self._registry.at(connection)
            verdicts = survey(connection, registry, self._rules, now_ms, self._duties.of(registry))
        return sum(self._make(slot, round_of(slot, verdicts), now_ms) for slot in due)

    def _make(self, slot: Slot, what: tuple[book.Round, Sequence[book.Owed]], now_ms: int) -> bool:
        one, owed = what
        entered = self._enter(one, owed, now_ms)
        self._settled.add(slot.name)
        if entered:
            _LOG.info("reminders: %s: %s", slot.name, ", ".join(f"{why} {n}" for why, n in sorted(one.counts.items())))
        if entered and owed:
            self._made()
        return bool(entered and owed)

    def _enter(self, one: book.Round, owed: Sequence[book.Owed], now_ms: int) -> bool:
        entered: bool = self._write(lambda connection: book.enter(connection, one, owed, now_ms))
        return entered

    def _is_open(self, slot: Slot) -> bool:
        if slot.name in self._settled:
            return False
        with self._store.reading() as connection:
            if not book.is_made(connection, slot.name):
                return True
        self._settled.add(slot.name)
        return False
