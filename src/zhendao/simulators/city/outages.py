"""What is down when: terminals without power, homes and streets without network, the platform. Drawn day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from zhendao.simulators.city.visits import DAY_MS, MIN_MS

if TYPE_CHECKING:
    from zhendao.simulators.city.model import City, Terminal
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.world.engine.chance import Chance

_CUT_M: Final = (15, 600)
_LINK_M: Final = (10, 1_800)
_STREET_M: Final = (40, 300)
_READER_M: Final = (60, 1_500)
_JAMMED_M: Final = (20, 400)
_LYING_M: Final = (60, 600)
_OFF_M: Final = (8, 90)
_CENTRAL_M: Final = (15, 90)


@dataclass(frozen=True, slots=True)
class Outage:
    """``what`` is down from ``from_ms`` to ``to_ms`` (UTC); ``whom`` names it.

    terminal (without power), reader, link, street (its network), sky (no fixes in a street), time (its time server, off
    by ``off_ms``), broker, gateway, platform.
    """

    outage_id: str
    what: str
    whom: str
    from_ms: int
    to_ms: int
    loses_time: bool = False
    """After this power cut the terminal does not know the time."""
    off_ms: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return what `truth.json` says of it."""
        return {
            "outage": self.outage_id, "what": self.what, "whom": self.whom,
            "from_ms": self.from_ms, "to_ms": self.to_ms,
        }  # fmt: skip

    def at(self, ms: int) -> bool:
        """Tell whether it lasts at ``ms``."""
        return self.from_ms <= ms < self.to_ms


class Outages:
    """All outages so far, and which of them stand in the way of whom."""

    def __init__(self, city: City, rates: Rates) -> None:
        self._city, self._rates = city, rates
        self.all: list[Outage] = []
        self.cuts: dict[int, list[Outage]] = {}
        """By the number of the terminal."""
        self._links: dict[int, list[Outage]] = {}
        self._streets: dict[str, list[Outage]] = {}
        self._central: list[Outage] = []
        self.readers: dict[int, list[Outage]] = {}
        self._skies: dict[str, list[Outage]] = {}
        self.times: dict[str, list[Outage]] = {}

    def draw(self, day_ms: int, chance: Chance) -> None:
        """Draw what goes down on the day that begins at ``day_ms``."""
        rates = self._rates
        for number, terminal in enumerate(self._city.terminals):
            dice = chance.child(f"terminal {number}")
            if dice.likely(rates.power_cuts):
                lost = dice.likely(rates.clock_lost)
                cut = self._one("terminal", terminal.device.hex(), day_ms, _CUT_M, dice, loses_time=lost)
                self.cuts.setdefault(number, []).append(cut)
            if dice.likely(rates.dead_links):
                link = self._one("link", terminal.device.hex(), day_ms, _LINK_M, dice)
                self._links.setdefault(number, []).append(link)
            if dice.likely(rates.dead_readers):
                dead = self._one("reader", terminal.device.hex(), day_ms, _READER_M, dice)
                self.readers.setdefault(number, []).append(dead)
        self._draw_regions(day_ms, chance)
        for what, rate in (
            ("platform", rates.platform_outages), ("broker", rates.broker_outages), ("gateway", rates.gateway_outages),
        ):  # fmt: skip
            dice = chance.child(what)
            if dice.likely(rate):
                self._central.append(self._one(what, "", day_ms, _CENTRAL_M, dice))

    def _draw_regions(self, day_ms: int, chance: Chance) -> None:
        rates = self._rates
        for region in self._city.regions:
            dice = chance.child(region)
            if dice.likely(rates.street_outages):
                self._streets.setdefault(region, []).append(self._one("street", region, day_ms, _STREET_M, dice))
            lying = dice.child("time")
            if lying.likely(rates.lying_time):
                wrong = self._one("time", region, day_ms, _LYING_M, lying)
                off_ms = lying.between(*_OFF_M) * MIN_MS * (1 if lying.likely(500) else -1)
                wrong = self.all[-1] = replace(wrong, off_ms=off_ms)
                self.times.setdefault(region, []).append(wrong)
            if dice.likely(rates.jammed_streets):
                self._skies.setdefault(region, []).append(self._one("sky", region, day_ms, _JAMMED_M, dice))

    def _one(
        self, what: str, whom: str, day_ms: int, lasts_m: tuple[int, int], dice: Chance, *, loses_time: bool = False
    ) -> Outage:
        from_ms = day_ms + dice.below(DAY_MS // MIN_MS) * MIN_MS + dice.below(MIN_MS)
        to_ms = from_ms + dice.between(*lasts_m) * MIN_MS
        made = Outage(f"O{len(self.all) + 1:05}", what, whom, from_ms, to_ms, loses_time)
        self.all.append(made)
        return made

    def cut(self, terminal: Terminal, ms: int) -> Outage | None:
        """Return the power cut that keeps ``terminal`` from witnessing anything at ``ms``."""
        return next((one for one in self.cuts.get(terminal.number, ()) if one.at(ms)), None)

    def reader(self, terminal: Terminal, ms: int) -> Outage | None:
        """Return the outage in which the reader of ``terminal`` reads nothing at ``ms``."""
        return next((one for one in self.readers.get(terminal.number, ()) if one.at(ms)), None)

    def jammed(self, region: str | None, ms: int) -> Outage | None:
        """Return what keeps every receiver of the sub-district from a fix at ``ms``."""
        return next((one for one in self._skies.get(region or "", ()) if one.at(ms)), None)

    def lie(self, terminal: Terminal, ms: int) -> Outage | None:
        """Return what makes the time that ``terminal`` hears of at ``ms`` wrong: a receiver knows better."""
        if terminal.receiver or terminal.place is None:
            return None
        return next((one for one in self.times.get(terminal.place.region, ()) if one.at(ms)), None)

    def delivered(self, terminal: Terminal, region: str | None, ms: int) -> tuple[int, list[Outage]]:
        """Return when something sent at ``ms`` gets through, and what held it up; a dark terminal sends nothing."""
        ways = (
            self._links.get(terminal.number, []), self._streets.get(region or "", []), self._central,
            self.cuts.get(terminal.number, []),
        )  # fmt: skip
        met: list[Outage] = []
        if not any(ways):
            return ms, met
        while True:
            stop = next((one for way in ways for one in way if one.from_ms <= ms < one.to_ms), None)
            if stop is None:
                return ms, met
            met.append(stop)
            ms = stop.to_ms
