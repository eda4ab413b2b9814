"""When a round is due, when it was missed, and until when what it owes may go out. rule: REMIND."""

from hypothesis import given
from hypothesis import strategies as st

from samples.reminded import DAY, MINUTE, OFFSET_MS, at, plan
from zhendao.gateway.plans.today import DAY_MS
from zhendao.gateway.reminders.times import in_window, slots_of


def test_a_time_of_day_is_due_within_its_window_and_then_missed() -> None:
    one = plan(at=(570, 840), late_min=15)
    assert list(slots_of([one], at("09:29"), OFFSET_MS)) == []
    (slot,) = slots_of([one], at("09:30"), OFFSET_MS)
    assert (slot.name, slot.due_ms) == ("all 2026-11-02 09:30", at("09:30"))
    assert slot.open_at(at("09:30"))
    assert slot.open_at(at("09:44"))
    assert not slot.open_at(at("09:45"))
    assert [one.name[-5:] for one in slots_of([one], at("14:00"), OFFSET_MS)] == ["09:30", "14:00"]


def test_what_is_owed_goes_out_within_the_window_of_its_day_alone() -> None:
    one = plan(late_min=30)
    assert in_window(one, at("23:50"), at("23:59"), OFFSET_MS)
    assert not in_window(one, at("23:50"), at("24:05"), OFFSET_MS)
    assert not in_window(one, at("09:30"), at("10:00"), OFFSET_MS)
    assert not in_window(one, at("09:30"), at("08:00"), OFFSET_MS)  # the clock was set back: it does not wait for hours


@given(st.integers(DAY, DAY + 2 * DAY_MS), st.lists(st.integers(0, 1439), min_size=1, max_size=6, unique=True))
def test_each_slot_has_come_and_is_of_today(now_ms: int, minutes: list[int]) -> None:
    slots = list(slots_of([plan(at=tuple(sorted(minutes)))], now_ms, OFFSET_MS))
    assert len({one.name for one in slots}) == len(slots)
    assert all(now_ms - DAY_MS < one.due_ms <= now_ms for one in slots)
    passed = (now_ms + OFFSET_MS) % DAY_MS // MINUTE
    assert len(slots) == sum(one <= passed for one in minutes)
