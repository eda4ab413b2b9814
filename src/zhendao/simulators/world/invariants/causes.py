"""Which fault may be the reason of what: the one table by which a finding is explained, and a loss excused.

Promise: what is not here is no excuse. A power cut, a kill, a broken link explain no finding about a journal.
"""

from typing import Final

from zhendao.simulators.world.kinds import KINDS

DESTROYING: Final = frozenset({"image-restored", "journal-destroyed", "disk-rot"})
"""Faults after which events may be gone that only that disk had."""

TWICE: Final = frozenset({"image-restored", "cloned"})
"""Faults after which one journal may have two histories."""

LYING: Final = frozenset({"ntp-wrong", "gnss-time", "rtc-wrong", "gateway-clock", "drift"})
"""Faults by which a source of time lies: no bound can hold then, and the gateway may see a contradiction."""

_DAMAGED = DESTROYING | TWICE | {"disk-read-error", "disk-write-error", "disk-sync-error"}
_CLOCKS = LYING | {kind.name for kind in KINDS.values() if kind.family in {"clock", "gnss"}}
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
    "clock_disputed": frozenset(_CLOCKS),
    "clock_divided": frozenset(_CLOCKS),
    "certificate_expired": frozenset(_CLOCKS),
}
"""A finding of the gateway, and the faults that may be its cause."""
