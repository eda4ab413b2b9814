"""Drills: which homes have gone the whole way from the button to a person lately, and which are overdue. Pure.

Promise: only a drill that a person took counts; a home whose drills nobody took is overdue, and so is one that never
had any.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Drilled:
    """A home's terminal, when a drill of it was taken by a person last (UTC ms), and whether another is due."""

    device: bytes
    elder_id: str | None
    place_id: str | None
    last_ms: int | None
    overdue: bool


def drilled(
    homes: Iterable[tuple[bytes, str | None, str | None]], taken: Mapping[bytes, int], now_ms: int, days: int
) -> list[Drilled]:
    """Return every home, those first whose last drill is the longest ago; ``taken``: the last one, by terminal."""
    found = []
    for device, elder_id, place_id in homes:
        last_ms = taken.get(device)
        overdue = last_ms is None or now_ms - last_ms > days * DAY_MS
        found.append(Drilled(device, elder_id, place_id, last_ms, overdue))
    return sorted(found, key=lambda one: (one.last_ms or 0, one.device))
