"""A terminal on a day in China whose clock is trusted or not, for tests: what happens there when, and what is heard."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from samples.desk import Terminal
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.words import Word
from zhendao.device.saying import Saying
from zhendao.device.scribe import Scribe
from zhendao.device.taps.session import Session
from zhendao.device.timekeeper import Timekeeper
from zhendao.protocol.vocabulary import Role
from zhendao.readers.values import Departure

CHINA = timezone(timedelta(hours=8))
LI, WANG, ELDER, DOOR = b"\x04card-1", b"\x08card-2", b"\x0celder1", b"\x10door-1"
NS = 1_000_000_000


def at(clock: str, day: int = 22) -> int:
    """Return UTC ms of a local time in November 2026."""
    hour, minute = map(int, clock.split(":"))
    return int(datetime(2026, 11, day, hour, minute, tzinfo=CHINA).timestamp() * 1000)


class Day(Terminal):
    """Begins at 9:00 with a clock that NTP keeps, or at 1970 where it is not ``trusted``."""

    def __init__(self, folder: Path, *, trusted: bool = True, **tables: Any) -> None:
        super().__init__(folder)
        self.trusted, self.tables = trusted, tables
        self.now.mono, self.now.boot = 1_000 * NS, b"one boot" * 2
        self.now.wall = at("9:00") if trusted else 5_000
        self.now.bound_ms = 100 if trusted else None
        self.clock = self.desk._time = Timekeeper(self.now)
        self.clock.observe()
        self.attend()

    def attend(self) -> None:
        """Let the desk have its words."""
        Saying(self.around(**self.tables)).meet(self.desk, ())

    def later(self, seconds: float) -> None:
        """Let time pass."""
        assert self.now.mono is not None
        assert self.now.wall is not None
        self.now.mono += int(seconds * NS)
        self.now.wall += int(seconds * 1000)
        self.clock.observe()

    def until(self, clock: str, day: int = 22) -> None:
        """Let time pass until then."""
        assert self.now.wall is not None
        self.later((at(clock, day) - self.now.wall) / 1000)

    async def away(self, uid: bytes) -> None:
        """Take a card away."""
        await self.desk.take(Departure(uid, self.now.mono_ns()))

    async def check(self, uid: bytes = LI) -> None:
        """Make a check with the door tag and a card, and take both away."""
        await self.tap(Role.DOOR, DOOR)
        await self.away(DOOR)
        await self.tap(Role.CAREGIVER, uid)
        await self.away(uid)

    async def hold(self, uid: bytes = LI, seconds: float = 3, role: Role = Role.CAREGIVER) -> list[Any]:
        """Hold a card there for so long; return what was given meanwhile."""
        before = len(self.feedback.given)
        await self.tap(role, uid)
        self.later(seconds)
        await self.desk.tick()
        await self.away(uid)
        return self.feedback.given[before:]

    async def heard(self, uid: bytes = LI) -> tuple[Word, ...]:
        """Hold a card there; return what it hears as its times of today."""
        (told,) = [one for one in await self.hold(uid) if one.moment in {Moment.TIMES_TODAY, Moment.NO_TIMES_TODAY}]
        assert told.said or told.moment is Moment.NO_TIMES_TODAY
        return tuple(told.said)

    async def restart(self, boot: bytes | None = None, wall_ms: int | None = None) -> None:
        """End the process and begin anew; with ``boot`` the machine, whose clock then says ``wall_ms``."""
        await self.scribe.close()
        if boot is not None:
            self.now.boot, self.now.mono = boot, 20 * NS
            self.now.wall = 5_000 if wall_ms is None else wall_ms
            self.now.bound_ms = None if wall_ms is None else 100
        self.clock = Timekeeper(self.now)
        self.clock.observe()
        self.scribe = Scribe(self.who, 100, 1 << 20)
        await self.scribe.open(self.open)
        self.session = Session(self.who.device, self.session._settings, self.now.mono_ns())
        self.session.restore(await self.scribe.visits(self.clock.stamp()))
        await self.scribe.begin(self.clock.stamp())
        self.desk._session, self.desk._time = self.session, self.clock
        self.attend()
