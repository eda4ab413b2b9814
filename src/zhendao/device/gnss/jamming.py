"""Whether all satellites fell together: what a jammer does; a hand, a bag or a pulled antenna do as well. Pure.

Walking indoors takes them away one by one, over longer than `within_s`; what this sees is named for what it is, and
decides nothing.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.protocol.vocabulary import Constellation

    Satellite = tuple[Constellation, int]

_NS = 1_000_000_000
_MOST = 64
_STRONGEST = 4


@dataclass(frozen=True, slots=True)
class JammingSettings:
    """dB-Hz: of at least ``satellites`` heard from ``well`` on, the ``share`` that is ``drop`` weaker at once."""

    drop: int = 10
    within_s: float = 5.0
    well: int = 30
    satellites: int = 5
    share: float = 0.9
    fixed_s: float = 60.0
    """Good fixes for so long end it, however weak the satellites are: another antenna, another place."""


class JammingWatch:
    """Remembers how strong each satellite was a moment ago."""

    def __init__(self, settings: JammingSettings) -> None:
        self._settings = settings
        self._recent: deque[tuple[int, Mapping[Satellite, int]]] = deque(maxlen=_MOST)
        self._level: float | None = None
        self._fixed_since_ns: int | None = None

    @property
    def jammed(self) -> bool:
        """Whether they fell together, and have not come back."""
        return self._level is not None

    def epoch(self, tracked: Mapping[Satellite, int], mono_ns: int, *, fixed: bool) -> None:
        """Take in how strong each tracked satellite is at ``mono_ns``, and whether that made a good fix."""
        settings = self._settings
        if not fixed:
            self._fixed_since_ns = None
        elif self._fixed_since_ns is None:
            self._fixed_since_ns = mono_ns
        if self._level is not None:
            if self._over(tracked, self._level, mono_ns):
                self._level = None
                self._recent.clear()
            return
        while self._recent and mono_ns - self._recent[0][0] > settings.within_s * _NS:
            self._recent.popleft()
        before: dict[Satellite, int] = {}
        for _, strengths in self._recent:
            for satellite, cn0 in strengths.items():
                before[satellite] = max(cn0, before.get(satellite, 0))
        well = {satellite: cn0 for satellite, cn0 in before.items() if cn0 >= settings.well}
        fallen = [cn0 for satellite, cn0 in well.items() if cn0 - tracked.get(satellite, 0) >= settings.drop]
        self._recent.append((mono_ns, dict(tracked)))
        if len(well) >= settings.satellites and len(fallen) >= settings.share * len(well):
            self._level = statistics.mean(sorted(fallen, reverse=True)[:_STRONGEST])
            self._fixed_since_ns = None

    def _over(self, tracked: Mapping[Satellite, int], level: float, mono_ns: int) -> bool:
        since = self._fixed_since_ns
        if since is not None and mono_ns - since >= self._settings.fixed_s * _NS:
            return True
        strongest = sorted(tracked.values(), reverse=True)[:_STRONGEST]
        return len(strongest) == _STRONGEST and statistics.mean(strongest) >= level - self._settings.drop / 2
