"""One terminal as it stands in a home: plugged in or not, its disk, its service manager, the agent that runs on it.

Promise: what happens to it is asked for by name (`plug_in`, `cut`, `kill`, `stop` …) and ends as it does in a real one:
a boot has a new boot id, a process that ended is begun again at the pace of `device.care.restarts`, a power cut leaves
of the disk what the disk says. Every signal, and what each start finds in the journal, is told to the judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.device.care.restarts import wait_s
from zhendao.protocol.errors import ZhendaoError
from zhendao.simulators.world.box import journal as box_journal
from zhendao.simulators.world.box.rhythm import Rhythm
from zhendao.simulators.world.box.run import STOP_NS, Hardware, Run
from zhendao.simulators.world.box.settings import DAY_S, settings
from zhendao.simulators.world.box.signals import Signals
from zhendao.simulators.world.reports import Clocked, Gauge, JournalOpened, Tapped, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from zhendao.device.feedback.given import Given
    from zhendao.device.identity.values import Identity
    from zhendao.readers.values import Presence
    from zhendao.simulators.world.box.field import Tag
    from zhendao.simulators.world.box.receiver import Place
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer
    from zhendao.simulators.world.reports import Tell
    from zhendao.simulators.world.trace import Trace

_S = 1_000_000_000
_BOOTS_NS = 20 * _S
"""From the power to the start of the agent, on a small board."""
_PROMISED_NS = 5 * _S
"""SIGTERM ends the agent within so long."""
_RESTART_NS = 2 * _S
"""RestartSec of the unit."""


@dataclass(slots=True)
class Outside:
    """What a box is given of the world beside its hardware.

    Attributes:
        heard: told every signal, for people who stand there.
        told: told of an error that no code of a process took care of.
        takes_ns: how long each access to the disk takes; None: no time.
        reports_s: between two reports of a terminal about itself.
    """

    clockwork: Clockwork
    chance: Chance
    trace: Trace
    tell: Tell = nobody
    heard: Callable[[Given], None] = field(default=lambda _given: None)
    told: Callable[[str, BaseException], None] | None = None
    takes_ns: Callable[[], int] | None = None
    reports_s: int = DAY_S


class Box:
    """``name`` as the trace has it ("terminal 3", "terminal 3 clone"); ``number`` of the identity that it has."""

    def __init__(
        self, name: str, number: int, who: Identity, hardware: Hardware, outside: Outside, place: Place
    ) -> None:
        self.name, self.number, self.who, self.hardware, self.place = name, number, who, hardware, place
        self._outside, self._clockwork = outside, outside.clockwork
        self._settings = settings(receiver=hardware.receiver is not None, reports_s=outside.reports_s)
        self.rhythm = Rhythm(self._clockwork, lambda: hardware.clock.drift_ppm, self._before_look)
        self._signals = Signals(
            name, number, self._clockwork, outside.trace, outside.tell, self._survives, outside.heard
        )
        self.powered = False
        self.run: Run | None = None
        self.runs = 0
        self._held_down = 0
        """How many want the process to be down: then the service manager does not begin it."""
        self._starts_s: list[int] = []
        self._due: Timer | None = None
        self._asked = 0
        self._lines = (0, 0)
        self._people: dict[bytes, str] = {}
        hardware.reader.read = self._read

    # -- power

    def plug_in(self) -> None:
        """Give it power: it boots, and its agent begins."""
        if self.powered:
            return
        self.powered = True
        self.hardware.clock.boot()
        self.hardware.line.power(True)  # noqa: FBT003 - on
        self._starts_s.clear()
        self._note("plugged in")
        self._begin_in(_BOOTS_NS)

    def cut(self) -> None:
        """Take the power away, here and now: also in the middle of a write."""
        if not self.powered:
            return
        self.powered = False
        self._note("power cut")
        self._end_run()
        self.hardware.disk.cut_power()
        self.hardware.line.power(False)  # noqa: FBT003 - off
        self.hardware.clock.off(cleanly=False)
        self._call_off()

    def vanish(self) -> None:
        """End it with the world, without a word to anybody."""
        self.powered = False
        self._call_off()
        self._end_run()

    # -- the process

    @property
    def alive(self) -> bool:
        """Whether its agent runs."""
        return self.run is not None and self.run.process.alive

    def hold_down(self) -> None:
        """Keep the service manager from beginning the agent until `let_up`."""
        self._held_down += 1
        self._call_off()

    def let_up(self) -> None:
        """End one `hold_down`."""
        self._held_down -= 1
        if self.powered and not self.alive and not self._held_down:
            self._begin_in(_RESTART_NS)

    def kill(self) -> None:
        """SIGKILL; the service manager begins it again."""
        if self.alive:
            self._note("killed")
            self._end_run()
            self.hardware.line.killed()
            self._restart()

    def stop(self) -> None:
        """SIGTERM; the service manager begins it again, and kills it if it does not end in time."""
        run = self.run
        if run is not None and run.process.alive:
            self._note("told to stop")
            run.stop()
            self._clockwork.after(_PROMISED_NS, lambda: self._should_have_ended(run))
            self._clockwork.after(STOP_NS, lambda: self.kill() if self.run is run else None)

    def facts(self) -> Mapping[str, Any]:
        """Return what the agent says of itself; empty where none works."""
        return {} if self.run is None else self.run.facts()

    # -- people

    def hold(self, tag: Tag, person: str) -> None:
        """Hold ``tag`` to the reader; ``person`` as the story calls whoever does."""
        if self.alive:
            self.rhythm.somebody_comes()
        self._people[tag.uid] = person
        self.hardware.reader.bring(tag)

    def take(self, tag: Tag) -> None:
        """Take ``tag`` away."""
        self._people.pop(tag.uid, None)
        self.hardware.reader.take(tag)

    # -- inside

    def _before_look(self) -> None:
        if self.hardware.receiver is not None:
            self.hardware.receiver.fresh()
        facts, now_ns = self.facts(), self._clockwork.now_ns
        for figure, value in facts.get("waiting", {}).items():
            self._outside.tell(Gauge(now_ns, self.name, figure, value))
        if facts:
            self._tell_time(facts["clock"])

    def _should_have_ended(self, run: Run) -> None:
        if self.run is run:
            self._told(f"{self.name} run {self.runs}", TimeoutError("it works on 5 s after SIGTERM"))

    def _tell_time(self, says: Mapping[str, Any]) -> None:
        off_ms = says["wall_ms"] - self.hardware.clock.true_ms()
        self._outside.tell(
            Clocked(self._clockwork.now_ns, self.name, self.number, says["source"], says["bound_ms"], off_ms)
        )

    def _read(self, one: Presence) -> None:
        person = self._people.get(one.uid, "")
        self._outside.tell(Tapped(self._clockwork.now_ns, self.name, self.number, person, one.uid))

    def _survives(self, epoch: bytes, seq: int) -> bool:
        self._asked += 1
        if facts := self.facts():
            self._tell_time(facts["clock"])
        return box_journal.survives(self.hardware.disk, self._outside.chance.child("copy"), epoch, seq, self._asked)

    def _note(self, what: str, **facts: int | str) -> None:
        self._outside.trace.note(self._clockwork.now_ns, self.name, what, **facts)

    def _begin_in(self, delay_ns: int) -> None:
        self._call_off()
        if not self._held_down:
            self._due = self._clockwork.after(delay_ns, self._begin)

    def _call_off(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _begin(self) -> None:
        clock = self.hardware.clock
        self.runs += 1
        self._starts_s.append(clock.mono_ns() // _S)
        self._note("starts", run=self.runs)
        disk, now_ns = self.hardware.disk, self._clockwork.now_ns
        held, settled = box_journal.held(disk), box_journal.settled(disk)
        self._outside.tell(JournalOpened(now_ns, self.name, self.number, clock.boot_id(), held, settled))
        self.rhythm.disturbed()
        self.run = Run(
            f"{self.name} run {self.runs}",
            self._clockwork,
            self._outside.chance.child(f"run {self.runs}"),
            self._settings,
            self.who,
            self.hardware,
            self.rhythm,
            self._signals,
            self._told,
            self._wrote,
            self._ended,
            self._outside.takes_ns,
        )

    def _ended(self, error: BaseException | None) -> None:
        if error is None:
            self._starts_s.clear()
        elif not isinstance(error, ZhendaoError):  # no end that an agent knows: it is a mistake of ours
            self._told(f"{self.name}: the agent", error)
        self._note("ended", error=getattr(error, "code", type(error).__name__) if error is not None else "")
        self.hardware.line.killed()
        self.run = None
        self._restart()

    def _restart(self) -> None:
        now_s = self.hardware.clock.mono_ns() // _S
        self._begin_in(_RESTART_NS + int(wait_s(self._starts_s, now_s)) * _S)

    def _end_run(self) -> None:
        run, self.run = self.run, None
        if run is not None:
            run.kill()

    def _wrote(self, subject: str, line: str) -> None:
        """Take a line of the log: how many there are in an hour is bounded."""
        hour = self._clockwork.now_ns // (3600 * _S)
        if hour != self._lines[0]:
            self._lines = (hour, 0)
        self._lines = (hour, self._lines[1] + 1)
        self._outside.tell(Gauge(self._clockwork.now_ns, self.name, "log", self._lines[1]))
        self._note("says", about=subject, line=line)

    def _told(self, what: str, error: BaseException) -> None:
        self._note("went wrong", where=what, error=repr(error))
        if self._outside.told is None:
            raise error
        self._outside.told(what, error)
