"""Where a batch belongs in what is held of its epoch: appended, already there, detached, or a fork. Pure.

What is held is a list of segments, unbroken pieces of chain. The first segment from h[0] is the main one. Identity of
an event is its h: the same seq with another h is a fork, and both are kept (promise 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_SEQ = 2**63 - 1  # the greatest that a database column holds; a terminal cannot count so far honestly


@dataclass(frozen=True, slots=True)
class Segment:
    """An unbroken piece of chain: events ``first``…``last``; ``prev`` is h[first-1], ``head`` is h[last]."""

    first: int
    prev: bytes
    last: int
    head: bytes

    def overlaps(self, first: int, last: int) -> bool:
        """Tell whether it has an event in ``first``…``last``."""
        return self.first <= last and first <= self.last


@dataclass(frozen=True, slots=True)
class Run:
    """Events of a batch that are not held yet: items ``begin``…``end`` (end excluded), one after the other."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Placed:
    """What of a batch is new, and how the batch lies to what is held."""

    runs: tuple[Run, ...]
    attached: bool
    forked: bool  # at some seq something else is held

    @property
    def duplicate(self) -> bool:
        """Tell whether every event is held already."""
        return not self.runs


def must_look_up(segments: Sequence[Segment], first: int, last: int) -> bool:
    """Tell whether `classify` needs the stored h of ``first``…``last``: only where something is held there."""
    return any(segment.overlaps(first, last) for segment in segments)


def classify(
    segments: Sequence[Segment],
    known: Mapping[int, frozenset[bytes]],
    genesis: bytes,
    first: int,
    prev: bytes,
    heads: Sequence[bytes],
) -> Placed:
    """Place a batch whose proved heads are ``heads``; ``known`` gives the stored h by seq from first-1 to its end.

    ``known`` may be empty when `must_look_up` says no.
    """
    runs: list[Run] = []
    forked = False
    begin: int | None = None
    for index, head in enumerate(heads):
        held = known.get(first + index)
        if held is not None and head in held:
            if begin is not None:
                runs.append(Run(begin, index))
                begin = None
            continue
        forked = forked or bool(held)
        if begin is None:
            begin = index
    if begin is not None:
        runs.append(Run(begin, len(heads)))
    attached = (
        (prev == genesis if first == 1 else False)
        or prev in known.get(first - 1, frozenset())
        or any(one.last == first - 1 and one.head == prev for one in segments)
        or (bool(heads) and not runs)
    )
    return Placed(tuple(runs), attached, forked)


def joined(segments: Sequence[Segment], new: Segment) -> list[Segment]:
    """Return the segments with ``new`` in place: linked to its neighbours where the hashes meet, else on its own."""
    result = list(segments)
    at = next((i for i, one in enumerate(result) if one.last == new.first - 1 and one.head == new.prev), None)
    if at is None:
        at = len(result)
        result.append(new)
    else:
        result[at] = Segment(result[at].first, result[at].prev, new.last, new.head)
    here = result[at]
    after = next((i for i, one in enumerate(result) if one.first == here.last + 1 and one.prev == here.head), None)
    if after is not None:
        result[at] = Segment(here.first, here.prev, result[after].last, result[after].head)
        del result[after]
    return result


def main_segment(segments: Sequence[Segment], genesis: bytes) -> Segment | None:
    """Return the unbroken chain from h[0] that came first, if any."""
    return next((one for one in segments if one.first == 1 and one.prev == genesis), None)


def fork_at(segments: Sequence[Segment]) -> int | None:
    """Return the lowest seq at which two histories are held, or None.

    Two segments at the same seq, or two that meet with another hash, are two histories.
    """
    found: int | None = None
    ordered = sorted(segments, key=lambda one: one.first)
    for place, left in enumerate(ordered):
        for right in ordered[place + 1 :]:
            if right.first > left.last + 1:
                break
            if right.first <= left.last:
                seq = right.first
            elif right.prev != left.head:
                seq = left.last
            else:
                continue  # a branch beside one that was linked first: it overlaps that one
            found = seq if found is None else min(found, seq)
    return found
