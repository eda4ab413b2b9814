"""Whether what a finding says is so in the truth, and whose doing it was.

Promise: a finding is right only where what it says was really so: `short` of a visit that really was short, `outside`
of a check that really was made elsewhere. That somebody cheats makes no finding right that says something else.
"""

from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import Final

from answers import PATTERNS
from truth import Stay, Truth

from zhendao.gateway.registry.snapshot import Registry


class Cause(StrEnum):
    """Whose doing it is that a finding is there."""

    PERSON = "person"
    OFFICE = "office"
    FAULT = "fault"
    MOOT = "moot"
    """Nothing in the truth makes it right or wrong: how long a visit took that nobody made."""
    WRONG = "wrong"


_FAULTS: Final = frozenset({"wrong_clock", "gnss_drift", "not_witnessed", "no_door_tag", "terminal_changed"})
_NOT_HERS: Final = frozenset({"gnss_drift", "wrong_address"})
"""A fix that lies, or a registry that does: no check was made elsewhere."""
_ELSEWHERE: Final = frozenset({"removed_door_tag", "cloned_uid", "harvested_sun", "moved_terminal"})
_NOT_THERE: Final = _ELSEWHERE | {"phantom", "lent_card", "booked_under_others"}
_NOBODY_STAYED: Final = _ELSEWHERE | {"phantom", "staged_double_taps"}
_OF_STAYS: Final = frozenset({"short", "long", "no_in", "no_out"})
_ODD_TAPS: Final = frozenset(
    {"forgotten_out", "forgotten_in", "double_tap", "carried_over", "other_card", "wrong_door", "recheck_forgotten"}
)
"""What she did leaves a check without its other half."""
_OTHER_HOURS: Final = frozenset({"late", "substitute", "extra_visit"})
_SLACK_MS: Final = 25 * 60_000
_SLIGHT_MS: Final = 2 * 60_000
"""From the door to the check: so much may a stay and its checks differ."""
_LET_IN_MS: Final = 8 * 60_000
"""Who found nobody and took her check back may have waited so long at the door."""


def touched(stays: Iterable[Stay]) -> bool:
    """Tell whether a fault of ours touched any of ``stays``."""
    return any(one.outages or one.mistakes & _FAULTS for one in stays)


class Rightness:
    """Answers for one city."""

    def __init__(self, truth: Truth, registry: Registry) -> None:
        self._truth, self._registry = truth, registry
        self._beside = _neighbours(truth.stays)
        self._habits: dict[str, set[str]] = {}
        for one in truth.stays:
            if one.fraud is not None:
                for name in (one.caregiver, one.by, one.booked):
                    if name is not None:
                        self._habits.setdefault(name, set()).add(one.fraud)

    def of_visit(self, kind: str, stays: list[Stay], *, asks_a_person: bool) -> Cause:
        """Return whose doing a finding of ``kind`` about a visit is; ``stays``: what its checks belong to.

        What nobody at the door did is no mistake of a finding that asks nobody at the door (``asks_a_person``).
        """
        if any(self._by_person(kind, one) for one in stays):
            return Cause.PERSON
        if any(self._by_office(kind, one) for one in stays):
            return Cause.OFFICE
        if self._moot(kind, stays):
            return Cause.MOOT
        excused = kind == "outside" and not asks_a_person and any(one.mistakes & _NOT_HERS for one in stays)
        return Cause.FAULT if excused or any(_by_fault(kind, one) for one in stays) else Cause.WRONG

    @staticmethod
    def _moot(kind: str, stays: Iterable[Stay]) -> bool:
        """Tell whether it is about the stay of somebody who was not there, or of whom a lent card came along with."""
        return any(one.fraud == "lent_card" or (one.fraud in _NOBODY_STAYED and kind in _OF_STAYS) for one in stays)

    def _by_person(self, kind: str, stay: Stay) -> bool:
        test = _TESTS.get(kind)
        return test is not None and test(self, stay)

    def _by_office(self, kind: str, stay: Stay) -> bool:
        if kind == "unlicensed":
            return self._organisation(stay) in self._truth.unlicensed
        return kind == "papers" and bool({stay.booked, stay.by} & self._truth.expired)

    def of_people(self, kind: str, names: Collection[str]) -> Cause:
        """Return the same of a pattern that names caregivers: right where one of them has that habit."""
        fraud = next((fraud for fraud, pattern in PATTERNS.items() if pattern == kind), None)
        return Cause.PERSON if any(fraud in self._habits.get(name, ()) for name in names) else Cause.WRONG

    def of_terminal(self, elder: str | None) -> Cause:
        """Return the same of a finding that the terminal in the home of ``elder`` is not where it was."""
        return Cause.PERSON if elder in self._truth.moved else Cause.WRONG

    def of_plan(self, stays: Iterable[Stay]) -> Cause:
        """Return the same of an agreed visit that is said to have been missed; ``stays``: the truth about it."""
        held = list(stays)
        if any(not one.happened or "no_card" in one.mistakes for one in held):
            return Cause.PERSON
        return Cause.FAULT if touched(held) else Cause.WRONG

    def organisation(self, kind: str, organisation: str) -> Cause:
        """Return the same of a finding about an organisation."""
        held = {"over_capacity": self._truth.over_capacity, "unlicensed": self._truth.unlicensed}.get(kind, frozenset())
        return Cause.OFFICE if organisation in held else Cause.WRONG

    def _organisation(self, stay: Stay) -> str | None:
        found = self._registry.caregiver(stay.booked or stay.caregiver, stay.planned[0])
        return found.organisation if found is not None else None

    def limits_ms(self, stay: Stay) -> tuple[int, int]:
        """Return the least and the most of its service."""
        service = self._registry.service(stay.service, stay.planned[0])
        return (service.min_s * 1000, service.max_s * 1000) if service is not None else (0, 1 << 60)

    def was_short(self, stay: Stay) -> bool:
        """Tell whether somebody was there for less than the least time, or left no proof that it was one stay."""
        if "recheck_forgotten" in stay.mistakes:
            return True
        lasted = _lasted(stay)
        slight_ms = _LET_IN_MS if "taken_back" in stay.mistakes else _SLIGHT_MS
        return lasted is not None and lasted < self.limits_ms(stay)[0] + slight_ms

    def was_long(self, stay: Stay) -> bool:
        """Tell whether somebody was there for more than the most, or one of the checks of it is not there."""
        lasted = _lasted(stay)
        over = lasted is not None and lasted > self.limits_ms(stay)[1] - _SLIGHT_MS
        return over or bool(stay.mistakes & _ODD_TAPS)

    def in_two_places(self, stay: Stay) -> bool:
        """Tell whether her card was where she was not, here or at the visit next to it."""
        near = (stay, *self._beside.get(stay, ()))
        return bool(stay.beside) or any(one.fraud in _NOT_THERE for one in near)


