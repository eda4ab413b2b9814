"""What was recorded, counted by kind as it is recorded: nobody can count a sealed journal afterwards. Pure.

Promise: numbers only, in memory only, for a day and a little; no name, no content, no order. A silent call is counted
among what the box records of itself, with the many, so that no count tells of it (promise: duress shows nothing).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from zhendao.device.clock.local import day_of
from zhendao.protocol.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

BOX = "box"
"""What the box records of itself: starts, its clock, its health, its settings."""
SORTS: dict[int, str] = {
    Kind.CHECK: "checks",
    Kind.TAP: "taps",
    Kind.UNDO: "undos",
    Kind.RATING: "opinions",
    Kind.MEAL: "meals",
    Kind.SOS: "calls",
    Kind.INCIDENT: "calls",
    Kind.HEARD: "calls",
    Kind.SENSOR: "sensors",
    Kind.FIX: "box-places",
}
"""Kinds that are counted by themselves; every other is the box's own."""
AT_CHECKS = frozenset({"checks", "meals", "calls", "box-places"})
"""What may carry a position: it is that of a check, of a meal, of a call, or of the box itself."""
_OWN = frozenset({BOX, "box-places"})
PLACES = "-with-place"
QUARTER_MS = 900_000
KEPT_QUARTERS = 26 * 4
"""A local day has 25 hours at most, and every zone is whole quarters of an hour from UTC."""


class Tally:
    """Counts, by the quarter of an hour in which they were made; one without a known time counts by itself."""

    def __init__(self) -> None:
        self._counts: dict[int | None, Counter[str]] = {}
        self.people = 0
        """How many of this run are not the box's own."""

    def kept(self, kind: int, known_ms: int | None, *, placed: bool) -> None:
        """Count an event of ``kind`` of ``known_ms`` (UTC ms; None: not known), with a position if ``placed``."""
        quarter = None if known_ms is None else known_ms // QUARTER_MS
        counter = self._counts.setdefault(quarter, Counter())
        sort = SORTS.get(kind, BOX)
        counter[sort] += 1
        self.people += sort not in _OWN
        counter[sort + PLACES] += placed and kind != Kind.DURESS
        known = [one for one in self._counts if one is not None]
        for old in known:
            if old < max(known) - KEPT_QUARTERS:
                del self._counts[old]

    def plain(self) -> list[tuple[int | None, dict[str, int]]]:
        """Return the counts by the beginning of their quarter, in UTC ms."""
        return [
            (None if quarter is None else quarter * QUARTER_MS, {sort: n for sort, n in sorted(counter.items()) if n})
            for quarter, counter in self._counts.items()
        ]


def of_today(plain: Iterable[Any], now_ms: int | None, where: tzinfo) -> Counter[str]:
    """Return what was counted on the local day of ``now_ms``, with what has no time; all there is without a clock."""
    found: Counter[str] = Counter()
    for at_ms, counts in plain:
        if at_ms is None or now_ms is None or day_of(at_ms, where) == day_of(now_ms, where):
            found.update(counts)
    return found
