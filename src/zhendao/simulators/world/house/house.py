"""The gateway as a process of a world: the real ingest, conclusions and forwarding on a real store, which outlives it.

Promise: after a kill everything is forgotten but the store. A kill comes between two messages, at the n-th statement
of a transaction, after its commit and before the acknowledgement, or after that. Nothing wakes it but a message, an
answer, or the time when something is due.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from zhendao.gateway.assembly import Credentials, Manner, make_pipeline
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.errors import StoreError
from zhendao.gateway.forward.sending import Sending
from zhendao.gateway.ingest.intake import Clocks, Intake, Link
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.sealing import StoreKey
from zhendao.simulators.world.engine.loop import Killed
from zhendao.simulators.world.house.forward import HouseForward
from zhendao.simulators.world.house.reports import GatewayReports
from zhendao.simulators.world.house.store import HouseStore
from zhendao.simulators.world.reports import Tell, nobody

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from zhendao.gateway.ingest.outcome import Outcome
    from zhendao.gateway.ingest.session import Message, Outgoing
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer
    from zhendao.simulators.world.house.platform import Platform
    from zhendao.simulators.world.trace import Trace

_MS = 1_000_000
_SECOND = 1_000 * _MS
_TURNS_NS = (1 * _MS, 20 * _MS)
"""From the arrival of a message to the taking of its group: what comes in between is of the group."""
COARSE_MS = 24 * 3_600_000
"""What is due is reckoned; so often it is looked at all the same."""
WHO = "gateway"


class GatewayLink(Link, Protocol):
    """The gateway's end of the way to the broker, in a world."""

    def open(self, waits: Callable[[], None]) -> None:
        """Connect, and stay connected; ``waits`` is called whenever something has come into ``waiting``."""

    def close(self) -> None:
        """Leave the broker in order."""

    def cut(self) -> None:
        """Be gone without a word: the process was killed."""


@dataclass(frozen=True, slots=True)
class Household:
    """Whose gateway it is and how it works. ``start_ms``: the world's time 0 as UTC; ``secret``: of the store key."""

    credentials: Credentials
    start_ms: int
    secret: bytes
    manner: Manner = field(default_factory=lambda: Manner(VisitsTable(), 120_000, forward=True))


class House:
    """One gateway. `load` a registry, `start`; then what is done to it."""

    def __init__(
        self,
        clockwork: Clockwork,
        chance: Chance,
        household: Household,
        link: GatewayLink,
        platforms: Sequence[Platform],
        terminals: Mapping[bytes, int],
        trace: Trace,
        tell: Tell = nobody,
    ) -> None:
        """``terminals``: the number of each device in the story."""
        self._clockwork, self._chance, self._link, self._trace = clockwork, chance, link, trace
        self._household, self._platforms = household, platforms
        self._entropy = chance.child("entropy").bytes
        self.database = HouseStore(chance.child("store"))
        self.database.troubles.on_kill = self.kill
        self.store_key = StoreKey(household.secret, self._entropy)
        self.reports = GatewayReports(clockwork, self.database, terminals, tell)
        self.ahead_ms = 0
        """By so much its wall clock is wrong; set it with `set_clock`."""
        self._run: _Run | None = None
        self._kill_at = ""
        self.on_killed: Callable[[], None] | None = None
        """Told when it was killed, at whatever place."""
        # Nobody else makes data keys here: to look for newer ones by the clock of this machine would be a second time.
        bind(self.database.store, self.store_key, lambda: 0.0)

    @property
    def alive(self) -> bool:
        """Tell whether it runs."""
        return self._run is not None

    def load(self, fill: Callable[[Connection, StoreKey], object]) -> None:
        """Write a registry into the store, as somebody does at the gateway's machine; a gateway that runs notices."""
        with self.database.store.writing() as connection:
            fill(connection, self.store_key)
        if self._run is not None:
            self._run.look()

    def start(self) -> None:
        """Start the process, with nothing known but the store."""
        if self._run is None:
            self._trace.note(self._clockwork.now_ns, WHO, "starts")
            self.reports.opened()
            self._run = _Run(self)
            self._run.begin()

    def stop(self) -> None:
        """End it in order (SIGTERM): the broker is left, what is under way to a platform is given up."""
        if self._run is not None:
            self._trace.note(self._clockwork.now_ns, WHO, "stops")
            self._run.end()
            self._run = None
            self._link.close()

    def kill(self) -> None:
        """End it here and now: nothing of it happens any more."""
        if self._run is not None:
            self._trace.note(self._clockwork.now_ns, WHO, "killed")
            self._run.end()
            self._run = None
            self.disarm()
            self._link.cut()
            if self.on_killed is not None:
                self.on_killed()

    def kill_in_transaction(self, statement: int) -> None:
        """Let it die at this statement of its next writing transaction, or before the commit of a shorter one."""
        self.database.troubles.kill_at = statement

    def kill_after_commit(self, *, acknowledged: bool) -> None:
        """Let it die when it has stored the next group: before the broker or any terminal hears, or between the two."""
        self._kill_at = "publish" if acknowledged else "acknowledge"

    def disarm(self) -> None:
        """Call off a kill that has not come about."""
        self.database.troubles.kill_at, self._kill_at = 0, ""

    def set_clock(self, ahead_ms: int) -> None:
        """Let its wall clock be wrong by ``ahead_ms`` from now on."""
        self.ahead_ms = ahead_ms
        if self._run is not None:
            self._run.look()

    def clocks(self) -> Clocks:
        """Return what the clocks of its machine say."""
        mono_ms = self._clockwork.now_ns // _MS
        return Clocks(self._household.start_ms + mono_ms + self.ahead_ms, mono_ms)

    # -- for the process

    def place(self, name: str) -> None:
        """Hear that the process is about to ``name`` a group; may raise `Killed`."""
        if self._kill_at == name:
            self.kill()
            raise Killed

    @property
    def parts(self) -> tuple[Clockwork, Chance, Household, GatewayLink, Sequence[Platform], Trace]:
        """Return what a run of the process needs."""
        return self._clockwork, self._chance, self._household, self._link, self._platforms, self._trace

    def sending(self, platform: Platform) -> Sending:
        """Return what decides about sending to ``platform``, fresh."""
        chance = self._chance.child(platform.destination).unit
        return Sending(self.database.store, self.store_key, platform.destination, chance)

    @property
    def entropy(self) -> Callable[[int], bytes]:
        """Return the source of its random bytes."""
        return self._entropy


