"""Where taps are handled: reader → session → journal → signal, one after another, on the event loop.

Promise: the good signal is given after the disk has confirmed; what could not be stored gets the bad one, whatever the
reason, and leaves the session as it was. Taps are never handled on the reader's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.errors import JournalError, JournalFullError, SigningError
from zhendao.device.feedback.given import Attentive, Given
from zhendao.device.feedback.losses import TOLD, Loss
from zhendao.device.feedback.moments import TABLE, Moment
from zhendao.device.taps.decisions import (
    Decision,
    ElderCard,
    MakeCheck,
    MakeMeal,
    MakeTamper,
    MakeTap,
    MakeUndo,
    Record,
    Show,
    TellPrivacy,
    TellTimes,
)
from zhendao.device.taps.tokens import nobody, tell
from zhendao.protocol.bodies import Body, Check, Meal, Tamper, Tap, Undo
from zhendao.protocol.vocabulary import TapReason
from zhendao.readers.values import Departure, Presence, ReaderState, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from zhendao.device.doorfile import DoorFile
    from zhendao.device.feedback.given import Feedback
    from zhendao.device.feedback.words import Word
    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.notices import Notices
    from zhendao.device.saying import Saying
    from zhendao.device.taps.session import Session
    from zhendao.device.taps.visits import Visit
    from zhendao.device.timekeeper import Timekeeper
    from zhendao.protocol.bodies import TokenRead
    from zhendao.readers.values import Posting

    Changes = Callable[[int], Mapping[bytes, Visit | None]]
    Keep = Callable[[Body, Changes | None], Awaitable[Recorded]]


class Desk:
    """Handles one posting at a time. ``keep`` journals a body and returns where it stands, or raises `JournalError`."""

    def __init__(
        self,
        who: Identity,
        session: Session,
        time: Timekeeper,
        feedback: Feedback,
        notices: Notices,
        keep: Keep,
        blocked: Callable[[bytes], bool] = nobody,
        doors: DoorFile | None = None,
    ) -> None:
        self._who = who
        self._session = session
        self._time = time
        self._feedback = feedback
        self._attentive = feedback if isinstance(feedback, Attentive) else None
        self._notices = notices
        self._keep = keep
        self._blocked = blocked
        self._reader_up: bool | None = None
        self._doors = doors
        self.saying: Saying | None = None
        """Finds the words that go with what is told; None: a card hears nothing of its times."""
        self.on_elder_card: Callable[[TokenRead], Awaitable[MakeTap | None]] | None = None
        """Told of the elder's own card; returns the tap that is to be recorded of it, None where it is recorded."""
        self.on_meal: Callable[[MakeMeal], Body] | None = None
        """Tells what a meal is recorded as."""
        self.on_visits: Callable[[], None] | None = None
        """Told that the visits have changed."""

    @property
    def reader_up(self) -> bool | None:
        """Whether the reader works; None before it has said."""
        return self._reader_up

    def due_ns(self) -> int | None:
        """Return when `tick` is wanted next."""
        return self._session.due_ns()

    async def take(self, posting: Posting) -> None:
        """Handle what the reader posted."""
        seen_ns = posting.mono_ns if isinstance(posting, Presence) else None
        for decision in self._decide(posting):
            await self._carry_out(decision, seen_ns)
        if self._doors is not None:
            await self._doors.keep()

    async def tick(self) -> None:
        """Handle what has fallen due."""
        for decision in self._session.tick(self._time.mono_ns()):
            await self._carry_out(decision, None)

    async def stopping(self) -> None:
        """Handle that the terminal stops: nobody is left waiting for an answer."""
        for decision in self._session.stopping(self._time.mono_ns()):
            await self._carry_out(decision, None)

    def lost(self, loss: Loss, posting: Posting) -> None:
        """Tell whoever held a token there that ``posting`` makes no check; silent for what nobody waits for."""
        if isinstance(posting, Presence | Refusal):
            self._feedback.give(Given(TOLD[loss], self._time.mono_ns(), seen_ns=posting.mono_ns))

    def _decide(self, posting: Posting) -> list[Decision]:
        match posting:
            case Presence():
                who, now = self._who, self._time.stamp()
                own = None if self._doors is None else self._doors.door.uid
                seen = tell(posting, who.suite, who.issuers, now, self._blocked, own)
                if self._doors is not None:
                    self._doors.learn(seen)
                return self._session.token(seen)
            case Departure():
                if self._attentive is not None:
                    self._attentive.left()
                return self._session.gone(posting.uid, posting.mono_ns)
            case Refusal():
                return self._session.unreadable(posting.mono_ns)
            case ReaderState():
                return self._reader(posting)

    def _reader(self, state: ReaderState) -> list[Decision]:
        first, self._reader_up = self._reader_up is None, state.up
        if state.text is not None:
            self._notices.say("reader", state.text)
        elif not first:
            self._notices.say("reader", TABLE[Moment.READER_UP].text)
        if first and state.up:
            return [Show(Moment.READY)]
        return self._session.reader(up=state.up, detail=state.reason, now_ns=state.mono_ns)

    async def _carry_out(self, decision: Decision, seen_ns: int | None) -> None:
        made = await self._shown(decision, seen_ns)
        if made is not None:
            await self._record(made, seen_ns)

    async def _shown(self, decision: Decision, seen_ns: int | None) -> Record | None:
        """Give what needs no record; return what is to be recorded."""
        match decision:
            case Show():
                self._feedback.give(Given(decision.moment, self._time.mono_ns(), seen_ns=seen_ns))
                return None
            case TellTimes():
                for moment, words in await self.saying.times(decision.done) if self.saying is not None else ():
                    self._feedback.give(Given(moment, self._time.mono_ns(), seen_ns=seen_ns, said=words))
                return None
            case TellPrivacy():
                words = self.saying.stored() if self.saying is not None else ()
                self._feedback.give(Given(Moment.PRIVACY, self._time.mono_ns(), seen_ns=seen_ns, said=words))
                return None
            case ElderCard():
                if self.on_elder_card is None:
                    return MakeTap(decision.card, TapReason.LONE, None, Moment.LONE)
                return await self.on_elder_card(decision.card)
        return decision

    async def _record(self, made: Record, seen_ns: int | None) -> None:
        kept: list[Mapping[bytes, Visit | None]] = []

        def changes(seq: int) -> Mapping[bytes, Visit | None]:
            kept[:] = [self._session.changes(made, seq)]
            return kept[0]

        try:
            done = await self._keep(self._body(made), changes)
        except Exception as error:
            self._feedback.give(Given(_told(made, error), self._time.mono_ns(), seen_ns=seen_ns))
            if not isinstance(error, JournalError):
                raise
            self._notices.say("journal", error.what)
            return
        self._session.committed(kept[0])
        if isinstance(made, MakeMeal):
            self._session.ate(made, done.seq)
        if self.on_visits is not None and kept[0]:
            self.on_visits()
        if made.moment is not None:
            now = self._time.mono_ns()
            words = self._words(made, done)
            self._feedback.give(Given(made.moment, now, done.epoch, done.seq, seen_ns, said=words))

    def _words(self, made: Record, done: Recorded) -> tuple[Word, ...]:
        if self.saying is None:
            return ()
        if isinstance(made, MakeCheck | MakeUndo | MakeMeal):
            return self.saying.receipt(done)
        return self.saying.since(made.since_ns) if isinstance(made, MakeTap) else ()

    def _body(self, made: Record) -> Body:
        if isinstance(made, MakeCheck):
            return Check(
                door=made.door,
                caregiver=made.caregiver,
                fix=self._time.fix(self._time.mono_ns()),
                direction=made.direction,
                placement=self._who.placement,
                mounting=self._who.mounting,
                opened_by=made.opened_by,
                flags=made.flags,
            )
        if isinstance(made, MakeTap):
            # No position with a mere tap: people are not tracked between checks (promise 7).
            return Tap(token=made.token, reason=made.reason, refers_to=made.refers_to)
        if isinstance(made, MakeMeal):
            bare = Meal(elder=made.card, door=made.door, placement=self._who.placement)
            return bare if self.on_meal is None else self.on_meal(made)
        if isinstance(made, MakeTamper):
            return Tamper(cause=made.cause, active=made.active, detail=made.detail)
        return Undo(target=made.target, caregiver=made.caregiver, confirmed_ns=made.confirmed_ns)


def _told(made: Record, error: Exception) -> Moment:
    """Return what a person is told when ``made`` could not be journalled."""
    if isinstance(made, MakeTamper) and made.moment is not None:
        return made.moment  # it claims no record: a reader that is down is down, journal or not
    match error:
        case JournalFullError():
            return TOLD[Loss.JOURNAL_FULL]
        case SigningError():
            return TOLD[Loss.KEY_SILENT]
        case JournalError():
            return TOLD[Loss.JOURNAL_ERROR]
    return TOLD[Loss.UNFORESEEN]
