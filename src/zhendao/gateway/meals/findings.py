"""What is worth a look in meals: one elder at two points, cards tapped in a batch, a point that is elsewhere. Pure.

Promise: each is a hint for people and decides nothing; what rests on a pattern says how often the same is seen of
everybody else, and is for review alone. rule: MEAL-DEAD, MEAL-POINT
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.values import MEALS, Meals, State, Told
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
    return found_among(sorted(meals, key=lambda one: (one.told.day, one.told.at_ms, one.told.id)), rules)


def found_among(meals: Iterable[Meals], rules: MealRules) -> list[MealFinding]:
    """Do as `found_in` with ``meals`` that come by day, time and id; no more than a day of them is held at a time."""
    found: list[MealFinding] = []
    batches = _Batches(rules)
    for _, group in groupby(meals, key=lambda one: one.told.day):
        several = list(group)
        found += _singly(several, {one.told.id: one for one in several})
        for one in several:
            batches.take(one)
    return sorted([*found, *batches.found()], key=lambda one: (one.day, one.kind, one.at_ms, one.ids))


def _singly(several: Iterable[Meals], by_id: Mapping[bytes, Meals]) -> Iterator[MealFinding]:
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


class _Batches:
    """Runs of cards at one terminal, each within seconds of the one before: nobody eats as fast as that."""

    def __init__(self, rules: MealRules) -> None:
        self._rules = rules
        self._open: dict[bytes, list[Told]] = {}
        self._runs: list[list[Told]] = []
        self._cards: Counter[bytes] = Counter()

    def take(self, one: Meals) -> None:
        """Take a record, no earlier than those before it."""
        told = one.told
        if told.device is None or "card" not in told.by or "undated" in told.flags:
            return
        self._cards[told.device] += 1
        run = self._open.get(told.device)
        if run is None or told.at_ms - run[-1].at_ms > self._rules.batch_gap_ms:
            self._close(run or [])
            run = self._open[told.device] = []
        run.append(told)

    def _close(self, run: list[Told]) -> None:
        if len({one.elder_id or one.household for one in run}) >= self._rules.batch_cards:
            self._runs.append(run)

    def found(self) -> Iterator[MealFinding]:
        """Give what was found; with how many cards of other terminals are such."""
        for run in self._open.values():
            self._close(run)
        inside: Counter[bytes] = Counter()
        for run in self._runs:
            inside[run[0].device or b""] += len(run)
        cards, runs = self._cards.total(), inside.total()
        for run in self._runs:
            first, last = run[0], run[-1]
            device = first.device or b""
            others = cards - self._cards[device]
            base = 1000 * (runs - inside[device]) // others if others else 0
            seconds = (last.at_ms - first.at_ms) // 1000
            text = Text(
                f"{len(run)} 张卡在 {seconds} 秒内依次刷过；其他终端的卡有 {base}‰ 如此，仅供复核",
                f"{len(run)} cards within {seconds} s; of the cards at other terminals {base} in a thousand are such:"
                " for review alone",
            )
            ids = tuple(one.id for one in run)
            least = self._rules.batch_cards - 1
            yield MealFinding(
                BATCH, first.day, first.at_ms, first.point, None, len(run), least, "cards", text, ids, base
            )
