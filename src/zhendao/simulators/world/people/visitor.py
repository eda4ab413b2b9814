"""What a caregiver does at a terminal from coming to leaving, as a person: she goes by the light and by nothing else.

Promise: pure; time, signals and chance come in, gestures go out. She never takes a check for done without a good
signal: when it was bad or silent she tries again, and after a while gives up. What she really did stands in `Stay`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.simulators.world.story.arguments import SECOND

if TYPE_CHECKING:
    from collections.abc import Generator

    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.people.people import Home, Tag
    from zhendao.simulators.world.story.story import Act

NS = 1_000_000
"""Nanoseconds of a millisecond."""
GOOD = frozenset({"recorded", "remarked"})
_SEEN = frozenset({"door-seen", "card-seen"})
_ALREADY = "already-recorded"
_ASKED, _UNDONE = "undo-asked", "undone"
_AFTER = frozenset({"sent", "accepted"})
"""Signals about a check that is recorded already: no answer to what is held there now."""
_ANSWER_MS = 3500
"""So long she keeps a tag on the reader when nothing is said: below the time after which an undo is offered."""
_UNDO_MS = 5500
_EARLY_MS = (15, 60)


@dataclass(frozen=True, slots=True)
class Gesture:
    """She holds ``tag`` to the reader, or (``away``) takes it away."""

    tag: Tag
    away: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal as a person at the reader gets it: ``signal`` and ``moment`` are the words of the terminal's table.

    ``event`` names what it is about, epoch and number; empty where there is none.
    """

    signal: str
    moment: str
    event: tuple[bytes, int] | None = None


@dataclass(slots=True)
class Attempt:
    """One check that she meant to make: ``way`` is "in" or "out".

    ``told_ns`` and ``moment`` say when she was told what; an attempt without `moment` was given up unanswered.
    ``event`` is what the terminal's good signal was about.
    """

    way: str
    from_ns: int
    tries: int = 0
    told_ns: int = 0
    moment: str = ""
    event: tuple[bytes, int] | None = None
    taken_back: bool = False

    @property
    def good(self) -> bool:
        """Whether she was told that it is safe."""
        return self.event is not None


@dataclass(slots=True)
class Stay:
    """What is true of a visit, whatever any record says: who was where from when to when."""

    caregiver: int
    terminal: int
    came_ns: int
    left_ns: int = 0
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wait:
    """She waits, until ``until_ns`` or until a signal comes (``listens``). ``busy``: she stands at the reader."""

    until_ns: int
    listens: bool = False
    busy: bool = True


Step = Gesture | Wait


