"""`[meals]` in gateway.toml and in a policy: which meal a time is, what is one meal, what covers a village, and hints.

rule: MEAL-COVERAGE, MEAL-COUNT. What the sources do not say is marked (assumed) in docs/meals.md.
"""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer, Switch, TimeOfDay


@dataclass(frozen=True)
class MealsTable:
    """Thresholds. From ``lunch_from`` and ``dinner_from`` on (minutes of the local day) it is those meals.

    ``double_tap_min``: so close to a meal that counts is the same one. ``cover_least``: so many records cover a village
    in a week. ``door_alone``: a door tag without the elder's card is a meal. ``batch_cards`` cards at one point, each
    within ``batch_gap_s`` of the one before, are looked at.
    """

    lunch_from: Annotated[int, TimeOfDay()] = 10 * 60
    dinner_from: Annotated[int, TimeOfDay()] = 15 * 60
    double_tap_min: Annotated[int, Integer(0, 120)] = 10
    cover_least: Annotated[int, Integer(1, 1000)] = 3
    door_alone: Annotated[bool, Switch()] = True
    batch_cards: Annotated[int, Integer(3, 1000)] = 6
    batch_gap_s: Annotated[int, Integer(1, 60)] = 2

    def rules(self, utc_offset_min: int) -> "MealRules":
        """Return what it says; days are local, ``utc_offset_min`` east of Greenwich."""
        return MealRules(
            self.lunch_from,
            self.dinner_from,
            self.double_tap_min * 60_000,
            self.cover_least,
            self.batch_cards,
            self.batch_gap_s * 1000,
            utc_offset_min * 60_000,
            door_alone=self.door_alone,
        )


@dataclass(frozen=True, slots=True)
class MealRules:
    """The same in milliseconds. ``offset_ms``: how far the local day is ahead of Greenwich's."""

    lunch_from: int = 10 * 60
    dinner_from: int = 15 * 60
    again_ms: int = 600_000
    cover_least: int = 3
    batch_cards: int = 6
    batch_gap_ms: int = 2_000
    offset_ms: int = 8 * 3_600_000
    door_alone: bool = True

    def number(self, at_ms: int) -> int:
        """Return which meal it is at ``at_ms`` (UTC ms): 1 breakfast, 2 lunch, 3 dinner."""
        minute = (at_ms + self.offset_ms) % 86_400_000 // 60_000
        return 1 + (minute >= self.lunch_from) + (minute >= self.dinner_from)
