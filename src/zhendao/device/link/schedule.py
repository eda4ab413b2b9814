"""When a terminal tries to reach its broker again. Pure: what happened, how often, and a random number are arguments.

Two things are wanted that are at odds. A terminal whose own way was gone delivers at once when it is back; a fleet that
has lost its broker must not come back in one moment (a return over TLS costs the broker about a millisecond of a core).
What tells them apart is how the link ended, and how many share the broker: docs/decisions/return-of-a-fleet.md.
Every wait has full jitter: it lies anywhere between nothing and its window.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

CAP_S = 30.0
"""Longest window, but for a broker that is too busy to greet."""
RETURNS_PER_S = 250
"""So many terminals a second are let come back, on the average of a window; in its first moments twice as many do."""
LEAST_S = 1.0
FIRST_S = 0.5
AWAY_S = 1.5
HASTE_S = 1.0
STEADY_S = 3.0
"""A link that lasted so long was one; a broker that lets in and throws out at once is asked ever more rarely."""
GREET_S = 5.0
MOST_GREET_S = 20.0
BUSY_TIMES = 10
"""A broker that is too busy to greet is given up to so many times the window of its fleet."""
_MOST_TRIES = 16
_MOST_DIGITS = 9


class Ending(Enum):
    """How a link, or an attempt at one, ended."""

    AWAY = auto()
    """This machine has no way out: no address, no route. An attempt leaves nothing on any network."""
    SILENT = auto()
    """Nobody answers, by name or by address, or what was there has fallen silent: the way or the broker's house."""
    RETURNED = auto()
    """Nobody had answered for a while, and now the broker's machine does: for this terminal alone, or for the fleet."""
    REFUSED = auto()
    """The broker's machine said no, or hung up before a greeting: the broker is being started again."""
    ENDED = auto()
    """The broker greeted, and the connection was ended afterwards."""
    BUSY = auto()
    """It was reached and did not greet in time, or said that it has too much to do."""
    BARRED = auto()
    """Certificates do not fit, or the broker does not let this terminal in: a person has to do something."""


@dataclass(slots=True)
class Attempts:
    """What has been tried. A link that did not hold counts with others of its kind, an attempt in vain since a link.

    Attributes:
        short: links in a row that did not hold.
        vain: attempts since the last link.
        slow: attempts in a row that the broker was too busy for.
    """

    short: int = 0
    vain: int = 0
    slow: int = 0

    def ended(self, ending: Ending, lasted_s: float | None) -> int:
        """Take in how it ended, after ``lasted_s`` (None: no link was made); return the ``tries`` of `window_s`."""
        self.slow = self.slow + 1 if ending is Ending.BUSY else 0
        if lasted_s is None:
            self.vain += 1
            return self.vain
        self.vain = 0
        self.short = 0 if lasted_s >= STEADY_S else self.short + 1
        return self.short


def share_s(fleet: int | None, cap_s: float = CAP_S) -> float:
    """Return the window over which ``fleet`` terminals come back to one broker; the cap where it is not known."""
    return cap_s if fleet is None else min(cap_s, max(LEAST_S, fleet / RETURNS_PER_S))


def start_s(fleet: int | None, cap_s: float = CAP_S) -> float:
    """Return the window of a process's first attempt; none where nothing is known of a fleet."""
    return min(cap_s, (fleet or 0) / RETURNS_PER_S)


def window_s(ending: Ending, tries: int, fleet: int | None, cap_s: float = CAP_S, *, urgent: bool = False) -> float:
    """Return the seconds within which the next attempt falls.

    Args:
        ending: how the last one ended.
        tries: what `Attempts.ended` has returned.
        fleet: how many terminals share the broker, None: not known.
        cap_s: longest window.
        urgent: a call for help waits.
    """
    share, times = share_s(fleet, cap_s), float(1 << min(tries, _MOST_TRIES))
    windows = {
        Ending.AWAY: min(cap_s, AWAY_S),
        Ending.SILENT: min(share, FIRST_S * times),
        Ending.RETURNED: share,
        Ending.REFUSED: share,
        Ending.ENDED: share if tries == 0 else min(cap_s, max(share, FIRST_S * times)),
        Ending.BUSY: min(share * BUSY_TIMES, share * times),
        Ending.BARRED: min(cap_s, max(share, FIRST_S * times)),
    }
    window = windows[ending]
    return min(window, HASTE_S) if urgent else window


def patience_s(tries: int, fleet: int | None, cap_s: float = CAP_S) -> float:
    """Return how long TLS and the broker's greeting may take: who gives up too early has made the broker work in vain.

    ``tries`` attempts before were too slow for it.
    """
    return min(MOST_GREET_S, (GREET_S + share_s(fleet, cap_s) / 2) * (1 << min(tries, _MOST_TRIES)))


def fleet_of(payload: bytes) -> int | None:
    """Return how many clients a broker says that it has (`$SYS/broker/clients/connected`), None if it says nothing."""
    return int(payload) if payload.isdigit() and len(payload) <= _MOST_DIGITS else None
