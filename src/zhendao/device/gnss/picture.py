"""What the receiver hears, for an engineer: satellites with their strength, the fix, the verdict of the gate. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhendao.device.gnss.condition import Condition
from zhendao.device.gnss.listening import RateFound, Standing
from zhendao.device.gnss.receiver import GoodFix
from zhendao.protocol.vocabulary import Constellation
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    from zhendao.device.gnss.listening import Heard
    from zhendao.device.gnss.receiver import Outcome

_NAMES = {
    Constellation.GPS: "GPS",
    Constellation.GLONASS: "GLONASS",
    Constellation.GALILEO: "Galileo",
    Constellation.BEIDOU: "BeiDou",
    Constellation.QZSS: "QZSS",
    Constellation.NAVIC: "NavIC",
}
_STRONGEST = 50
_BAR = 25


class Picture:
    """Takes what is heard; shows the newest of it."""

    def __init__(self, baud: int) -> None:
        self._baud = baud
        self._condition = Condition.SEARCHING
        self._last: Outcome | None = None
        self.good = self.refused = 0
        self.seen = Constellation(0)

    def take(self, one: Heard) -> None:
        """Take in one posting."""
        match one:
            case RateFound():
                self._baud = one.rate
            case Standing():
                self._condition = one.condition
            case GoodFix():
                self._last, self.good = one, self.good + 1
            case _:
                self._last, self.refused = one, self.refused + 1
        for (system, _), _cn0 in self._tracked():
            self.seen |= system

    def plain(self) -> dict[str, Any]:
        """Return it as JSON's values."""
        last = self._last
        fix = last.epoch if isinstance(last, GoodFix) else None
        return {
            "baud": self._baud,
            "condition": self._condition.value,
            "satellites": [
                {"system": _NAMES[system], "number": number, "cn0": cn0} for (system, number), cn0 in self._tracked()
            ],
            "verdict": "accepted"
            if fix
            else last.reason.value
            if last is not None and not isinstance(last, GoodFix)
            else None,
            "lat": fix.lat_e7 / 1e7 if fix else None,
            "lon": fix.lon_e7 / 1e7 if fix else None,
            "hacc95_m": fix.hacc95_m if fix else None,
            "used": fix.satellites if fix else None,
            "hdop": fix.hdop if fix else None,
            "signs": [sign.name for sign in fix.signs] if fix else [],
            "time": str(last.time)
            if isinstance(last, GoodFix) and isinstance(last.time, str)
            else "believed"
            if fix
            else None,
            "accepted_epochs": self.good,
            "refused_epochs": self.refused,
        }

    def lines(self, language: Language) -> list[str]:
        """Return it as lines of text."""
        out = [f"{self._baud} Bd  {self._condition.value}  {_verdict(self._last).in_(language)}"]
        for system, name in _NAMES.items():
            mine = [(number, cn0) for (of, number), cn0 in self._tracked() if of is system]
            out += [
                f"{name:>8} {number:3}  {'█' * (min(cn0, _STRONGEST) * _BAR // _STRONGEST):{_BAR}} {cn0} dB-Hz"
                for number, cn0 in mine
            ]
        return out

    def _tracked(self) -> list[tuple[tuple[Constellation, int], int]]:
        last = self._last
        if last is None:
            return []
        tracked = last.epoch.tracked if isinstance(last, GoodFix) else last.tracked
        return sorted(tracked, key=lambda one: (one[0][0].value, one[0][1]))


def _verdict(last: Outcome | None) -> Text:
    if last is None:
        return Text("还没有历元", "no epoch yet")
    if not isinstance(last, GoodFix):
        return Text(f"定位不合格：{last.reason.value}", f"no fix: {last.reason.value}")
    fix = last.epoch
    place = f"{fix.lat_e7 / 1e7:.6f} {fix.lon_e7 / 1e7:.6f} ±{fix.hacc95_m:.0f} m (WGS-84), HDOP {fix.hdop:.1f}"
    signs = "".join(f", {sign.name.lower()}" for sign in fix.signs if sign.name) if fix.signs else ""
    return Text(
        f"合格：{place}，用 {fix.satellites} 颗{signs}", f"good: {place}, {fix.satellites} satellites used{signs}"
    )
