"""The quality gate: which epochs are good enough to stand beside a check, and how far off each may be.

Pure. Refuses by named reason, never silently; what passes carries its error (`hacc95_m`). Signs of spoofing are
flagged elsewhere (`signs`) and decide nothing. rule: LOCATION
"""

import datetime as dt
import math
from dataclasses import dataclass, replace
from enum import StrEnum

from zhendao.device.gnss.epoch import Epoch
from zhendao.device.gnss.sentences import SIMULATOR_MODE, SIMULATOR_QUALITY, Gga, Gst, Rmc
from zhendao.protocol.vocabulary import Constellation, FixSign

_ESTIMATED, _MANUAL = 6, 7
_SAME_PLACE_E7 = 100
"""RMC and GGA may round one place differently; 100 is about a metre."""


class Refusal(StrEnum):
    """Why an epoch is no fix."""

    INCOMPLETE = "incomplete"
    SIMULATOR = "simulator"
    ESTIMATED = "estimated"
    MANUAL = "manual"
    NO_FIX = "no_fix"
    NO_POSITION = "no_position"
    CONTRADICTORY = "contradictory"
    FLAT = "flat"
    FEW_SATELLITES = "few_satellites"
    NO_HDOP = "no_hdop"
    THIN_GEOMETRY = "thin_geometry"
    WEAK_SIGNALS = "weak_signals"
    MOVING = "moving"


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Thresholds; the defaults are those of the field for a door read by a standing person."""

    min_satellites: int = 5
    good_hdop: float = 2.5
    max_hdop: float = 5.0
    min_cn0: float = 28.0
    """Mean of the strongest ``cn0_over`` satellites used, dB-Hz. All of them would punish a receiver for also
    using weak ones: a multi-band one tracks thirty, half of them through walls, and is right to 3 m."""
    cn0_over: int = 6
    max_speed_mps: float = 1.5
    open_sky_uere_m: float = 5.0
    weak_uere_m: float = 15.0
    floor_m: float = 10.0
    """Nothing is believed to be better than this (95 %): multipath at a door is not in the receiver's estimate."""


@dataclass(frozen=True, slots=True)
class RefusedEpoch:
    """An epoch that is no fix."""

    day_ms: int
    mono_ns: int
    reason: Refusal
    tracked: tuple[tuple[tuple[Constellation, int], int], ...] = ()
    """Every satellite that is tracked, with its strength in dB-Hz."""


@dataclass(frozen=True, slots=True)
class AcceptedEpoch:
    """A fix of one moment: WGS-84 degrees × 10^7, ``hacc95_m`` radius that holds the truth with 95 %."""

    day_ms: int
    mono_ns: int
    date: dt.date | None
    date_conflict: bool
    lat_e7: int
    lon_e7: int
    altitude_m: float | None
    hacc95_m: float
    ellipse: tuple[float, float, int] | None
    """1-sigma semi-axes in metres and the direction of the major one, degrees from north, 0…179."""
    satellites: int
    hdop: float
    mean_cn0: float | None
    cn0: tuple[int, ...]
    systems: Constellation
    signs: FixSign
    tracked: tuple[tuple[tuple[Constellation, int], int], ...] = ()
    """Every satellite that is tracked, used or not, with its strength."""

    def with_signs(self, signs: FixSign) -> "AcceptedEpoch":
        """Return this epoch with further signs."""
        return replace(self, signs=self.signs | signs)