def _lasted(stay: Stay) -> int | None:
    return None if stay.from_ms is None or stay.to_ms is None else stay.to_ms - stay.from_ms


def _neighbours(stays: Iterable[Stay]) -> dict[Stay, list[Stay]]:
    """Return, of each visit, those booked to the same caregiver right before and after it."""
    lists: dict[str, list[Stay]] = {}
    for one in stays:
        if one.booked is not None and one.facts:
            lists.setdefault(one.booked, []).append(one)
    found: dict[Stay, list[Stay]] = {}
    for several in lists.values():
        several.sort(key=lambda one: one.from_ms or one.planned[0])
        for at, one in enumerate(several):
            found[one] = several[max(0, at - 1) : at] + several[at + 1 : at + 2]
    return found


def _by_fault(kind: str, stay: Stay) -> bool:
    """Tell whether a fault of ours explains a finding of ``kind``: what was not witnessed is missing, a clock lies."""
    if kind in {"no_in", "no_out", "long"}:
        return bool(stay.mistakes & {"not_witnessed", "no_door_tag"})
    return kind == "clock" and "wrong_clock" in stay.mistakes


_Test = Callable[[Rightness, Stay], bool]


def _odd(right: Rightness, stay: Stay) -> bool:
    del right
    alone = len(stay.facts) == 1 and "not_witnessed" not in stay.mistakes
    return alone or bool(stay.mistakes & _ODD_TAPS)


def _off_hours(right: Rightness, stay: Stay) -> bool:
    """Tell whether it began off its hours, or was another's duty, or nobody cared for hours at all."""
    del right
    begin_ms = stay.from_ms if stay.from_ms is not None else stay.planned[0]
    off = not stay.planned[0] - _SLACK_MS <= begin_ms <= stay.planned[1]
    late = begin_ms > stay.planned[0] + _SLACK_MS
    return off or late or bool(stay.mistakes & (_ODD_TAPS | _OTHER_HOURS)) or stay.fraud is not None


_TESTS: Final[dict[str, _Test]] = {
    "short": Rightness.was_short,
    "long": Rightness.was_long,
    "no_out": _odd,
    "no_in": _odd,
    "outside": lambda _, stay: stay.fraud in _ELSEWHERE,
    "foreign_door": lambda _, stay: stay.fraud == "removed_door_tag",
    "overlap": Rightness.in_two_places,
    "travel": Rightness.in_two_places,
    "replayed": lambda _, stay: stay.fraud == "harvested_sun",
    "cloned": lambda _, stay: stay.fraud in {"cloned_uid", "harvested_sun"},
    "off_schedule": _off_hours,
    "unbound": lambda _, stay: (
        stay.booked != stay.caregiver
        or stay.fraud in {"removed_door_tag", "lent_card"}
        or "wrong_door" in stay.mistakes
    ),
    "booked_under_others": lambda _, stay: stay.fraud == "booked_under_others",
    "cards_together": lambda _, stay: stay.fraud == "lent_card",
    "minute_regular": lambda _, stay: stay.fraud == "staged_double_taps",
}
