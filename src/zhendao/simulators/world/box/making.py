"""How the boxes of a world are built: which clocks and receivers each has, by the story's settings; and their clones.

Promise: what terminal n has follows from the seed, the settings and its number alone, whatever happens to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.simulators.world.box.box import Box
from zhendao.simulators.world.box.clocks import Fitted, HardwareClock
from zhendao.simulators.world.box.reader import HardwareReader
from zhendao.simulators.world.box.receiver import HardwareReceiver, Place
from zhendao.simulators.world.box.run import Hardware
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.engine.chance import Chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.identity.values import Identity
    from zhendao.simulators.world.box.box import Outside
    from zhendao.simulators.world.box.run import Line
    from zhendao.simulators.world.people.people import Home
    from zhendao.simulators.world.story.story import Story

_RTC_PPM = 15
_KEEPS = 500
"""So many of a thousand terminals keep the time over a reboot in a file (fake-hwclock)."""
_CARD_NS = (500_000, 30_000_000)
"""How long an access to the journal takes on a memory card, with its sync."""


class Making:
    """Builds boxes. ``line`` makes the network of a box by its name; ``outside`` what it is given beside hardware."""

    def __init__(
        self, story: Story, line: Callable[[str], Line], outside: Callable[[str, int, Chance], Outside]
    ) -> None:
        self._story, self._line, self._outside = story, line, outside
        self._faulty = any(one.of.is_fault for one in story.acts)
        """Where nothing goes wrong nothing can come between a write and what follows it: then it takes no time."""

    def box(self, number: int, who: Identity, home: Home) -> Box:
        """Return ``terminal number``, without power."""
        return self._made(f"terminal {number}", number, who, Place(home.lat_e7, home.lon_e7))

    def clone(self, box: Box, name: str) -> Box:
        """Return a second box like ``box``, somewhere else in town, with an empty card and without power."""
        far = Place(box.place.lat_e7 + 900_000, box.place.lon_e7)
        return self._made(name, box.number, box.who, far)

    def _made(self, name: str, number: int, who: Identity, place: Place) -> Box:
        story, fitted = self._story, Chance(self._story.seed, f"terminal {number}/fitted")
        outside = self._outside(name, number, Chance(story.seed, name))
        card = outside.chance.child("card")
        if outside.takes_ns is None and self._faulty:
            outside.takes_ns = lambda: card.between(*_CARD_NS)
        chance, drift = outside.chance, story.number("drift")
        clocks = Fitted(
            drift_ppm=fitted.between(-drift, drift),
            rtc=fitted.likely(story.number("rtc")),
            rtc_drift_ppm=fitted.between(-_RTC_PPM, _RTC_PPM),
            ntp=fitted.likely(story.number("ntp")),
            keeps=fitted.likely(_KEEPS),
        )
        clock = HardwareClock(outside.clockwork, chance.child("clock"), clocks, story.start_ms)
        has_receiver = fitted.likely(story.number("gnss"))
        receiver = HardwareReceiver(clock, chance.child("receiver"), place) if has_receiver else None
        reader = HardwareReader(outside.clockwork, chance.child("reader"), clock.mono_ns)
        hardware = Hardware(clock, reader, receiver, Disk(chance.child("disk")), self._line(name))
        return Box(name, number, who, hardware, outside, place)
