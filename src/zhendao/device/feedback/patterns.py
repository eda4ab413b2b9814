"""What each signal looks and sounds like: three outputs over time. Pure.

Promise: each signal has a rhythm of short and long of its own, and the light keeps the rhythm of the buzzer: whoever
cannot hear tells them apart by the light, whoever cannot see by the sound, whoever cannot tell red from green by the
rhythm alone, which of the two lights it is or not. Nothing here lasts longer than two seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.device.feedback.moments import TABLE, Moment, Origin, Signal


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


_S, _L = 0.15, 0.4
"""Short and long, of lights and tones; a gap is as long as a short one."""


def _beat(*lengths: float, last: float = 0.0) -> tuple[float, ...]:
    """Return a rhythm with its gaps; ``last``: so long the last one is."""
    beats = (*lengths[:-1], last or lengths[-1])
    return tuple(part for one in beats for part in (one, _S))[:-1]


PATTERNS: dict[Signal, Pattern] = {
    Signal.NOTICE: Pattern((0.1,), (0.1,), (0.05,), 0.2),
    Signal.RECORDED: Pattern((1.5,), (), (_L,), 0.6),
    Signal.REMARKED: Pattern(_beat(_L, _L, last=1.0), _beat(_L, _L, last=1.0), _beat(_L, _L), 1.2),
    Signal.SENT: Pattern(_beat(_S, _S), (), (0.04, 0.08, 0.04), 0.5),
    Signal.ACCEPTED: Pattern(_beat(_S, _L), (), (0.05, 0.1, 0.25), 0.7),
    Signal.BAD: Pattern((), _beat(_S, _S, _S, 1.0), _beat(_S, _S, _S), 1.0),
    Signal.CALLING: Pattern(_beat(_L, _S), _beat(_L, _S), _beat(_L, _S), 0.8),
    Signal.REACHED: Pattern(_beat(_S, _S, _L), (), _beat(_S, _S, _L), 1.1),
    Signal.HEARD: Pattern(_beat(_L, _L, _L), (), _beat(_L, _L, _L), 1.6),
    Signal.UNHEARD: Pattern((), _beat(_S, _S, _S, _S, _S), _beat(_S, _S, _S, _S, _S), 1.4),
    Signal.EXERCISE: Pattern(_beat(_L, _S, _L), _beat(_L, _S, _L), _beat(_L, _S, _L), 1.3),
    Signal.TROUBLE: Pattern((), _beat(_S, _L, _S), _beat(_S, _L, _S), 1.1),
}
"""Each signal has its row; a test holds that, and that no two sound or look alike."""

LATER = frozenset({Signal.SENT, Signal.ACCEPTED})
"""What may come long after the hand is gone; without sound where ``[feedback] sounds`` says few."""

UNASKED = frozenset(moment for moment, shown in TABLE.items() if shown.origin in {Origin.BOX, Origin.HOUSE})
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
