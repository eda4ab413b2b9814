"""The acts of a story that befall the gateway and its platforms: each is begun here, and over when its time is over.

Promise: every kind of these two families is understood. A gateway that died where it was to die is started
again after the time that the act says, however late that was; what two acts want at once ends with the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.simulators.world.reports import Faulted
from zhendao.simulators.world.story.kinds import GATEWAYS, PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zhendao.simulators.world.engine.clockwork import Clockwork
    from zhendao.simulators.world.house.house import House
    from zhendao.simulators.world.house.platform import Platform
    from zhendao.simulators.world.reports import Tell
    from zhendao.simulators.world.story.story import Act

FAMILIES = frozenset({GATEWAYS, PLATFORMS})
_MS = 1_000_000


class HouseActs:
    """Does to ``house`` and ``platforms`` what a story says."""

    def __init__(self, clockwork: Clockwork, house: House, platforms: Sequence[Platform], tell: Tell) -> None:
        self._clockwork, self._house, self._platforms, self._tell = clockwork, house, platforms, tell
        self._down = 0
        self._wanted: dict[str, list[int]] = {}
        self._kinds: dict[str, Callable[[Act], None]] = {
            "gateway-kill": self._kill,
            "gateway-stop": lambda act: self._ends(act, house.stop),
            "store-full": lambda act: self._lasts(act, 1, self._full),
            "store-refuses": lambda act: self._lasts(act, act.number("share"), self._refuses),
            "gateway-clock": lambda act: self._lasts(act, act.number("by_ms"), house.set_clock),
            "platform-errors": lambda act: self._lasts(act, act.number("share"), self._errors),
            "platform-puts-off": self._puts_off,
            "platform-times-out": lambda act: self._lasts(act, act.number("share"), self._silent),
            "platform-down": lambda act: self._lasts(act, 1, self._unreachable),
        }

    def do(self, act: Act) -> None:
        """Begin ``act``, one of `FAMILIES`; its end comes by itself."""
        now_ns = self._clockwork.now_ns
        ends_ns = now_ns + (act.end_ms - act.at_ms) * _MS
        self._tell(Faulted(now_ns, act.kind, act.who, ends_ns))
        self._kinds[act.kind](act)

    def _after(self, delay_ms: int, do: Callable[[], object]) -> None:
        self._clockwork.after(delay_ms * _MS, do)

    def _lasts(self, act: Act, value: int, set_: Callable[[int], None]) -> None:
        """Let something be ``value`` for as long as ``act`` says; of several at once the last one holds."""
        wanted = self._wanted.setdefault(act.kind, [])
        wanted.append(value)
        set_(value)

        def over() -> None:
            wanted.remove(value)
            set_(wanted[-1] if wanted else 0)

        self._after(act.number("for_ms"), over)

    # -- the process

    def _ends(self, act: Act, end: Callable[[], None]) -> None:
        """End it, and keep it down for as long as ``act`` says."""
        end()
        self._down += 1
        self._after(act.number("for_ms"), self._let_up)

    def _let_up(self) -> None:
        self._down -= 1
        if not self._down:
            self._house.start()

    def _kill(self, act: Act) -> None:
        house, when = self._house, act.word("when")
        if when == "idle":
            self._ends(act, house.kill)
            return
        due = [True]

        def died() -> None:
            if due:
                due.clear()
                house.on_killed = None
                self._ends(act, house.kill)

        def waited() -> None:
            if due:
                due.clear()
                house.on_killed = None
                house.disarm()

        house.on_killed = died
        if when == "in-transaction":
            house.kill_in_transaction(act.number("statement"))
        else:
            house.kill_after_commit(acknowledged=when == "after-receipt")
        self._after(act.number("within_ms"), waited)

    # -- the store, the platforms

    def _full(self, full: int) -> None:
        self._house.database.troubles.full = bool(full)

    def _refuses(self, share: int) -> None:
        self._house.database.troubles.refuses = share

    def _errors(self, share: int) -> None:
        for one in self._platforms:
            one.errors = share

    def _puts_off(self, act: Act) -> None:
        def set_(share: int) -> None:
            for one in self._platforms:
                one.puts_off, one.after_s = share, act.number("after_s")

        self._lasts(act, act.number("share"), set_)

    def _silent(self, share: int) -> None:
        for one in self._platforms:
            one.silent = share

    def _unreachable(self, down: int) -> None:
        for one in self._platforms:
            one.down = bool(down)
