"""The services of the city: their limits as the registry has them, and how often each is given. rule: SERVICES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Service:
    """One service: ``min_m`` … ``max_m`` minutes are lawful; ``usual`` minutes are booked (from, to).

    ``weekly``: on how many days of a week it may be given. ``share``: of a thousand bookings.
    """

    code: str
    title: str
    min_m: int
    max_m: int
    usual: tuple[int, int]
    weekly: tuple[int, ...]
    share: int
    profile: str = "visit"
    recheck_m: int | None = None
    """Within a visit there is a check at least every so many minutes: agreed in the policy, not in the registry."""


SERVICES: Final = (
    Service("助洁", "居家保洁", 60, 90, (65, 80), (1, 1, 2), 260),
    Service("助浴", "上门助浴", 40, 90, (50, 75), (1,), 90),
    Service("康复理疗", "康复理疗", 45, 90, (50, 70), (2, 3), 150),
    Service("家庭病床", "家庭病床护理", 30, 120, (45, 75), (2, 3), 110),
    Service("代办", "代办跑腿", 20, 90, (30, 60), (1,), 80),
    Service("巡访", "巡访关爱", 15, 60, (20, 35), (1, 2), 130),
    Service("护理", "长护险居家护理", 60, 120, (62, 75), (2, 3, 3), 180),
)
NIGHT: Final = Service("喘息服务", "夜间喘息服务", 240, 720, (500, 620), (1, 2), 0)
WATCH: Final = Service("守夜", "夜间守护", 240, 720, (500, 620), (1, 2), 0, recheck_m=180)
MEAL: Final = Service("助餐", "上门助餐", 15, 60, (22, 35), (3, 3), 0)
"""Twice a day with the same caregiver: at noon and in the evening."""
LIVING: Final = Service("住家", "住家照护", 60, 1_440, (960, 960), (7,), 0, "live-in")
"""She lives with the elder, and checks in once a day."""
ALL: Final = (*SERVICES, NIGHT, WATCH, MEAL, LIVING)
