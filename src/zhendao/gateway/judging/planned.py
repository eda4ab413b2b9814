"""When the visits of a schedule were to be: moments from days of the week and hours, local, across midnight. Pure.

rule: SERVICES. Kept as the plan of the day is (`gateway.plans`), so that a terminal and a judgement expect the same.
"""

from collections.abc import Iterable

from zhendao.gateway.plans.today import DAY_MS, Slot, local_day, times_of
from zhendao.gateway.registry.snapshot import Schedule
from zhendao.gateway.registry.validity import Valid


def planned_of(row: Valid[Schedule], at_ms: int, offset_ms: int, days: Iterable[int]) -> list[tuple[int, int]]:
    """Return begin and end (UTC ms) of what was to begin on the local day at ``at_ms`` and ``days`` from there.

    Only what begins while the row holds; a schedule without hours plans nothing. ``offset_ms`` east of Greenwich.
    """
    one = row.row
    if one.hours is None:
        return []
    slot = Slot(one.elder_id, one.caregiver_id, one.days, one.hours, row.from_ms, row.to_ms)
    found: list[tuple[int, int]] = []
    for shift in days:
        day = local_day(at_ms + shift * DAY_MS, offset_ms)
        found.extend(span for span in times_of(slot, day) if day.from_ms <= span[0] < day.to_ms)
    return found
