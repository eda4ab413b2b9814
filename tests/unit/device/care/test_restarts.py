"""How long a terminal waits that keeps ending soon after its start."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.care.restarts import LONGEST_S, WINDOW_S, Starts, wait_s


def test_a_crash_costs_nothing_and_a_loop_of_crashes_is_slowed_down(tmp_path: Path) -> None:
    now, waits = 1000.0, []
    for _ in range(9):
        waits.append(Starts(tmp_path).begin(now))
        now += 5
    assert waits == [0, 0, 0, 4, 8, 16, 32, 60, 60]
    Starts(tmp_path).ended_well()
    assert Starts(tmp_path).begin(now) == 0


def test_what_was_long_ago_or_belongs_to_another_boot_does_not_count() -> None:
    assert wait_s([1.0] * 9, 2.0 + WINDOW_S) == 0
    assert wait_s([5000.0] * 9, 10.0) == 0


def test_without_a_folder_or_with_rubbish_in_it_there_is_no_wait(tmp_path: Path) -> None:
    assert Starts(None).begin(1.0) == 0
    (tmp_path / "starts").write_bytes(b"\xff nonsense")
    assert Starts(tmp_path).begin(1.0) == 0
    assert Starts(tmp_path / "missing").begin(1.0) == 0


@given(st.lists(st.floats(0, 1e9)), st.floats(0, 1e9))
def test_no_wait_is_longer_than_the_longest(starts: list[float], now: float) -> None:
    assert 0 <= wait_s(starts, now) <= LONGEST_S
