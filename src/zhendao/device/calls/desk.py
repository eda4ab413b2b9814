"""Where calls are made and answered: journalled, told, followed. On the event loop, one thing at a time.

Promise: that help is being called is told after the disk has confirmed the call. What cannot be recorded is told at
once, and tried again until it is; it is never sent without: an event that has no place in the journal proves nothing,
and its number would be another event's. Of duress nothing is told, whatever becomes of it. rule: SOS, INCIDENT.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.device.calls import following
from zhendao.device.calls.book import WORD, Call, call_of, row
from zhendao.device.errors import JournalError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moment import Moment
from zhendao.protocol.bodies import Duress, Heard, Incident, Sos
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import AnswerState, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.device.attending import Around, Rows
    from zhendao.device.calls.following import Followed
    from zhendao.device.inputs.settings import CallsTable
    from zhendao.device.journal.recorder import Recorded
    from zhendao.protocol.answer import Answer
    from zhendao.protocol.bodies import Body, Fix
    from zhendao.protocol.vocabulary import HeardBy

MOST = 8
"""So many calls are followed; the oldest makes room."""
_NS = 1_000_000_000
_MOST_DOUBLED = 6
"""Between attempts to record a call it is a second, two, four … and 64 at most."""
_TOLD_AT = frozenset({1, 4, *(1 << power for power in range(3, 31))})
"""The attempts after which it is told (again) that a call could not be recorded: ever more rarely."""


@dataclass(slots=True)
class _Owed:
    """A call that could not be recorded yet."""

    body: Sos | Duress | Incident
    due_ns: int
    tries: int = 1


class CallDesk:
    """The calls of one terminal. ``by``: how it tells people what it tells them."""

    def __init__(self, around: Around, table: CallsTable, by: HeardBy) -> None:
        self._around, self._table, self._by = around, table, by
        self._calls: dict[tuple[bytes, int], Followed] = {}
        self._arrived: set[tuple[bytes, int]] = set()
        self._unheard: dict[tuple[bytes, int], AnswerState] = {}
        """What was told of a call, and could not be recorded as told; the gateway says it again."""
        self._owed: list[_Owed] = []
        self._linked = False
        self.counters: Counter[str] = Counter()

    async def begin(self) -> None:
        """Take over the calls of before the restart. Raises `JournalError`."""
        now = self._around.time.stamp()
        for key, data in (await self._around.scribe.rows(WORD)).items():
            try:
                call = call_of(data, now)
            except MalformedError:
                self.counters["calls-damaged"] += 1
                continue
            if key == call.key:
                self._calls[call.epoch, call.seq] = following.begun(call, self._table)

    # -- calls are made

    async def sos(self, at_ns: int, held_ms: int, repeat_ns: int, *, drill: bool) -> None:
        """Take in that the call button was pressed: a call, or the same call once more."""
        if not self._repeated(Kind.SOS, at_ns, repeat_ns):
            await self._make(Sos(button=1, fix=self._fix(), drill=drill, held_ms=held_ms), at_ns)

    async def mistake(self, since_ns: int, at_ns: int) -> None:
        """Take in that the call button was pressed again, at ``since_ns``, and is held: the call was a mistake."""
        newest = self._newest(Kind.SOS)
        if newest is None or newest.call.mistaken or newest.call.made_ns >= since_ns:
            return
        call = newest.call
        held_ms = (at_ns - since_ns) // 1_000_000
        body = Sos(button=1, fix=self._fix(), drill=call.drill, mistake_of=call.seq, held_ms=held_ms)
        referable = call.epoch == self._around.scribe.standing.epoch  # no event of another epoch is referred to
        if referable and await self._kept(body, following.taken_back(newest)) is not None:
            self._tell(Moment.SOS_MISTAKE, call)
        else:
            self._tell(following.again(newest, linked=self._linked), call)

    async def incident(self, at_ns: int, repeat_ns: int, *, drill: bool) -> None:
        """Take in that the caregiver reports an incident, or the same once more."""
        if not self._repeated(Kind.INCIDENT, at_ns, repeat_ns):
            visit = self._around.session.visits.newest_open()
            await self._make(Incident(gesture=1, refers_to=visit, fix=self._fix(), drill=drill), at_ns)

    async def duress(self, gesture: int, at_ns: int) -> None:
        """Take in a silent call; nothing is told of it."""
        if not any(isinstance(one.body, Duress) for one in self._owed):
            await self._make(Duress(gesture=gesture, fix=self._fix()), at_ns)

    def beside(self, at_ns: int) -> Rows:
        """Return what makes the row of a call that another records now (`follow` is told of it then)."""
        around, now = self._around, self._around.time.stamp()

        def rows(seq: int) -> dict[bytes, bytes | None]:
            call = Call(around.scribe.recording, seq, Kind.SOS, at_ns)
            return {call.key: row(call, now)}

        return rows

    def follow(self, done: Recorded, at_ns: int) -> None:
        """Take in a call that stands in the journal already, and tell what becomes of it as of a press."""
        call = Call(done.epoch, done.seq, Kind.SOS, at_ns)
        self._calls[call.epoch, call.seq] = following.begun(call, self._table)
        self._tell(following.recorded(call), call)

    # -- what becomes of them

    async def answered(self, answer: Answer) -> None:
        """Take in what the gateway answers."""
        one = self._calls.get((answer.epoch, answer.seq))
        if one is None:
            self.counters["answers-stray"] += 1
        elif self._unheard.get((answer.epoch, answer.seq)) == answer.state:
            await self._hear(one, answer.state)
        else:
            await self._learn(one, answer.state)

    def settled(self, epoch: bytes, first: int, last: int) -> None:
        """Take in that the gateway has committed these events; `tick` tells what that means."""
        self._arrived |= {key for key in self._calls if key[0] == epoch and first <= key[1] <= last}

    def linked(self, *, up: bool) -> None:
        """Take in whether the broker is there."""
        self._linked = up

    def due_ns(self) -> int | None:
        """Return when `tick` is wanted next."""
        if self._arrived:
            return 0
        told = [one.due_ns for one in self._calls.values() if one.due_ns is not None and self._speaks(one)]
        return min([*told, *(one.due_ns for one in self._owed)], default=None)

    async def tick(self) -> None:
        """Do what is due: what has arrived, what is still to be recorded, what nobody has answered."""
        arrived, self._arrived = self._arrived, set()
        for key in sorted(arrived):
            if key in self._calls:
                await self._learn(self._calls[key], AnswerState.ARRIVED)
        now_ns = self._around.clock.mono_ns()
        for owed in [one for one in self._owed if one.due_ns <= now_ns]:
            self._owed.remove(owed)
            await self._make(owed.body, now_ns, owed.tries)
        for key, one in list(self._calls.items()):
            if not self._speaks(one):
                continue
            found = following.due(one, now_ns, self._table, linked=self._linked)
            if found is not None:
                self._calls[key] = found[0]
                self._tell(found[1], one.call)

    def waiting(self) -> Mapping[str, int]:
        """Return how many calls are followed that no person has yet; of duress nothing is said."""
        return {"calls": sum(1 for one in self._calls.values() if one.due_ns is not None)}

    # -- inside

    def _repeated(self, kind: Kind, at_ns: int, repeat_ns: int) -> bool:
        """Tell how it is, and return True, if ``at_ns`` is the same call once more."""
        newest = self._newest(kind)
        if newest is not None and not newest.call.mistaken and at_ns - newest.call.made_ns <= repeat_ns:
            self.counters["calls-repeated"] += 1
            self._tell(following.again(newest, linked=self._linked), newest.call)
            return True
        for owed in self._owed:
            if isinstance(owed.body, Sos if kind is Kind.SOS else Incident):
                owed.due_ns = 0
                return True
        return False

    async def _make(self, body: Sos | Duress | Incident, at_ns: int, tries: int = 0) -> None:
        silent = isinstance(body, Duress)
        kind = Kind.SOS if isinstance(body, Sos) else Kind.INCIDENT
        drill = not isinstance(body, Duress) and body.drill
        call = Call(b"", 0, kind, at_ns, drill)
        done = await self._kept(body, None if silent else following.begun(call, self._table))
        if done is None:
            wait_ns = _NS << min(tries, _MOST_DOUBLED)
            self._owed.append(_Owed(body, self._around.clock.mono_ns() + wait_ns, tries + 1))
            if not silent and tries + 1 in _TOLD_AT:
                self._tell(Moment.SOS_NOT_RECORDED, None)
        elif not silent:
            call = replace(call, epoch=done.epoch, seq=done.seq)
            self._tell(following.recorded(call), call)
            if drill:
                self._tell(Moment.DRILL, call)

    async def _kept(self, body: Body, one: Followed | None) -> Recorded | None:
        """Journal ``body`` with the row of ``one``, and follow it; None where it cannot be recorded now."""
        around, placed, gone = self._around, one, self._no_longer()
        now, rest = around.time.stamp(), {self._calls[key].call.key: None for key in gone}

        def rows(seq: int) -> dict[bytes, bytes | None]:
            nonlocal placed
            if one is None:
                return {**rest}
            if not one.call.seq:
                placed = replace(one, call=replace(one.call, epoch=around.scribe.recording, seq=seq))
            assert placed is not None  # noqa: S101 - as ``one`` is not
            kept = None if placed.call.state in following.ENDED else row(placed.call, now)
            return {**rest, placed.call.key: kept}

        try:
            done = await around.keep(body, rows=rows)
        except JournalError as error:
            if not isinstance(body, Duress):
                around.notices.say("journal", error.what)
            return None
        for key in gone:
            self._calls.pop(key, None)
        if placed is not None:
            self._calls[placed.call.epoch, placed.call.seq] = placed
        return done

    async def _learn(self, one: Followed, state: AnswerState) -> None:
        found = following.answered(one, state, self._around.clock.mono_ns(), self._table)
        if found is None:
            return
        spoken = self._speaks(one)
        after, moment = found
        self._calls[after.call.epoch, after.call.seq] = after
        if moment is not None and spoken:
            self._tell(moment, after.call)
            await self._hear(after, state)

    async def _hear(self, one: Followed, state: AnswerState) -> None:
        """Record that the answer ``state`` was given."""
        key = (one.call.epoch, one.call.seq)
        if await self._kept(Heard(*key, state, self._by), one) is None:
            self._unheard[key] = state
            return
        self._unheard.pop(key, None)
        if state in following.ENDED:
            self._calls.pop(key, None)

    def _speaks(self, one: Followed) -> bool:
        """Return whether something is told of ``one``: an SOS after which another was made is spoken of no more."""
        newest = self._newest(Kind.SOS)
        return one.call.kind is not Kind.SOS or newest is None or one.call.key == newest.call.key

    def _newest(self, kind: Kind) -> Followed | None:
        calls = [one for one in self._calls.values() if one.call.kind is kind]
        return max(calls, key=lambda one: one.call.made_ns, default=None)

    def _no_longer(self) -> list[tuple[bytes, int]]:
        """Return the calls that need not be followed: ended, long ago, or too many."""
        now_ns = self._around.clock.mono_ns()
        gone = [key for key, one in self._calls.items() if following.over(one, now_ns, self._table)]
        left = [key for key in sorted(self._calls, key=lambda key: self._calls[key].call.made_ns) if key not in gone]
        return [*gone, *left[: max(0, len(left) - MOST + 1)]]

    def _tell(self, moment: Moment, call: Call | None) -> None:
        now_ns = self._around.clock.mono_ns()
        place = (None, None) if call is None else (call.epoch, call.seq)
        self._around.feedback.give(Given(moment, now_ns, *place))

    def _fix(self) -> Fix | None:
        return self._around.time.fix(self._around.clock.mono_ns())
