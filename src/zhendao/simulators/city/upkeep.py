"""What terminals do by themselves on a day: clock anchors, health, a look at the sky, waking up after a power cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zhendao.protocol.vocabulary import Placement
from zhendao.simulators.city.visits import DAY_MS, MIN_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhendao.simulators.city.ground import Spot
    from zhendao.simulators.city.model import City, Terminal
    from zhendao.simulators.city.outages import Outages
    from zhendao.simulators.world.engine.chance import Chance

_HEARS_M: Final = (4, 500)
"""A terminal that lost the time hears of it after so many minutes."""
_HEARS_S: Final = (5, 1_000)
"""A terminal asks its time server so often."""
_WATCH_EVERY: Final = 2
_NOTICED_MS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Chore:
    """``what``: install, anchor, health, watch, reader (dead, or well again), power (is back), away (at ``spot``)."""

    at_ms: int
    terminal: Terminal
    what: str
    loses_time: bool = False
    spot: Spot | None = None


def chores(city: City, outages: Outages, day: int, day_ms: int, chance: Chance) -> Iterator[Chore]:
    """Give the chores of the day that begins at ``day_ms`` (UTC ms); power that comes back later is told that day."""
    for terminal in city.terminals:
        dice = chance.child(f"{terminal.number}")
        # each at its own minute of the day, which is that of its installation
        phase_ms = terminal.number * 86_399_000 // len(city.terminals)
        yield Chore(day_ms + phase_ms, terminal, "anchor")
        yield Chore(day_ms + (phase_ms + 1_800_000) % DAY_MS, terminal, "health")
        fixed = terminal.placement is not Placement.CARRIED
        if fixed and terminal.receiver and (terminal.number + day) % _WATCH_EVERY == 0:
            yield Chore(day_ms + (phase_ms + 3_600_000) % DAY_MS, terminal, "watch")
        yield from _lied_to(terminal, outages, day_ms, dice)
        for dead in outages.readers.get(terminal.number, ()):
            if day_ms <= dead.from_ms < day_ms + DAY_MS:
                for at_ms in (dead.from_ms, dead.to_ms):  # it tells at once that something is the matter, and when not
                    yield Chore(at_ms + _NOTICED_MS, terminal, "reader")
        for cut in outages.cuts.get(terminal.number, ()):
            if day_ms <= cut.from_ms < day_ms + DAY_MS:
                yield Chore(cut.to_ms, terminal, "power", cut.loses_time)
                if cut.loses_time:
                    yield Chore(cut.to_ms + dice.between(*_HEARS_M) * MIN_MS, terminal, "anchor")


def _lied_to(terminal: Terminal, outages: Outages, day_ms: int, dice: Chance) -> Iterator[Chore]:
    """Give when ``terminal`` hears a time server that lies, and when it hears a true one again."""
    for lie in outages.times.get(terminal.place.region, ()) if terminal.place and not terminal.receiver else ():
        if day_ms <= lie.from_ms < day_ms + DAY_MS:
            for at_ms in (lie.from_ms, lie.to_ms):
                yield Chore(at_ms + dice.between(*_HEARS_S) * 1_000, terminal, "anchor")
