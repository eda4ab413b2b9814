"""How often everything happens that is not as planned: the city's stated rates, and no others. docs/simulation.md.

Frauds are habits: so many of a thousand caregivers have one (at least one of each kind where it can be), and commit it
at so many of a thousand of their visits. Mistakes and mishaps happen to everybody.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final


class Fraud(StrEnum):
    """The frauds, by the words of `truth.json`."""

    PHANTOM = "phantom"
    SHORT = "short"
    REMOVED_TAG = "removed_door_tag"
    CLONED_UID = "cloned_uid"
    HARVESTED_SUN = "harvested_sun"
    LENT_CARD = "lent_card"
    UNDER_OTHERS = "booked_under_others"
    STAGED = "staged_double_taps"
    MOVED = "moved_terminal"


class Mistake(StrEnum):
    """The honest mistakes and mishaps, by the words of `truth.json`."""

    FORGOTTEN_OUT = "forgotten_out"
    FORGOTTEN_IN = "forgotten_in"
    DOUBLE_TAP = "double_tap"
    WRONG_ORDER = "wrong_order"
    TAKEN_BACK = "taken_back"
    LEFT_EARLY = "left_early"
    STAYED_LONG = "stayed_long"
    LATE = "late"
    SUBSTITUTE = "substitute"
    MISSED = "missed"
    WRONG_CLOCK = "wrong_clock"
    GNSS_DRIFT = "gnss_drift"
    NO_FIX = "no_fix"
    WRONG_ADDRESS = "wrong_address"
    """There was a fix, and the registry has the home elsewhere."""
    NOT_WITNESSED = "not_witnessed"
    LONE_CARD = "lone_card"
    """She held the card there and not the door tag; then both."""
    STRANGE_CARD = "strange_card"
    """She held another card there first: one for the bus."""
    THRICE = "tapped_thrice"
    OTHER_CARD = "other_card"
    """In with one of her cards, out with the other."""
    WRONG_DOOR = "wrong_door"
    """She checked in at a neighbour's, and went next door."""
    NO_CARD = "no_card"
    """She had no card with her: nothing was witnessed."""
    NO_RECHECK = "recheck_forgotten"
    """Within a shift, for longer than is agreed, there was no check."""
    NO_DOOR_TAG = "no_door_tag"
    """The tag was torn off and not renewed yet: she held the card there alone."""
    TERMINAL_CHANGED = "terminal_changed"
    """She checked in at one terminal of the home, and out at the one that hung in its place by then."""
    EXTRA = "extra_visit"
    """Nobody had planned it: the elder had called."""
    CARRIED_OVER = "carried_over"
    """A visit before it by the same two was left open: its check-in was taken for that one's check-out."""


CARRIED: Final = frozenset({Fraud.SHORT, Fraud.REMOVED_TAG, Fraud.CLONED_UID, Fraud.HARVESTED_SUN, Fraud.STAGED})
"""The frauds of those who carry a terminal from door to door."""
AT_HOMES: Final = frozenset(
    {Fraud.PHANTOM, Fraud.SHORT, Fraud.REMOVED_TAG, Fraud.LENT_CARD, Fraud.UNDER_OTHERS, Fraud.STAGED, Fraud.MOVED}
)
"""The frauds where a terminal hangs in the home."""


@dataclass(frozen=True, slots=True)
class Rates:
    """All rates. ``caregivers``: of a thousand, with each fraud as habit; others of a thousand visits, or as named."""

    caregivers: int = 6
    habit: int = 350
    """Of a thousand visits of a caregiver with a habit, those at which it is followed."""
    forgotten_out: int = 12
    forgotten_in: int = 6
    double_tap: int = 15
    wrong_order: int = 4
    taken_back: int = 3
    lone_card: int = 10
    strange_card: int = 8
    tapped_thrice: int = 6
    other_card: int = 4
    wrong_door: int = 3
    no_card: int = 3
    forgotten_recheck: int = 40
    """Of a thousand visits in which checks are agreed in between."""
    left_early: int = 5
    stayed_long: int = 4
    corrected: int = 600
    """Of a thousand forgotten checks, those of which the office is told afterwards when they were."""
    late: int = 40
    extra_visits: int = 8
    """Of a thousand days of a caregiver, those on which she is called to one of her elders once more."""
    sick_days: int = 15
    """Of a thousand days of a caregiver; half of her visits are taken over if somebody has the time."""
    gnss_drift: int = 12
    no_fix: int = 60
    """Of a thousand fixes, beside the homes that never have one."""
    power_cuts: int = 4
    """Of a thousand days of a terminal."""
    clock_lost: int = 200
    """Of a thousand power cuts, those after which the terminal does not know the time until it hears of it."""
    dead_links: int = 12
    """Of a thousand days of a terminal."""
    street_outages: int = 30
    """Of a thousand days of a sub-district."""
    dead_readers: int = 2
    """Of a thousand days of a terminal."""
    jammed_streets: int = 15
    """Of a thousand days of a sub-district: no receiver there has a fix."""
    lying_time: int = 10
    """Of a thousand days of a sub-district: its time server is wrong, and each terminal without a receiver."""
    platform_outages: int = 150
    """Of a thousand days."""
    broker_outages: int = 60
    gateway_outages: int = 60

    def as_json(self) -> dict[str, Any]:
        """Return the rates by name."""
        return asdict(self)


HONEST: Final = Rates(caregivers=0)
