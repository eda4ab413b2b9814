"""Signs of jamming or spoofing that a series of epochs shows. Flags, never decisions: the gateway concludes.

Seen from NMEA: jumps, satellites of suspiciously equal or excessive strength, a position frozen to the last digit,
solutions of two systems that disagree, a simulator's quality shortly before, a time that contradicts what is known.
A live sky that is received elsewhere and sent again is not detectable here.
"""

import statistics
from dataclasses import dataclass
from functools import reduce
from operator import or_

from zhendao.device.gnss.epoch import DAY_MS, Epoch
from zhendao.device.gnss.gate import AcceptedEpoch, Refusal, RefusedEpoch
from zhendao.protocol.datum import distance_m
from zhendao.protocol.vocabulary import FixSign

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SignSettings:
    """Speeds in m/s, strengths in dB-Hz."""

    max_speed_mps: float = 40.0
    jump_memory_s: float = 60.0
    uniform_cn0: float = 1.0
    uniform_from: int = 6
    high_cn0: int = 52
    frozen_epochs: int = 30
    simulator_memory_s: float = 600.0
    solutions_apart_m: float = 50.0


class SignWatch:
    """Adds to each accepted epoch the signs that it shows beside those before it."""

    def __init__(self, settings: SignSettings) -> None:
        self._settings = settings
        self._before: AcceptedEpoch | None = None
        self._same = 0
        self._simulator_ns: int | None = None

    def refused(self, epoch: RefusedEpoch) -> None:
        """Remember what a refused epoch gives away."""
        if epoch.reason is Refusal.SIMULATOR:
            self._simulator_ns = epoch.mono_ns

    def accepted(self, accepted: AcceptedEpoch, raw: Epoch) -> AcceptedEpoch:
        """Return ``accepted`` with its signs."""
        settings, before = self._settings, self._before
        here = (accepted.lat_e7, accepted.lon_e7)
        self._same = self._same + 1 if before and here == (before.lat_e7, before.lon_e7) else 1
        simulated = self._simulator_ns is not None and (
            accepted.mono_ns - self._simulator_ns < settings.simulator_memory_s * _NS
        )
        found = (
            (before is not None and self._jumped(before, accepted), FixSign.JUMP),
            (self._uniform(accepted.cn0), FixSign.UNIFORM_CN0),
            (any(cn0 > settings.high_cn0 for cn0 in accepted.cn0), FixSign.HIGH_CN0),
            (self._same >= settings.frozen_epochs, FixSign.FROZEN),
            (simulated, FixSign.SIMULATOR),
            (self._apart(accepted, raw), FixSign.SOLUTIONS_DISAGREE),
        )
        self._before = accepted
        return accepted.with_signs(reduce(or_, (sign for seen, sign in found if seen), FixSign(0)))

    def _jumped(self, before: AcceptedEpoch, now: AcceptedEpoch) -> bool:
        # By the receiver's own time: a burst that waited in a buffer is no jump.
        seconds = ((now.day_ms - before.day_ms) % DAY_MS) / 1000
        if seconds > self._settings.jump_memory_s:
            return False
        allowed = self._settings.max_speed_mps * seconds + before.hacc95_m + now.hacc95_m
        if _apart_m(before, now.lat_e7, now.lon_e7) > allowed:
            return True
        if before.altitude_m is None or now.altitude_m is None:
            return False
        # Height is two to three times worse than place.
        return abs(now.altitude_m - before.altitude_m) > 3 * allowed

    def _uniform(self, cn0: tuple[int, ...]) -> bool:
        return len(cn0) >= self._settings.uniform_from and statistics.pstdev(cn0) < self._settings.uniform_cn0

    def _apart(self, accepted: AcceptedEpoch, raw: Epoch) -> bool:
        return any(
            other.place is not None
            and other.quality
            and _apart_m(accepted, *other.place) > self._settings.solutions_apart_m
            for other in raw.others
        )


def _apart_m(epoch: AcceptedEpoch, lat_e7: int, lon_e7: int) -> float:
    return distance_m(epoch.lat_e7 / 1e7, epoch.lon_e7 / 1e7, lat_e7 / 1e7, lon_e7 / 1e7)
