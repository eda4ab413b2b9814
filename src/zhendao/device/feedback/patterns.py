"""What each signal looks and sounds like: three outputs over time. Pure.

Promise: whoever cannot hear tells the signals apart by the lights, whoever cannot see by the rhythm of the buzzer:
no two patterns are alike in either. Nothing here lasts longer than two seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.device.feedback.moments import Moment, Signal


@dataclass(frozen=True, slots=True)
class Pattern:
    """Seconds on, off, on … of each output from the beginning; ``least_s`` is played before another may begin."""

    green: tuple[float, ...] = ()
    red: tuple[float, ...] = ()
    buzzer: tuple[float, ...] = ()
    least_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which of the three are on."""

    green: bool = False
    red: bool = False
    buzzer: bool = False


PATTERNS: dict[Signal, Pattern] = {
    Signal.NOTICE: Pattern((0.1,), (0.1,), (0.05,), 0.2),
    Signal.RECORDED: Pattern((1.5,), (), (0.4,), 0.6),
    Signal.REMARKED: Pattern((1.5,), (1.5,), (0.4, 0.2, 0.4), 1.2),
    Signal.SENT: Pattern((0.15,), (), (0.04, 0.08, 0.04), 0.3),
    Signal.ACCEPTED: Pattern((0.15, 0.15, 0.15), (), (0.05, 0.1, 0.25), 0.6),
    Signal.BAD: Pattern((), (2.0,), (0.15, 0.1, 0.15, 0.1, 0.15), 1.0),
}
"""Each signal has its row; a test holds that, and that no two sound or look alike."""

LATER = frozenset({Signal.SENT, Signal.ACCEPTED})
"""What may come long after the hand is gone; without sound where ``[feedback] sounds`` says few."""

UNASKED = frozenset({Moment.READY, Moment.READER_DOWN, Moment.READER_UP, Moment.OFF_WALL})
"""What no tap has led to: without sound where nobody has tapped for a minute, for somebody may be asleep."""

STANDING_RED: dict[Moment, bool] = {Moment.READER_DOWN: True, Moment.READER_UP: False, Moment.READY: False}
"""Moments that begin or end a red light that stands while nothing else is shown: no check-in is possible."""


def timeline(pattern: Pattern, *, sound: bool = True) -> list[tuple[float, Outputs]]:
    """Return when (seconds from the beginning) the outputs change, and to what; the last row is dark and silent."""
    lines = (pattern.green, pattern.red, pattern.buzzer if sound else ())
    edges = [_edges(line) for line in lines]
    moments = sorted({0.0, *(at for line in edges for at in line)})
    return [(at, Outputs(*(sum(edge <= at for edge in line) % 2 == 1 for line in edges))) for at in moments]


def _edges(durations: tuple[float, ...]) -> list[float]:
    """Return the moments at which one output is switched, beginning with on at 0."""
    edges = [0.0] if durations else []
    for one in durations:
        edges.append(round(edges[-1] + one, 3))
    return edges
