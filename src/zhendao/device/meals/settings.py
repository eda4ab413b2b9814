"""The table ``[meals]`` of device.toml: whether this terminal takes meals, for which point, and what one meal is.

rule: MEAL-POINT. A file without the table takes none. What must fit is told before anything is opened: a canteen's
terminal is a station, a delivery bag's is carried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from zhendao.command.kinds import Choice, Integer, TimeOfDay, Words
from zhendao.device.meals.taps import MealManner
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.device.identity.values import Identity

_MINUTE_NS: Final = 60_000_000_000
PLACEMENT_OF: Final = {"canteen": Placement.STATION, "delivery": Placement.CARRIED}


@dataclass(frozen=True)
class MealsTable:
    """Which meals are taken here.

    ``place_code``: the 场所码 of the point. ``double_tap_min``: so long the same card is the same meal. ``unknown``:
    what a card is that says nothing of itself. From ``lunch_from`` and ``dinner_from`` on, local, it is those meals.
    """

    kind: Annotated[str, Choice("none", "canteen", "delivery")] = "none"
    place_code: Annotated[str, Words(32)] = ""
    double_tap_min: Annotated[int, Integer(0, 120)] = 10
    unknown: Annotated[str, Choice("meal", "check")] = "meal"
    lunch_from: Annotated[int, TimeOfDay()] = 10 * 60
    dinner_from: Annotated[int, TimeOfDay()] = 15 * 60

    def number(self, minute: int) -> int:
        """Return which meal it is at ``minute`` of the local day: 1 breakfast, 2 lunch, 3 dinner."""
        return 1 + (minute >= self.lunch_from) + (minute >= self.dinner_from)


def manner(table: MealsTable, placement: Placement) -> MealManner | None:
    """Return how cards become meals at a terminal of this placement; None where they do not."""
    if PLACEMENT_OF.get(table.kind) is not placement:
        return None
    return MealManner(table.double_tap_min * _MINUTE_NS, table.unknown == "meal")


def meals_warning(table: MealsTable, who: Identity) -> Text | None:
    """Return what is to be said where the table does not fit the terminal's placement; None where it does."""
    wanted = PLACEMENT_OF.get(table.kind)
    if wanted is None or wanted is who.placement:
        return None
    return Text(
        f"[meals] kind = {table.kind} 需要{'机构' if wanted is Placement.STATION else '随身'}终端；此终端不记用餐",
        f"[meals] kind = {table.kind} wants a {wanted.name.lower()} terminal; this one takes no meals",
    )
