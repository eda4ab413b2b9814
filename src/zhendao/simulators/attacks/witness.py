"""What became of an act: what the terminal said at once, and what the platform was told of it later. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhendao.simulators.attacks.grades import Grade
from zhendao.simulators.demo.received import current

TERMINAL, GATEWAY = "terminal", "gateway"
SILENT = "silent"
"""The terminal said nothing."""
_UNKNOWN = "-unknown"
_ELSE = frozenset({"weak_token", "foreign_door", "door_elsewhere", "unknown_card"})
"""Flags of a visit that are about tokens and have no token's name."""


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody held a door tag and a card to a terminal. ``check``: device, epoch, seq of what was recorded."""

    attack: str
    grade: Grade
    moment: str
    bad: bool
    check: tuple[str, str, int] | None

    @property
    def said(self) -> frozenset[tuple[str, str]]:
        """What the terminal itself noticed: where and as what."""
        if self.bad:
            return frozenset({(TERMINAL, self.moment)})
        return frozenset({(TERMINAL, "unknown")}) if self.moment.endswith(_UNKNOWN) else frozenset()


def noticed(act: Act, taken: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    """Return where an act was noticed, and as what, by all that the platform has taken."""
    found = set(act.said)
    for side, flags in _sides(act, taken):
        found |= {(GATEWAY, flag) for flag in flags & _ELSE}
        for token in (side.get("tokens") or {}).values():
            found |= {(GATEWAY, word) for word in token["findings"]}
    return frozenset(found)


def arrived(act: Act, taken: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the platform has a visit with this act, if it was recorded at all."""
    return act.check is None or bool(_sides(act, taken))


def _sides(act: Act, taken: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], set[str]]]:
    if act.check is None:
        return []
    device, epoch, seq = act.check
    return [
        (side, {flag["flag"] for flag in visit["flags"]})
        for visit in current(taken).values()
        if visit["device"] == device
        for side in (visit.get("in"), visit.get("out"))
        if side and (side["epoch"], side["seq"]) == (epoch, seq)
    ]
