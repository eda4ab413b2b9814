"""Hours of rest, how often a day, how far apart: whatever the order and however the clock was set. rule: REMIND."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.reminded import DAY, MINUTE, OFFSET_MS, at
from zhendao.gateway.plans.today import DAY_MS
from zhendao.gateway.reminders.limits import Limits, Told, Withheld, is_quiet, withheld

LIMITS = Limits("21:00-07:00", 2, 120 * MINUTE, 1, OFFSET_MS)


def why(now: str, *told: tuple[int, str], offline: bool = False, round_id: int | None = 9) -> Withheld | None:
    return withheld(LIMITS, [Told(one, at(when)) for one, when in told], round_id, at(now), offline=offline)


@pytest.mark.parametrize(("clock", "quiet"), [("20:59", False), ("21:00", True), ("06:59", True), ("07:00", False)])
def test_the_hours_of_rest_cross_midnight(clock: str, quiet: bool) -> None:  # noqa: FBT001
    assert is_quiet(LIMITS, at(clock)) is quiet
    assert (why(clock) is Withheld.QUIET) is quiet
    assert not is_quiet(Limits(None, 2, 0, 1, OFFSET_MS), at(clock))


def test_so_often_a_day_and_so_far_apart() -> None:
    assert why("10:00") is None
    assert why("10:00", (1, "08:01")) is Withheld.RECENT
    assert why("10:00", (1, "08:00")) is None
    assert why("20:00", (1, "08:00"), (2, "12:00")) is Withheld.OFTEN
    assert why("20:00", (1, "08:00"), (1, "08:02")) is None  # two ways of one round are one reminder
    assert why("10:00", (9, "09:59")) is None  # and the other ways of this round are no hindrance
    assert why("10:00", (9, "09:59"), round_id=None) is Withheld.RECENT


def test_while_a_terminal_is_offline_she_is_told_once() -> None:
    assert why("10:00", offline=True) is None
    assert why("20:00", (1, "08:00"), offline=True) is Withheld.OFFLINE
    hold = Limits("21:00-07:00", 2, 0, 0, OFFSET_MS)
    assert withheld(hold, [], 1, at("10:00"), offline=True) is Withheld.OFFLINE
    assert withheld(hold, [], 1, at("10:00"), offline=False) is None


moments = st.integers(DAY - 3 * DAY_MS, DAY + 3 * DAY_MS)


@given(
    st.lists(st.tuples(st.integers(1, 6), moments), max_size=40),
    st.integers(1, 4),
    st.integers(0, 300),
    st.sampled_from([None, "21:00-07:00", "12:00-13:00"]),
)
def test_whatever_is_asked_in_whatever_order_nothing_goes_out_that_must_not(
    asked: list[tuple[int, int]], most: int, apart_min: int, quiet: str | None
) -> None:
    limits = Limits(quiet, most, apart_min * MINUTE, 1, OFFSET_MS)
    out: list[Told] = []
    for round_id, now_ms in asked:  # the clock jumps to and fro
        if withheld(limits, out, round_id, now_ms, offline=False) is None:
            out.append(Told(round_id, now_ms))
    assert not any(is_quiet(limits, one.at_ms) for one in out)
    by_day: dict[int, set[int]] = {}
    for one in out:
        by_day.setdefault((one.at_ms + OFFSET_MS) // DAY_MS, set()).add(one.round_id)
    assert all(len(rounds) <= most for rounds in by_day.values())
    assert all(
        one.round_id == two.round_id or abs(one.at_ms - two.at_ms) >= limits.apart_ms for one in out for two in out
    )
