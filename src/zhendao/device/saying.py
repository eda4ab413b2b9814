"""The words that go with the moments of a tap: the time of a check, the times of a card today, a receipt code.

Promise: a receipt is said of what is in the journal, and follows from it; a time is said as far as the clock is known
(`taps.today`), and of the card that lies there alone. Where the journal cannot be asked, there is no receipt: no tap
waits for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.attending import Attendant
from zhendao.device.clock.local import zone
from zhendao.device.errors import JournalError
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.words import Count, Digits
from zhendao.device.taps.today import DayClock, of_today, said
from zhendao.protocol.receipt import receipt_code

if TYPE_CHECKING:
    from zhendao.device.attending import Around
    from zhendao.device.config import DeviceSettings
    from zhendao.device.desk import Desk
    from zhendao.device.feedback.words import Word
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.taps.done import Done
    from zhendao.device.timekeeper import Timekeeper


class DayClocks:
    """Tells what time it is as people here say it, by the zone and the bound of the settings."""

    def __init__(self, time: Timekeeper, settings: DeviceSettings) -> None:
        self._time, self._where = time, zone(settings.terminal.time_zone)
        self._bound_ms = int(settings.session.said_bound_s * 1000)

    def now(self) -> DayClock:
        """Return now."""
        return DayClock(self._time.stamp(), self._where, self._bound_ms)


class Saying(Attendant):
    """Finds the words of one terminal."""

    def __init__(self, around: Around) -> None:
        self._suite, self._scribe = around.who.suite, around.scribe
        self._clocks = DayClocks(around.time, around.settings)

    def meet(self, desk: Desk, others: tuple[Attendant, ...]) -> None:
        """Lend the desk its words."""
        del others
        desk.saying = self

    def receipt(self, recorded: Recorded) -> tuple[Word, ...]:
        """Return the receipt of an event that is in the journal."""
        return (Digits(receipt_code(self._suite, recorded.head)),) if recorded.head else ()

    def since(self, ns: int | None) -> tuple[Word, ...]:
        """Return when a check was made, at ``ns`` of this boot."""
        word = None if ns is None else self._clocks.now().when(ns)
        return () if word is None else (word,)

    def stored(self) -> tuple[Word, ...]:
        """Return how many records about people this run has made."""
        return (Count(self._scribe.tally.people),)

    async def times(self, done: tuple[Done, ...]) -> list[tuple[Moment, tuple[Word, ...]]]:
        """Return what whoever holds a card is told of its checks: those of today, and the receipt of the last."""
        clock = self._clocks.now()
        today = of_today(done, clock)
        if not today:
            return [(Moment.NO_TIMES_TODAY, ())]
        told: list[tuple[Moment, tuple[Word, ...]]] = [(Moment.TIMES_TODAY, said(today, clock))]
        head = await self._head(today[-1])
        return told if head is None else [*told, (Moment.RECEIPT, (Digits(receipt_code(self._suite, head)),))]

    async def _head(self, one: Done) -> bytes | None:
        at = (one.epoch or self._scribe.standing.epoch, one.seq)
        try:
            return (await self._scribe.heads([at]))[at]
        except JournalError:
            return None
