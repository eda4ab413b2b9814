"""Rows that hold from a moment to a moment, and what held at a given one.

Promise: times are UTC milliseconds, half-open ``[from_ms, to_ms)``; of one key at most one row holds at any moment
(an overlap is refused when the timeline is made), so a look-up has one answer and gives it in O(log n).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, Generic, TypeVar

from zhendao.gateway.registry.errors import OverlapError, RegistryError
from zhendao.protocol.wording import Text

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Valid(Generic[Row]):
    """``row`` holds at ``from_ms <= t < to_ms`` (UTC ms); ``to_ms`` None: until further notice."""

    row: Row
    from_ms: int
    to_ms: int | None = None

    def __post_init__(self) -> None:
        if self.to_ms is not None and self.to_ms <= self.from_ms:
            raise RegistryError(
                Text(f"有效期止（{self.to_ms}）不晚于起（{self.from_ms}）", f"ends ({self.to_ms}) before it begins"),
                Text("止须晚于起，或留空", "let it end later than it begins, or leave the end empty"),
            )

    def holds_at(self, at_ms: int) -> bool:
        """Return whether it holds at ``at_ms``."""
        return self.from_ms <= at_ms and (self.to_ms is None or at_ms < self.to_ms)

    def overlaps(self, other: "Valid[Row]") -> bool:
        """Return whether both hold at some moment."""
        return (other.to_ms is None or self.from_ms < other.to_ms) and (
            self.to_ms is None or other.from_ms < self.to_ms
        )


def next_change(rows: Iterable[Valid[Row]], now_ms: int) -> int | None:
    """Return when (UTC ms), after ``now_ms``, the next of ``rows`` begins or ends to hold; None: never."""
    edges = (ms for row in rows for ms in (row.from_ms, row.to_ms) if ms is not None and ms > now_ms)
    return min(edges, default=None)


def _begin(row: Valid[Any]) -> int:
    return row.from_ms


class Timeline(Generic[Key, Row]):
    """For each key, its rows in order of time."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Iterable[tuple[Key, Valid[Row]]], of: str) -> None:
        """Order ``rows``; raise `OverlapError` where two of one key overlap. ``of`` names the table in the error."""
        ordered: dict[Key, list[Valid[Row]]] = {}
        self._rows: dict[Key, tuple[Valid[Row], ...]] = {}
        for key, row in rows:
            if self._rows.setdefault(key, one := (row,)) is not one:
                ordered.setdefault(key, list(self._rows[key])).append(row)
        for key, held in ordered.items():
            held.sort(key=_begin)
            self._rows[key] = tuple(held)
            for earlier, later in pairwise(held):
                if earlier.overlaps(later):
                    shown = key.hex() if isinstance(key, bytes) else key
                    raise OverlapError(
                        Text(
                            f"{of} {shown}：自 {later.from_ms} 起的一行与前一行有效期重叠",
                            f"{of} {shown}: the row from {later.from_ms} overlaps the one before it",
                        ),
                        Text("给前一行填写“有效期止”", "end the earlier row where the later one begins"),
                    )

    def at(self, key: Key, at_ms: int) -> Row | None:
        """Return the row of ``key`` that holds at ``at_ms`` (UTC ms), or None."""
        several = self._rows.get(key)
        if several is None:
            return None
        place = bisect_right(several, at_ms, key=_begin) - 1
        return several[place].row if place >= 0 and several[place].holds_at(at_ms) else None

    def of(self, key: Key) -> tuple[Valid[Row], ...]:
        """Return all rows of ``key`` with their validity, the earliest first."""
        return self._rows.get(key, ())

    def all(self) -> Iterator[Valid[Row]]:
        """Give all rows of all keys with their validity."""
        return chain.from_iterable(self._rows.values())

    def holding(self, at_ms: int) -> list[Row]:
        """Return all rows that hold at ``at_ms``, in the order in which their keys were first given."""
        return [row for key in self._rows if (row := self.at(key, at_ms)) is not None]


class Related(Generic[Key, Row]):
    """For each key, all rows that belong to it, of which several may hold at a time; in one order, however given."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Iterable[tuple[Key, Valid[Row]]]) -> None:
        """Order ``rows`` of each key by when they begin, and then by what they say."""
        held: defaultdict[Key, list[Valid[Row]]] = defaultdict(list)
        for key, row in rows:
            held[key].append(row)
        for several in held.values():
            if len(several) > 1:
                several.sort(key=lambda one: (one.from_ms, repr(one.row)))
        self._rows = {key: tuple(several) for key, several in held.items()}

    def at(self, key: Key, at_ms: int) -> tuple[Row, ...]:
        """Return the rows of ``key`` that hold at ``at_ms`` (UTC ms)."""
        return tuple(one.row for one in self._rows.get(key, ()) if one.holds_at(at_ms))

    def of(self, key: Key) -> tuple[Valid[Row], ...]:
        """Return all rows of ``key`` with their validity, the earliest first."""
        return self._rows.get(key, ())
