"""What is worth a look in meals: one elder at two points, cards tapped in a batch, a point that is elsewhere. Pure.

Promise: each is a hint for people and decides nothing; what rests on a pattern says how often the same is seen of
everybody else, and is for review alone. rule: MEAL-DEAD, MEAL-POINT
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.values import MEALS, Meals, State
from zhendao.protocol.wording import Text

TWO_POINTS: Final = "meal_two_points"
BATCH: Final = "meal_batch"
AWAY: Final = "meal_away"
DEAD: Final = "meal_dead"
KINDS: Final = {
    TWO_POINTS: Text("同一餐两个助餐点", "one meal at two points"),
    BATCH: Text("集中刷卡", "cards in a batch"),
    AWAY: Text("远离登记地点", "away from the registered place"),
    DEAD: Text("已故老人用餐", "of somebody who had died"),
}


@dataclass(frozen=True, slots=True)
class MealFinding:
    """A hint: ``measured`` and ``expected`` in ``unit``; ``base_permille``: of everybody else's cards, in thousandths.

    ``ids``: the records that it is about.
    """

    kind: str
    day: str
    at_ms: int
    point: str | None
    elder_id: str | None
    measured: int | None
    expected: int | None
    unit: str
    text: Text
    ids: tuple[bytes, ...]
    base_permille: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        plain: dict[str, Any] = {
            "kind": self.kind,
            "day": self.day,
            "at_ms": self.at_ms,
            "point": self.point,
            "elder_id": self.elder_id,
            "measured": self.measured,
            "expected": self.expected,
            "unit": self.unit,
            "zh": self.text.zh,
            "en": self.text.en,
            "meals": [one.hex() for one in self.ids],
        }
        return plain if self.base_permille is None else plain | {"review": {"base_permille": self.base_permille}}


def found_in(meals: Iterable[Meals], rules: MealRules) -> list[MealFinding]:
    """Return what there is to look at in ``meals``, by day, kind and time."""
    several = list(meals)
    by_id = {one.told.id: one for one in several}
    found = [*_singly(several, by_id), *_batches(several, rules)]
    return sorted(found, key=lambda one: (one.day, one.kind, one.at_ms, one.ids))


def _singly(several: Iterable[Meals], by_id: dict[bytes, Meals]) -> Iterator[MealFinding]:
    for one in several:
        told = one.told
        where = (told.day, told.at_ms, told.point, told.elder_id)
        if one.state is State.ELSEWHERE:
            other = by_id.get(one.of or b"")
            apart = None if other is None else abs(told.at_ms - other.told.at_ms) // 60_000
            place = "" if other is None else other.told.point or "?"
            meal = MEALS[told.meal]
            text = Text(
                f"同一位老人{meal.zh}已在 {place} 计入，又在 {told.point or '?'} 有记录，相隔 {apart} 分钟",
                f"the elder's {meal.en} counts at {place}, and there is one at {told.point or '?'}, {apart} min apart",
            )
            yield MealFinding(
                TWO_POINTS, *where, apart, None, "min", text, (told.id, *(() if one.of is None else (one.of,)))
            )
        if one.state is State.DEAD:
            text = Text(
                f"老人{'于 ' + told.dead_on + ' 去世' if told.dead_on else '的登记已终止'}，{told.day} 仍有用餐记录",
                f"the elder {'died on ' + told.dead_on if told.dead_on else 'was registered no longer'},"
                f" and there is a meal of {told.day}",
            )
            yield MealFinding(DEAD, *where, None, None, "", text, (told.id,))
        if "away" in told.flags:
            text = Text(
                f"定位离登记地点 {told.distance_m} 米，误差不能解释",
                f"the fix is {told.distance_m} m from the registered place, which no error explains",
            )
            yield MealFinding(AWAY, *where, told.distance_m, None, "m", text, (told.id,))


def _batches(several: Iterable[Meals], rules: MealRules) -> Iterator[MealFinding]:
    """Give runs of cards at one terminal, each within seconds of the one before: nobody eats as fast as that."""
    by_device: dict[bytes, list[Meals]] = {}
    for one in several:
        if one.told.device is not None and "card" in one.told.by and "undated" not in one.told.flags:
            by_device.setdefault(one.told.device, []).append(one)
    runs = [run for held in by_device.values() for run in _runs(held, rules)]
    cards = {device: len(held) for device, held in by_device.items()}
    inside = dict.fromkeys(cards, 0)
    for run in runs:
        inside[run[0].told.device or b""] += len(run)
    for run in runs:
        first, last = run[0].told, run[-1].told
        device = first.device or b""
        others = sum(cards.values()) - cards[device]
        base = 1000 * (sum(inside.values()) - inside[device]) // others if others else 0
        seconds = (last.at_ms - first.at_ms) // 1000
        text = Text(
            f"{len(run)} 张卡在 {seconds} 秒内依次刷过；其他终端的卡有 {base}‰ 如此，仅供复核",
            f"{len(run)} cards within {seconds} s; of the cards at other terminals {base} in a thousand are such: for"
            " review alone",
        )
        ids = tuple(one.told.id for one in run)
        yield MealFinding(
            BATCH, first.day, first.at_ms, first.point, None, len(run), rules.batch_cards - 1, "cards", text, ids, base
        )


def _runs(held: list[Meals], rules: MealRules) -> Iterator[list[Meals]]:
    ordered = sorted(held, key=lambda one: (one.told.at_ms, one.told.id))
    run = ordered[:1]
    for before, one in pairwise(ordered):
        if one.told.at_ms - before.told.at_ms > rules.batch_gap_ms:
            yield from _enough(run, rules)
            run = []
        run.append(one)
    yield from _enough(run, rules)


def _enough(run: list[Meals], rules: MealRules) -> Iterator[list[Meals]]:
    if len({one.told.elder_id or one.told.household for one in run}) >= rules.batch_cards:
        yield run
