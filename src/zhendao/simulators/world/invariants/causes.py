"""Which fault may be the reason of what: the one table by which a finding is explained, and a loss excused.

Promise: what is not here is no excuse. A power cut, a kill, a broken link explain no finding about a journal.
"""

from typing import Final

from zhendao.simulators.world.reports import Faulted, JournalOpened
from zhendao.simulators.world.story.kinds import KINDS

DESTROYING: Final = frozenset({"image-restored", "journal-destroyed", "disk-rot"})
"""Faults after which events may be gone that only that disk had."""

TWICE: Final = frozenset({"image-restored", "cloned"})
"""Faults after which one journal may have two histories."""

LYING: Final = frozenset({"ntp-wrong", "gnss-time", "rtc-wrong", "gateway-clock", "drift"})
"""Faults by which a source of time lies: no bound can hold then, and the gateway may see a contradiction."""

_DAMAGED = DESTROYING | TWICE | {"disk-read-error", "disk-write-error", "disk-sync-error"}
_CLOCKS: Final = LYING | {kind.name for kind in KINDS.values() if kind.family in {"clock", "gnss"}}
_ANY = frozenset(kind.name for kind in KINDS.values() if kind.is_fault)

EXPLAINED_BY: Final[dict[str, frozenset[str]]] = {
    "fork": TWICE | DESTROYING,
    "rollback": TWICE | DESTROYING,
    "new_epoch": _DAMAGED,
    "new_epoch_planned": frozenset(),
    "cut_tail": _DAMAGED,
    "gap": _ANY,
    "unreadable": frozenset({"disk-rot"}),
    "own_signature": frozenset({"disk-rot"}),
    "clock_disputed": frozenset(_CLOCKS | TWICE),  # of a journal that goes on twice, time runs back
    "clock_divided": frozenset(_CLOCKS),
    "certificate_expired": _CLOCKS,
}
"""A finding of the gateway, and the faults that may be its cause."""


class Damage:
    """Which boxes have a disk that a fault may have destroyed something on, and until when.

    What is recorded after the fault and before the next sound start of the box stands on the same damaged disk.
    """

    def __init__(self) -> None:
        self._until: dict[str, list[tuple[int, int | None]]] = {}

    def fault(self, one: Faulted) -> bool:
        """Take in a fault; tell whether it destroys."""
        if one.fault not in DESTROYING:
            return False
        self._until.setdefault(one.who, []).append((one.at_ns, None))
        return True

    def opened(self, one: JournalOpened) -> None:
        """Take in a start: a journal that can be read is a sound one again."""
        if one.held and one.box in self._until:
            self._until[one.box] = [
                (at_ns, one.at_ns if until_ns is None else until_ns) for at_ns, until_ns in self._until[one.box]
            ]

    def excuses(self, box: str, at_ns: int) -> bool:
        """Tell whether what stood on the disk of ``box`` since ``at_ns`` may be gone."""
        return any(until_ns is None or at_ns <= until_ns for _, until_ns in self._until.get(box, ()))

    def now(self, box: str) -> bool:
        """Tell whether the disk of ``box`` is damaged now."""
        return any(until_ns is None for _, until_ns in self._until.get(box, ()))

    def ever(self, box: str) -> bool:
        """Tell whether it ever was."""
        return box in self._until
