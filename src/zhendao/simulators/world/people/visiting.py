"""People at the readers of a world: each `visit` and `hold` of a story, played on the world's clock.

Promise: at one reader one caregiver at a time is at work, whoever comes meanwhile waits her turn; a signal is heard by
who stands there. `stays` holds what is true of every visit, whatever is recorded of it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from zhendao.protocol.vocabulary import Placement
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.people.visitor import NS, Gesture, Heard, Stay, Visitor

if TYPE_CHECKING:
    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer
    from zhendao.simulators.world.people.people import Tag, Town
    from zhendao.simulators.world.story.story import Act, Story
    from zhendao.simulators.world.trace import Trace


class Readers(Protocol):
    """Where tags are held: a terminal's reader, whether it works or not. What is there stays there over restarts."""

    def put(self, terminal: int, tag: Tag, person: str) -> None:
        """Take in that ``person`` holds ``tag`` to the reader from now on."""

    def take(self, terminal: int, tag: Tag) -> None:
        """Take in that ``tag`` is taken away now."""


class Visiting:
    """Plays the people of a story. Call `begin` once; then `heard` for each signal that a terminal gives."""

    def __init__(self, clockwork: Clockwork, story: Story, town: Town, readers: Readers, trace: Trace) -> None:
        self._clockwork, self._story, self._town, self._readers, self._trace = clockwork, story, town, readers, trace
        self.stays: list[Stay] = []
        self._at: dict[int, Visitor] = {}
        self._queues: dict[int, deque[Visitor]] = {}
        self._timers: dict[int, Timer] = {}
        self._held: dict[tuple[int, bytes], int] = {}

    def begin(self) -> None:
        """Put everything that people will do on the world's clock, and door tags behind terminals on a wall."""
        for home in self._town.homes:
            if home.placement is Placement.HOME and not home.needs_door:
                self._put(home.terminal, home.door, "wall")
        for one in self._story.acts:
            if not one.of.is_fault:
                self._clockwork.at(one.at_ms * NS, lambda one=one: self.do(one))  # type: ignore[misc]

    def do(self, what: Act) -> None:
        """Begin a `visit` or a `hold` now."""
        if what.kind == "hold":
            self._hold(what)
            return
        terminal = what.number("terminal")
        town = self._town
        caregiver = town.caregivers[what.index % len(town.caregivers)]
        chance = Chance(self._story.seed, f"people/{what.name}")
        visitor = Visitor(
            what, caregiver.number, caregiver.card, town.homes[terminal], town.wrong_door(terminal), chance
        )
        self.stays.append(visitor.stay)
        self._trace.note(self._clockwork.now_ns, what.who, "comes", terminal=terminal)
        self._turn(visitor)

    def heard(self, terminal: int, heard: Heard) -> None:
        """Take in that a terminal gave a signal."""
        visitor = self._at.get(terminal)
        if visitor is not None:
            self._carry_out(visitor, visitor.heard(self._clockwork.now_ns, heard))

    def _hold(self, what: Act) -> None:
        tag = self._town.tag(what.word("token"), what.number("number"), what.index, what.word("form"))
        self._put(what.index, tag, "somebody")
        self._clockwork.at(what.end_ms * NS, lambda: self._take(what.index, tag))

    # -- one at a time

    def _turn(self, visitor: Visitor) -> None:
        """Let her go on if the reader is free, else when it is."""
        terminal = visitor.stay.terminal
        if self._at.setdefault(terminal, visitor) is visitor:
            self._wake(visitor)
        else:
            self._queues.setdefault(terminal, deque()).append(visitor)

    def _wake(self, visitor: Visitor) -> None:
        self._timers.pop(id(visitor), None)
        self._carry_out(visitor, visitor.wake(self._clockwork.now_ns))

    def _carry_out(self, visitor: Visitor, gestures: list[Gesture]) -> None:
        terminal = visitor.stay.terminal
        for gesture in gestures:
            if gesture.away:
                self._take(terminal, gesture.tag)
            else:
                self._put(terminal, gesture.tag, f"caregiver {visitor.stay.caregiver}")
        timer = self._timers.pop(id(visitor), None)
        if timer is not None:
            timer.cancel()
        due_ns = visitor.due_ns
        if visitor.at_reader:
            assert due_ns is not None  # noqa: S101 - who stands there waits for something
            self._timers[id(visitor)] = self._clockwork.at(due_ns, lambda: self._wake(visitor))
            return
        if due_ns is None:
            stay = visitor.stay
            told = sum(attempt.good for attempt in stay.attempts)
            self._trace.note(
                self._clockwork.now_ns, f"caregiver {stay.caregiver}", "leaves", terminal=terminal, good=told
            )
        else:
            self._clockwork.at(due_ns, lambda: self._turn(visitor))
        if self._at.get(terminal) is visitor:
            del self._at[terminal]
            if queue := self._queues.get(terminal):
                self._turn(queue.popleft())

    # -- tags before a reader: the same one may be held there by two acts

    def _put(self, terminal: int, tag: Tag, person: str) -> None:
        held = self._held.get((terminal, tag.uid), 0)
        self._held[terminal, tag.uid] = held + 1
        if held == 0:
            self._trace.note(self._clockwork.now_ns, f"terminal {terminal}", "held", tag=tag.name, by=person)
            self._readers.put(terminal, tag, person)

    def _take(self, terminal: int, tag: Tag) -> None:
        held = self._held.pop((terminal, tag.uid), 0) - 1
        if held > 0:
            self._held[terminal, tag.uid] = held
        elif held == 0:
            self._readers.take(terminal, tag)
