"""What a meal is recorded as: the cards that were held there, the point's code, the position, and which meal it is.

rule: MEAL-POINT. Promise: which meal it is is said only where the clock may be believed; the gateway says it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.attending import Attendant
from zhendao.device.clock.local import minute_of, zone
from zhendao.device.meals.settings import manner
from zhendao.device.saying import DayClocks
from zhendao.protocol.bodies import Meal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.device.attending import Around
    from zhendao.device.desk import Desk
    from zhendao.device.taps.decisions import MakeMeal


def meals(around: Around) -> Meals | None:
    """Return what attends to meals; None where this terminal takes none."""
    return None if manner(around.settings.meals, around.who.placement) is None else Meals(around)


class Meals(Attendant):
    """Of one terminal; used on the event loop only."""

    def __init__(self, around: Around) -> None:
        self._around, self._table = around, around.settings.meals
        self._clocks, self._where = DayClocks(around.time, around.settings), zone(around.settings.terminal.time_zone)
        self._taken = 0

    def meet(self, desk: Desk, others: tuple[Attendant, ...]) -> None:
        """Tell the desk what a meal is recorded as."""
        del others
        desk.on_meal = self.body

    def body(self, made: MakeMeal) -> Meal:
        """Return the body of the event."""
        self._taken += 1
        now_ns = self._around.clock.mono_ns()
        wall_ms = self._clocks.now().wall_ms(now_ns)
        return Meal(
            elder=made.card,
            place_code=self._table.place_code or None,
            fix=self._around.time.fix(now_ns),
            meal=None if wall_ms is None else self._table.number(minute_of(wall_ms, self._where)),
            door=made.door,
            placement=self._around.who.placement,
        )

    def counters(self) -> Mapping[str, int]:
        """Return how many meals were taken in this process."""
        return {"meals": self._taken} if self._taken else {}
