"""False alarms: why they were, how often in each home and by each sensor, and what an engineer should look at. Pure.

Promise: nothing here mutes, delays or joins anything. What comes of it is a list for a person; a call for help is
raised and sent after a hundred false ones as after none. rule: SOS, EDGE-NODES.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.alerts.values import AlertKind
from zhendao.protocol.wording import Text

REASONS: Final = {
    "mistake": Text("误按", "pressed by mistake"),
    "trial": Text("试一试", "tried out"),
    "pet": Text("宠物或物品", "a pet, or a thing in the way"),
    "empty_bed": Text("正常离床", "out of bed, and well"),
    "sensor": Text("传感器故障", "the sensor is broken"),
    "placement": Text("装得不对", "mounted in the wrong place"),
    "works": Text("停电或施工", "power cut or works in the house"),
    "other": Text("其他", "something else"),
}
REASON_PATTERN: Final = f"^({'|'.join(REASONS)})$"
LEAST: Final = 3
SHARE: Final = 0.5
_NOTED: Final = re.compile(r"\[([a-z_]{1,16})\] ?")

_CALLS: Final = frozenset({AlertKind.SOS, AlertKind.INCIDENT, AlertKind.DURESS, AlertKind.CALL_CORD})
_ADVICE: Final = {
    "mistake": Text("看按键位置与护圈，教老人误按后再长按", "see the button and its guard; show how to take it back"),
    "trial": Text("约定演练，教会用演练代替试按", "agree on drills, and show how one is made"),
    "pet": Text("把传感器移到宠物与物品碰不到处", "move the sensor out of reach of pets and things"),
    "empty_bed": Text("核对夜间时段与老人起夜习惯", "compare the hours of the night watch with the elder's habits"),
    "sensor": Text("更换传感器，查接线", "replace the sensor, see its wiring"),
    "placement": Text("按说明重新安装", "mount it again as described"),
    "works": Text("查供电，与物业核对", "see the power supply, ask the house's management"),
    "other": Text("上门查看", "go and see"),
}  # fmt: skip
_NEVER_MUTED: Final = Text("；呼救不会因此静音", "; calls are never muted for it")


@dataclass(frozen=True, slots=True)
class Ended:
    """An alert that a person ended: where, by what, and, for a false one, why."""

    device: bytes
    kind: AlertKind
    subject: str
    false: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a home's button or sensor was wrong, why mostly, and what to do; no advice where there is no need."""

    device: bytes
    kind: AlertKind
    subject: str
    total: int
    false: int
    reason: str | None
    advice: Text | None

    @property
    def share(self) -> float:
        """Return how much of all was false, 0 to 1."""
        return self.false / self.total


def noted(reason: str | None, note: str) -> str:
    """Return a note with its reason in front, as it stands in the log."""
    return f"[{reason or 'other'}] {note}".rstrip()


def reason_in(said: str) -> str:
    """Return the reason in a note of the log; ``other`` where there is none that is known."""
    found = _NOTED.match(said)
    return found[1] if found is not None and found[1] in REASONS else "other"


def rates(ended: Iterable[Ended]) -> list[Rate]:
    """Return a rate for each home, kind and sensor that was wrong at least once, the worst first."""
    total: Counter[tuple[bytes, AlertKind, str]] = Counter()
    why: dict[tuple[bytes, AlertKind, str], Counter[str]] = {}
    for one in ended:
        key = (one.device, one.kind, one.subject)
        total[key] += 1
        if one.false:
            why.setdefault(key, Counter())[one.reason or "other"] += 1
    found = []
    for key, reasons in why.items():
        (reason, _), false = reasons.most_common(1)[0], reasons.total()
        found.append(Rate(*key, total[key], false, reason, advice(key[1], total[key], false, reason)))
    return sorted(found, key=lambda one: (-one.false, -one.share, one.device, one.kind, one.subject))


def advice(kind: AlertKind, total: int, false: int, reason: str) -> Text | None:
    """Return what an engineer should do, None while it is too seldom to say."""
    if false < LEAST or false < SHARE * total:
        return None
    said = _ADVICE[reason]
    return Text(said.zh + _NEVER_MUTED.zh, said.en + _NEVER_MUTED.en) if kind in _CALLS else said
