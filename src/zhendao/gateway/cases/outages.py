"""Outages that the system knows of, and which findings of a visit each one explains: those, and no others. Pure.

Promise: an outage explains a finding only where it was there, and then, and can have caused it: nobody is blamed for
it, and nobody is excused by it. rule: SAME-DAY
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

_REASONS: Final = {"terminal": "terminal_down", "network": "network_down", "platform": "platform_down"}
WHAT: Final = tuple(_REASONS)

_NOT_WITNESSED: Final = frozenset({"no_in", "no_out", "missed"})
EXPLAINS: Final[dict[str, frozenset[str]]] = {
    # A terminal that is down takes no check and loses its clock; journals wait out the other two, so those explain
    # only that something has not come yet.
    "terminal": _NOT_WITNESSED | {"clock", "no_rating"},
    "network": _NOT_WITNESSED,
    "platform": _NOT_WITNESSED,
}


EXPLAINABLE: Final = frozenset[str]().union(*EXPLAINS.values())
WAITED: Final = frozenset({_REASONS["network"], _REASONS["platform"]})
"""Reasons that hold until something comes in."""


@dataclass(frozen=True, slots=True)
class Outage:
    """``what`` was down from ``from_ms`` until ``to_ms`` (UTC ms; None: still); ``device`` None: for all."""

    what: str
    from_ms: int
    to_ms: int | None
    device: bytes | None = None


@dataclass(frozen=True, slots=True)
class When:
    """Where and when a visit was, as far as anybody knows, UTC ms; ``most_ms``: the longest that it may take."""

    device: bytes
    begin_ms: int | None
    end_ms: int | None
    most_ms: int

    def span(self, kind: str) -> tuple[int, int] | None:
        """Return the time in which what ``kind`` misses should have been; None where nobody knows it."""
        begin, end = self.begin_ms, self.end_ms
        if kind == "no_out" and begin is not None:
            return begin, begin + self.most_ms
        if kind == "no_in" and end is not None:
            return end - self.most_ms, end
        known = [one for one in (begin, end) if one is not None]
        return (min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Explained:
    """The reason that is filled in, and the kinds of finding that it covers."""

    reason: str | None = None
    kinds: frozenset[str] = frozenset()


NOTHING: Final = Explained()


def explained(kinds: Collection[str], when: When, outages: Iterable[Outage]) -> Explained:
    """Return what ``outages`` explain of ``kinds``; the reason is that of the one nearest to the terminal."""
    reasons, covered = set[str](), set[str]()
    for outage in outages:
        if outage.device is not None and outage.device != when.device:
            continue
        for kind in EXPLAINS[outage.what] & frozenset(kinds):
            span = when.span(kind)
            if span is not None and outage.from_ms <= span[1] and (outage.to_ms is None or span[0] < outage.to_ms):
                reasons.add(outage.what)
                covered.add(kind)
    nearest = next((what for what in WHAT if what in reasons), None)
    return Explained(_REASONS[nearest], frozenset(covered)) if nearest is not None else NOTHING


def with_excused(why: Explained, kinds: Collection[str]) -> Explained:
    """Return ``why``, and that faults of the terminal can have caused ``kinds`` (`judging.faults`)."""
    if not kinds:
        return why
    return Explained(why.reason or _REASONS["terminal"], why.kinds | frozenset(kinds))