class _Run:
    """One life of the process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._clockwork, self._chance, household, self._link, platforms, self._trace = house.parts
        self._pipeline = make_pipeline(
            household.credentials,
            household.manner,
            house.database.store,
            house.store_key,
            Current(house.store_key),
            house.entropy,
        )
        self._intake = Intake(_Door(house, self._link), self._pipeline, self._took, house.clocks(), COARSE_MS)
        self._forwards = [
            HouseForward(self.guard, house.clocks, house.sending(one), one, self._clockwork, self._chance)
            for one in platforms
        ]
        self._alive = True
        self._turn_timer: Timer | None = None
        self._due_timer: Timer | None = None

    def begin(self) -> None:
        self._link.open(self._waits)
        for one in self._forwards:
            one.wake()
        self.look()

    def end(self) -> None:
        self._alive = False
        for timer in (self._turn_timer, self._due_timer):
            if timer is not None:
                timer.cancel()
        for one in self._forwards:
            one.end()

    def look(self) -> None:
        """See now what is due."""
        self._intake.look_at(self._house.clocks().mono_ms)
        self._plan()

    def guard(self, do: Callable[[], None]) -> None:
        """Do something as long as the process lives; it may die of it."""
        if self._alive:
            try:
                do()
            except Killed:
                self._house.database.after_kill()

    def _waits(self) -> None:
        if self._turn_timer is None and self._alive:
            self._turn_timer = self._clockwork.after(self._chance.between(*_TURNS_NS), lambda: self.guard(self._turn))

    def _turn(self) -> None:
        self._turn_timer = None
        while self._intake.take(self._house.clocks()):
            pass
        self._plan()

    def _watch(self) -> None:
        self._due_timer = None
        clocks = self._house.clocks()
        while self._intake.take(clocks):
            pass
        self._intake.watch(clocks)
        self._plan()

    def _plan(self) -> None:
        """Wake when something is due."""
        clocks = self._house.clocks()
        try:
            idle_ms = self._pipeline.idle_ms(clocks.wall_ms, self._intake.steady_ms(clocks))
        except StoreError:
            idle_ms = 1_000
        if idle_ms is not None:
            self._intake.look_at(clocks.mono_ms + idle_ms)
        due_ns = self._clockwork.now_ns + max(1, self._intake.patience_ms(clocks)) * _MS
        if self._due_timer is not None:
            if self._due_timer.when_ns == due_ns:
                return
            self._due_timer.cancel()
        self._due_timer = self._clockwork.at(due_ns, lambda: self.guard(self._watch))

    def _took(self, outcome: Outcome) -> None:
        self._trace.note(
            self._clockwork.now_ns, WHO, "took", events=outcome.events, again=outcome.duplicates,
            visits=outcome.conclusions, refused=",".join(outcome.refused),
        )  # fmt: skip
        if outcome.changed:
            for one in self._forwards:
                one.wake()


class _Door:
    """The link as the process has it: here it is seen what goes out, and here it may die."""

    def __init__(self, house: House, link: Link) -> None:
        self._house, self._link = house, link
        self.taken, self.take_back = link.taken, link.take_back

    @property
    def waiting(self) -> deque[Message]:
        return self._link.waiting

    def acknowledge(self, messages: Iterable[Message]) -> None:
        self._house.place("acknowledge")
        self._link.acknowledge(messages)
        self._house.place("publish")

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        outgoing = tuple(outgoing)
        self._house.reports.leaving(outgoing)
        self._link.publish(outgoing)