def judge(epoch: Epoch, settings: GateSettings) -> AcceptedEpoch | RefusedEpoch:
    """Accept or refuse one epoch on its own merits."""
    rmc, gga = epoch.rmc, epoch.gga
    if rmc is None or gga is None or (epoch.gsa_expected and epoch.gsa_mode is None):
        return RefusedEpoch(epoch.day_ms, epoch.mono_ns, Refusal.INCOMPLETE, epoch.tracked)
    reason = _no_measurement(epoch, rmc, gga) or _too_weak(epoch, rmc, gga, settings)
    hdop = _hdop(epoch, gga)
    place = gga.place
    if reason is not None or hdop is None or place is None:
        return RefusedEpoch(epoch.day_ms, epoch.mono_ns, reason or Refusal.NO_POSITION, epoch.tracked)
    satellites = _satellites(epoch, gga)
    # Each system brings a clock of its own to be solved for: 3 + systems unknowns, and one to check them by.
    weak = hdop > settings.good_hdop or satellites < 4 + epoch.systems.bit_count()
    ellipse = _ellipse(epoch.gst)
    if ellipse is not None:
        sigma = math.hypot(ellipse[0], ellipse[1])
    else:
        sigma = hdop * (settings.weak_uere_m if weak else settings.open_sky_uere_m)
    return AcceptedEpoch(
        day_ms=epoch.day_ms,
        mono_ns=epoch.mono_ns,
        date=epoch.date,
        date_conflict=epoch.date_conflict,
        lat_e7=place[0],
        lon_e7=place[1],
        altitude_m=gga.altitude_m,
        # Upwards to whole decimetres, the wire's unit; rounded first, lest 11.2 become 11.3 for its last bit.
        hacc95_m=max(settings.floor_m, math.ceil(round(20 * sigma, 6)) / 10),
        ellipse=ellipse,
        satellites=satellites,
        hdop=hdop,
        mean_cn0=sum(epoch.cn0) / len(epoch.cn0) if epoch.cn0 else None,
        cn0=epoch.cn0,
        systems=epoch.systems,
        signs=FixSign.WEAK if weak else FixSign(0),
        tracked=epoch.tracked,
    )


def _no_measurement(epoch: Epoch, rmc: Rmc, gga: Gga) -> Refusal | None:
    apart = max((abs(a - b) for a, b in zip(gga.place or (), rmc.place or (), strict=False)), default=0)
    return _first(
        (gga.quality == SIMULATOR_QUALITY or rmc.mode == SIMULATOR_MODE, Refusal.SIMULATOR),
        (gga.quality == _ESTIMATED or rmc.mode == "E", Refusal.ESTIMATED),
        (gga.quality == _MANUAL or rmc.mode == "M", Refusal.MANUAL),
        (not rmc.valid or gga.quality == 0 or epoch.gsa_mode == 1, Refusal.NO_FIX),
        (gga.place is None or rmc.place is None, Refusal.NO_POSITION),
        (apart > _SAME_PLACE_E7, Refusal.CONTRADICTORY),
    )


def _too_weak(epoch: Epoch, rmc: Rmc, gga: Gga, settings: GateSettings) -> Refusal | None:
    hdop = _hdop(epoch, gga)
    strongest = epoch.cn0[: settings.cn0_over]
    return _first(
        (epoch.gsa_mode == 2, Refusal.FLAT),  # noqa: PLR2004 - the mode's number in NMEA
        (_satellites(epoch, gga) < settings.min_satellites, Refusal.FEW_SATELLITES),
        (hdop is None, Refusal.NO_HDOP),
        (hdop is not None and not 0 < hdop <= settings.max_hdop, Refusal.THIN_GEOMETRY),
        (bool(strongest) and sum(strongest) < settings.min_cn0 * len(strongest), Refusal.WEAK_SIGNALS),
        (rmc.speed_mps is not None and rmc.speed_mps >= settings.max_speed_mps, Refusal.MOVING),
    )


def _first(*checks: tuple[bool, Refusal]) -> Refusal | None:
    return next((reason for refused, reason in checks if refused), None)


def _satellites(epoch: Epoch, gga: Gga) -> int:
    """GGA stops counting at 12; GSA names all, where there is one."""
    return max(gga.satellites, len(epoch.used))


def _hdop(epoch: Epoch, gga: Gga) -> float | None:
    return gga.hdop if gga.hdop is not None else epoch.gsa_hdop


def _ellipse(gst: Gst | None) -> tuple[float, float, int] | None:
    """Return the receiver's own error ellipse; from the two deviations, where it sends only those."""
    if gst is None:
        return None
    if gst.major_m and gst.minor_m is not None and gst.orientation_deg is not None:
        major, minor, turn = gst.major_m, gst.minor_m, round(gst.orientation_deg)
        if minor > major:
            major, minor, turn = minor, major, turn + 90
        return major, minor, turn % 180
    if gst.lat_m and gst.lon_m:
        return (gst.lat_m, gst.lon_m, 0) if gst.lat_m >= gst.lon_m else (gst.lon_m, gst.lat_m, 90)
    return None
