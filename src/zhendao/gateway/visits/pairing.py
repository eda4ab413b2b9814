"""Pairing of checks into visits: one caregiver at one terminal, in the order of the journal. Pure.

The direction that the terminal gave is provisional; order, time and its own reference (``opened_by``) decide. Two
visits a day stay two; a check that is doubled, reversed, without its other half, or taken back is named, never lost.
rule: TWO-TOKENS, TIME
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhendao.gateway.visits.moments import Moment, between
from zhendao.protocol.bodies import Check
from zhendao.protocol.visitid import visit_id
from zhendao.protocol.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class CheckFact:
    """One check, identified by (epoch, seq, h) at its terminal; ``received_ms`` is the gateway's time."""

    device: bytes
    epoch: bytes
    seq: int
    h: bytes
    moment: Moment
    body: Check
    received_ms: int
    evidence: Mapping[str, Any] | None = None
    """What its tokens proved (docs/gateway.md), ``door`` and ``card``; None: they are what the terminal said."""


Elsewhere = Callable[[CheckFact, CheckFact], bool]
"""Tells whether two checks are surely of two homes, by the door tags that were read at them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When two checks are one visit. Milliseconds."""

    open_at_most_ms: int
    doubled_within_ms: int
    resumed_within_ms: int = 300_000
    """Who is back at the same door so soon had not gone (`slips`)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A visit as paired: the check that begins it and the one that ends it, as far as they are there.

    ``signs``: reversed, resumed, no_in, no_out (it can get no check-out any more). ``rechecks``: within it.
    """

    first: CheckFact
    last: CheckFact | None = None
    doubled: tuple[CheckFact, ...] = ()
    signs: frozenset[str] = frozenset()
    rechecks: tuple[CheckFact, ...] = ()

    @property
    def visit_id(self) -> bytes:
        """16 bytes that follow from the identity of the first check alone."""
        return id_from(self.first)

    @property
    def checks(self) -> tuple[CheckFact, ...]:
        """Every check of it, the one that it is named after first."""
        last = () if self.last is None else (self.last,)
        return (self.first, *self.doubled, *self.rechecks, *last)


def id_from(first: CheckFact) -> bytes:
    """Return the id of the visit that ``first`` begins: 16 bytes."""
    return visit_id(first.device, first.epoch, first.seq, first.h)


def nowhere_else(one: CheckFact, other: CheckFact) -> bool:
    """Tell of any two checks that they may be of one home: nothing is known of door tags."""
    del one, other
    return False


def pair(
    checks: Iterable[CheckFact],
    undone: frozenset[tuple[bytes, int]],
    limits: Limits,
    elsewhere: Elsewhere = nowhere_else,
) -> list[Pair]:
    """Pair ``checks``, given in the order of the journal; ``undone`` are (epoch, seq) of checks taken back.

    What is ``elsewhere`` ends no visit, whatever its terminal took it for: it is an end without a beginning, and what
    was open gets no end here any more.
    """
    fold = _Fold(limits, elsewhere)
    for check in checks:
        if (check.epoch, check.seq) not in undone:
            fold.take(check)
    return fold.end()


class _Fold:
    """One pass over the checks of a lane; holds the visit that is open."""

    def __init__(self, limits: Limits, elsewhere: Elsewhere) -> None:
        self._limits, self._elsewhere = limits, elsewhere
        self._pairs: list[Pair] = []
        self._open: Pair | None = None

    def take(self, check: CheckFact) -> None:
        opened = self._open
        if opened is None:
            self._begin(check)
            return
        first = opened.first
        span = between(first.moment, check.moment)
        closes = check.body.direction is Direction.OUT and (check.epoch, check.body.opened_by) == (
            first.epoch,
            first.seq,
        )
        if span.surely_longer(self._limits.open_at_most_ms):
            self._lose()
            self._begin(check)
        elif not closes and 0 <= span.ms <= self._limits.doubled_within_ms and span.bound_ms == 0:
            self._open = Pair(first, None, (*opened.doubled, check), opened.signs)
        elif first.body.direction is Direction.OUT and check.body.direction is Direction.IN:
            self._lose()  # an end whose beginning is missing, and then a beginning
            self._begin(check)
        elif check.body.direction is Direction.IN and check.epoch == first.epoch:
            self._lose()  # the terminal knew of the open visit and began another one
            self._begin(check)
        elif self._elsewhere(first, check):
            self._lose()  # the door tag of another home was brought here
            self._begin(check)
        else:
            both_as_meant = first.body.direction is Direction.IN and check.body.direction is Direction.OUT
            signs = opened.signs if both_as_meant else opened.signs | {"reversed"}
            self._pairs.append(Pair(first, check, opened.doubled, signs))
            self._open = None

    def end(self) -> list[Pair]:
        if self._open is not None:
            if self._open.first.body.direction is Direction.OUT:
                self._lose()
            else:
                self._pairs.append(self._open)
        return self._pairs

    def _begin(self, check: CheckFact) -> None:
        before = self._pairs[-1] if self._pairs else None
        if (
            before is not None
            and before.last is not None
            and check.body.direction is Direction.OUT
            and (check.epoch, check.body.opened_by) == (before.first.epoch, before.first.seq)
            and 0 <= between(before.last.moment, check.moment).ms <= self._limits.doubled_within_ms
        ):
            self._pairs[-1] = Pair(before.first, before.last, (*before.doubled, check), before.signs)
            return
        self._open = Pair(check)
        if check.body.direction is Direction.OUT and check.body.opened_by is not None:
            self._lose()  # it names its beginning, which is not here

    def _lose(self) -> None:
        opened = self._open
        if opened is not None:
            sign = "no_in" if opened.first.body.direction is Direction.OUT else "no_out"
            self._pairs.append(Pair(opened.first, None, opened.doubled, opened.signs | {sign}))
        self._open = None
