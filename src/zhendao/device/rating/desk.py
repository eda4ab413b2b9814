"""Where an opinion is taken: buttons and the elder's own card in, `rating` events and thanks out (rule: RATING).

Promise: thanks are said once the journal has it, and are the same whichever button it was: who stands beside the elder
learns nothing, and nothing of it is in what a caregiver's card hears. It is about the last visit of today here; where
there was none, that is said, and nothing is recorded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from zhendao.device.attending import Attendant
from zhendao.device.errors import JournalError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.losses import TOLD, Loss
from zhendao.device.feedback.moments import Moment
from zhendao.device.inputs.settings import RATING
from zhendao.device.rating.lastvisit import last_visit
from zhendao.device.rating.presses import Press, Presses
from zhendao.device.saying import DayClocks
from zhendao.device.taps.decisions import MakeTap
from zhendao.device.timekeeper import seconds_until
from zhendao.protocol.bodies import Rating
from zhendao.protocol.vocabulary import Placement, TapReason

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from zhendao.device.attending import Around
    from zhendao.device.desk import Desk
    from zhendao.device.rating.lastvisit import About
    from zhendao.protocol.bodies import TokenRead

_SECOND = 1_000_000_000
MOST = 16
"""So many presses wait for the journal; of more the oldest is forgotten, since the last one counts."""
NO_BUTTON = 0
CONSENT_SCORE = 100
"""What stands in an event that carries a consent and no opinion: no button, and so no score that counts."""


def rating_desk(around: Around) -> RatingDesk | None:
    """Return the desk of a terminal; None at a station, where many come and nobody's opinion is asked."""
    return None if around.who.placement is Placement.STATION else RatingDesk(around)


class RatingDesk(Attendant):
    """Of one terminal; used on the event loop only."""

    def __init__(self, around: Around) -> None:
        table = around.settings.rating
        self._around, self._table = around, table
        self._clocks = DayClocks(around.time, around.settings)
        self._open_ns = int(around.settings.session.visit_h * 3600 * _SECOND)
        self._presses = Presses(int(table.gap_s * _SECOND))
        self._waiting: deque[tuple[int, int]] = deque(maxlen=MOST)
        self._news = asyncio.Event()
        self._consent: tuple[int | None, int, int] | None = None
        self._counters = {"ratings": 0, "rating-presses": 0}

    def meet(self, desk: Desk, others: tuple[Attendant, ...]) -> None:
        """Ask the desk for the elder's card."""
        del others
        desk.on_elder_card = self.card

    def rated(self, button: str, mono_ns: int) -> None:
        """Take in that a button of `RATING` was pressed at ``mono_ns``. Never blocks."""
        self._counters["rating-presses"] += 1
        self._waiting.append((RATING.index(button) + 1, mono_ns))
        self._news.set()

    def counters(self) -> Mapping[str, int]:
        """Return how many presses there were, and how many events came of them."""
        return {name: count for name, count in self._counters.items() if count}

    def run(self) -> Coroutine[None, None, None]:
        """Return the work of the day."""
        return self._serve()

    async def card(self, read: TokenRead) -> MakeTap | None:
        """Take in the elder's own card; return the tap to be recorded where no consent came of it."""
        about, now_ns = self._about(), self._around.clock.mono_ns()
        if about is None:
            return MakeTap(read, TapReason.LONE, None, Moment.RATE_NO_VISIT)
        given = self._consent
        if given is not None and given[0] == about.refers_to and now_ns - given[1] <= self._join_ns:
            return MakeTap(read, TapReason.REPEATED, given[2], Moment.CONSENT_GIVEN)
        with_it = self._presses.take_waiting() or self._presses.last
        if with_it is None or with_it.about != about.refers_to or now_ns - with_it.ns > self._join_ns:
            with_it = Press(NO_BUTTON, now_ns, about.refers_to)
        await self._record(with_it, about, read)
        return None

    @property
    def _join_ns(self) -> int:
        return int(self._table.join_s * _SECOND)

    async def _serve(self) -> None:
        while True:
            self._news.clear()
            while self._waiting:
                await self._press(*self._waiting.popleft())
            late = self._presses.tick(self._around.clock.mono_ns())
            if late is not None:
                await self._press(late.button, late.ns)
            try:
                async with asyncio.timeout(seconds_until(self._presses.due_ns(), self._around.clock.mono_ns())):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _press(self, button: int, mono_ns: int) -> None:
        about = self._about()
        if about is None:
            self._give(Moment.RATE_NO_VISIT)
            return
        one = Press(button, max(mono_ns, self._around.clock.mono_ns()), about.refers_to)
        if self._presses.press(one):
            await self._record(one, about, None)

    async def _record(self, one: Press, about: About, elder: TokenRead | None) -> None:
        score = CONSENT_SCORE if one.button == NO_BUTTON else self._table.scores[one.button - 1]
        body = Rating(score, one.button, refers_to=about.refers_to, elder=elder, consent=elder is not None)
        try:
            done = await self._around.keep(body)
        except JournalError as error:
            self._around.notices.say("journal", error.what)
            self._give(TOLD[Loss.JOURNAL_ERROR])
            return
        self._counters["ratings"] += 1
        now_ns = self._around.clock.mono_ns()
        if one.button != NO_BUTTON:
            self._presses.recorded(one, now_ns)
        if elder is not None:
            self._consent = (about.refers_to, now_ns, done.seq)
        self._give(Moment.RATED if elder is None else Moment.CONSENT_GIVEN, done.epoch, done.seq)
        if elder is None and self._table.ask_card:
            self._give(Moment.RATE_ELDER_CARD)

    def _about(self) -> About | None:
        return last_visit(self._around.session.visits.rows().values(), self._clocks.now(), self._open_ns)

    def _give(self, moment: Moment, epoch: bytes | None = None, seq: int | None = None) -> None:
        self._around.feedback.give(Given(moment, self._around.clock.mono_ns(), epoch, seq))
