"""May this caregiver be reminded now: the hours of rest, how often a day, how far apart. Pure. rule: REMIND.

Promise: of all that ever went out, whatever its order and however the clock was set in between: nothing has a time
within the hours of rest, no local day has more than the limit, and no two are closer than allowed. What may have gone
out counts as if it had. Several ways at one time of day are one reminder.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zhendao.command.roster.shifts import within
from zhendao.gateway.plans.today import local_day

_MINUTE_MS: Final = 60_000


class Withheld(StrEnum):
    """Why somebody who is waited for is not reminded now; the first that holds, in this order."""

    QUIET = "quiet"
    """The hours of rest."""
    OFTEN = "often"
    """As often as allowed today already."""
    RECENT = "recent"
    """Only just reminded."""
    OFFLINE = "offline"
    """A terminal of hers is offline: what she did there is not known here; she was told so once, or is never told."""


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was, or may have been, reminded: at which round, when (UTC ms)."""

    round_id: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Limits:
    """``quiet``: hours as `shifts` keeps them, None for none; ``most`` a local day, ``apart_ms`` between two.

    ``offline_most``: so many a day while a terminal of hers is offline.
    """

    quiet: str | None
    most: int
    apart_ms: int
    offline_most: int
    offset_ms: int


def is_quiet(limits: Limits, now_ms: int) -> bool:
    """Return whether ``now_ms`` (UTC ms) is within the hours of rest."""
    return limits.quiet is not None and within((now_ms + limits.offset_ms) // _MINUTE_MS % 1440, 0, None, limits.quiet)


def withheld(
    limits: Limits, told: Iterable[Told], round_id: int | None, now_ms: int, *, offline: bool
) -> Withheld | None:
    """Return why somebody who was ``told`` before is not reminded by ``round_id`` at ``now_ms`` (UTC ms); None: may be.

    ``offline``: a terminal at which she may have checked in is.
    """
    if is_quiet(limits, now_ms):
        return Withheld.QUIET
    others = [one for one in told if one.round_id != round_id]
    day = local_day(now_ms, limits.offset_ms)
    today = len({one.round_id for one in others if day.from_ms <= one.at_ms < day.to_ms})
    if offline and today >= limits.offline_most:
        return Withheld.OFFLINE
    if today >= limits.most:
        return Withheld.OFTEN
    return Withheld.RECENT if any(abs(now_ms - one.at_ms) < limits.apart_ms for one in others) else None
