"""What the counters of one tag say, over all terminals that read it. Pure, and whatever the order of arrival.

A tag counts its reading sessions upwards, so in the order of time its counters rise. Facts come late and out of order:
a reading that was made earlier has the lower counter, and that is no replay. Held against each other is therefore when
readings were made, as surely as that is known, never when they came. Counters alone cannot show messages that were
harvested and all spent, in order, before the next genuine reading: the challenge in the message does (`Finding.STALE`),
and a message without one is marked as such. rule: TWO-TOKENS
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.tokens.findings import Finding

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading whose message the tag was proved to have made.

    ``counter`` is None on a tag without one. ``fresh``: it covers ``challenge``, that of this very reading. It was made
    between ``earliest_ms`` (None: nobody can say) and ``latest_ms``, UTC; within one boot ``mono_ns`` orders readings,
    within one epoch ``seq``.
    """

    device: bytes
    epoch: bytes
    seq: int
    h: bytes
    part: int
    boot_id: bytes
    mono_ns: int
    counter: int | None
    fresh: bool
    challenge: bytes | None
    earliest_ms: int | None
    latest_ms: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Settings: so many readings unseen, and so many more for each day, are explained by passers-by and by readers.

    A reader that opens anew, or is tried, reads the tag in its field; nobody is told. ``one_reading_ns``: so close
    together two are one session.
    """

    jump_at_most: int
    jump_a_day: int
    one_reading_ns: int


def surely_after(one: Reading, other: Reading) -> bool:
    """Tell whether ``one`` was made after ``other``, by the journal of one terminal or by clocks with their bounds."""
    if one.device == other.device and one.boot_id == other.boot_id:
        return one.mono_ns > other.mono_ns
    if one.device == other.device and one.epoch == other.epoch:
        return one.seq > other.seq
    return one.earliest_ms is not None and one.earliest_ms > other.latest_ms


def one_session(one: Reading, other: Reading, limits: Limits) -> bool:
    """Tell whether both are one and the same session of the tag: one reading in two events, or read twice at once."""
    return (
        one.device == other.device
        and one.boot_id == other.boot_id
        and abs(one.mono_ns - other.mono_ns) <= limits.one_reading_ns
    )


def judge(here: Reading, others: Iterable[Reading], limits: Limits) -> frozenset[Finding]:
    """Return what is wrong with ``here``, held against the other readings of the same tag.

    A challenge counts once: the later reading with the same one is a replay. Of two that contradict each other the one
    without a challenge is to blame; where both have one, nobody can say which is the copy, and both are named.
    """
    found: set[Finding] = set()
    below: Reading | None = None
    for other in others:
        if here.challenge is not None and here.challenge == other.challenge:
            if not one_session(here, other, limits) and not surely_after(other, here):
                found.add(Finding.REPLAYED)
        elif here.counter is None or other.counter is None:
            continue
        elif other.counter < here.counter:
            below = other if below is None or _nearer(other, below) else below
        elif other.counter == here.counter:
            found |= _of_same(here, other, limits)
        elif surely_after(here, other):
            found.add(Finding.CLONED if here.fresh else Finding.REPLAYED)
    if below is not None and _unseen(here, below) > _explained(here, below, limits):
        found.add(Finding.ELSEWHERE)
    return frozenset(found)


def known_since_ms(one: Reading) -> int:
    """Return the earliest moment that ``one`` can have been made, as far as that is known."""
    return one.latest_ms if one.earliest_ms is None else one.earliest_ms


def _nearer(one: Reading, other: Reading) -> bool:
    """Tell which of two lower readings is the one before; of one counter that which leaves more time."""
    return (one.counter or 0, -known_since_ms(one)) > (other.counter or 0, -known_since_ms(other))


def _unseen(here: Reading, below: Reading) -> int:
    return (here.counter or 0) - (below.counter or 0) - 1


def _explained(here: Reading, below: Reading, limits: Limits) -> int:
    """Return how many readings between the two need no explanation, at the longest that lies between them."""
    between_ms = max(0, here.latest_ms - known_since_ms(below))
    return limits.jump_at_most + limits.jump_a_day * between_ms // DAY_MS


def _of_same(here: Reading, other: Reading, limits: Limits) -> set[Finding]:
    """Return what it means that both have the same counter."""
    if one_session(here, other, limits) or (here.fresh and not other.fresh):
        return set()
    if here.device != other.device or here.fresh:
        return {Finding.CLONED}
    if other.fresh or not surely_after(other, here):
        return {Finding.REPLAYED}
    return set()