class Visitor:
    """One visit as it is played. ``wrong_door`` is another home's, which she may take along by mistake."""

    def __init__(self, what: Act, caregiver: int, card: Tag, home: Home, wrong_door: Tag, chance: Chance) -> None:
        self._home, self._card, self._wrong_door, self._chance = home, card, wrong_door, chance
        self._order, self._slip = what.word("order"), what.word("slip")
        self._patience, self._stay_ms = what.number("patience"), what.number("stay_ms")
        self.stay = Stay(caregiver, home.terminal, what.at_ms * NS)
        self._now = what.at_ms * NS
        self._wait: Wait | None = Wait(self._now, busy=False)
        self._play = self._visit()
        self._begun = False

    @property
    def due_ns(self) -> int | None:
        """When she moves next if nothing is said; None: she has left."""
        return None if self._wait is None else self._wait.until_ns

    @property
    def at_reader(self) -> bool:
        """Whether she stands at the reader: whoever else comes waits."""
        return self._wait is not None and self._wait.busy

    def wake(self, now_ns: int) -> list[Gesture]:
        """Return what she does, her time having come."""
        return self._go_on(now_ns, None)

    def heard(self, now_ns: int, heard: Heard) -> list[Gesture]:
        """Return what she does upon a signal; nothing if she is not waiting for one."""
        if self._wait is None or not self._wait.listens or heard.moment in _AFTER:
            return []
        return self._go_on(now_ns, heard)

    def _go_on(self, now_ns: int, heard: Heard | None) -> list[Gesture]:
        self._now = now_ns
        gestures = []
        try:
            step = self._play.send(heard) if self._begun else next(self._play)
            self._begun = True
            while isinstance(step, Gesture):
                gestures.append(step)
                step = next(self._play)
            self._wait = step
        except StopIteration:
            self._wait = None
        return gestures

    # -- a visit, told as it goes

    def _visit(self) -> Generator[Step, Heard | None, None]:
        slip = self._slip
        if slip == "lone-card":
            yield from self._lone(self._card)
        elif slip == "lone-door":
            yield from self._lone(self._home.door)
        elif slip == "too-short":
            yield from self._hold(self._card, self._chance.between(*_EARLY_MS), listens=False)
            yield self._pause(500, 2500)
        came_in = yield from self._check("in")
        if slip == "double-tap" and came_in.good:
            yield self._pause(2 * SECOND, 60 * SECOND)
            yield from self._try_once(Attempt("in", self._now))
        if slip in {"takes-back", "thinks-again"} and came_in.good and (yield from self._take_back(came_in)):
            yield self._pause(2 * SECOND, 20 * SECOND)
            yield from self._check("in")
        leaves_ns = max(self._now, self.stay.came_ns + self._stay_ms * NS)
        yield Wait(leaves_ns, busy=False)
        if slip != "forgets-out":
            yield from self._check("out")
        self.stay.left_ns = self._now

    def _check(self, way: str) -> Generator[Step, Heard | None, Attempt]:
        """Try until it is told to be safe, or patience ends."""
        attempt = Attempt(way, self._now)
        self.stay.attempts.append(attempt)
        for tries in range(1, self._patience + 1):
            attempt.tries = tries
            if (yield from self._try_once(attempt)) or self._slip == "walks-away":
                break
            # At first she tries again at once; then she does something else for a while.
            at_once = tries % 3 or tries == self._patience
            yield self._pause(SECOND, 5 * SECOND) if at_once else self._pause(60 * SECOND, 300 * SECOND, busy=False)
        return attempt

    def _try_once(self, attempt: Attempt) -> Generator[Step, Heard | None, bool]:
        """Hold there what it takes; tell whether she was told that it is recorded."""
        tags = [self._card]
        if self._home.needs_door:
            wrong = self._slip == "foreign-door" and attempt.tries == 1
            tags.insert(0 if self._order == "door" else 1, self._wrong_door if wrong else self._home.door)
        heard: Heard | None = None
        for tag in tags:
            if self._slip == "walks-away":
                yield from self._hold(tag, self._chance.between(200, 900), listens=False)
            else:
                heard = yield from self._hold(tag, _ANSWER_MS)
            if tag is not tags[-1]:
                if heard is not None and heard.moment not in {*_SEEN, _ALREADY}:
                    break  # a bad signal: she begins again
                yield self._pause(300, 2000)
        if heard is None:
            return False
        attempt.told_ns, attempt.moment = self._now, heard.moment
        if heard.signal in GOOD:
            attempt.event = heard.event
        return heard.signal in GOOD or heard.moment == _ALREADY

    def _take_back(self, attempt: Attempt) -> Generator[Step, Heard | None, bool]:
        """Leave the card there until the terminal asks, then hold it there once more; tell whether it is taken back."""
        yield self._pause(2 * SECOND, 10 * SECOND)
        yield Gesture(self._card)
        until_ns = self._now + _UNDO_MS * NS
        while True:
            heard = yield Wait(until_ns, listens=True)
            if heard is None or heard.moment == _ASKED:
                break
        yield self._pause(100, 600)
        yield Gesture(self._card, away=True)
        if heard is None or self._slip == "thinks-again":
            return False
        yield self._pause(500, 3000)
        heard = yield from self._hold(self._card, _ANSWER_MS)
        attempt.taken_back = heard is not None and heard.moment == _UNDONE
        return attempt.taken_back

    def _lone(self, tag: Tag) -> Generator[Step, Heard | None, None]:
        yield from self._hold(tag, _ANSWER_MS)
        yield self._pause(30 * SECOND, 180 * SECOND, busy=False)

    def _hold(self, tag: Tag, most_ms: int, *, listens: bool = True) -> Generator[Step, Heard | None, Heard | None]:
        """Hold ``tag`` there until something is said, ``most_ms`` at most; return what was said."""
        yield Gesture(tag)
        heard = yield Wait(self._now + most_ms * NS, listens=listens)
        if heard is not None:
            yield self._pause(100, 900)
        yield Gesture(tag, away=True)
        return heard

    def _pause(self, least_ms: int, most_ms: int, *, busy: bool = True) -> Wait:
        return Wait(self._now + self._chance.between(least_ms, most_ms) * NS, busy=busy)
