"""Checks, planned re-opens and slowness: decided by a clock that is handed in."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.upkeep import SECOND, Task, Upkeep, UpkeepSettings

HOUR = 3600 * SECOND


def test_a_check_a_minute() -> None:
    upkeep = Upkeep(UpkeepSettings())
    upkeep.opened(5 * SECOND)
    rounds = [upkeep.due(5 * SECOND + n * SECOND // 10, None) for n in range(3 * 600 + 1)]
    assert [n for n, task in enumerate(rounds) if task is Task.CHECK] == [600, 1200, 1800]
    assert Task.REOPEN not in rounds


def test_a_planned_reopen_waits_until_nobody_is_there() -> None:
    upkeep = Upkeep(UpkeepSettings())
    upkeep.opened(0)
    late = 7 * HOUR
    assert upkeep.due(late, late - 29 * SECOND) is not Task.REOPEN
    assert upkeep.due(late, late - 30 * SECOND) is Task.REOPEN
    assert upkeep.due(late, None) is Task.REOPEN
    upkeep.opened(late)
    assert upkeep.due(late, None) is Task.NOTHING


def test_never_is_never() -> None:
    upkeep = Upkeep(UpkeepSettings(reopen_ns=0))
    assert upkeep.due(10_000 * HOUR, None) is Task.CHECK


def test_polling_that_slows_down_leads_to_one_reopen_in_ten_minutes() -> None:
    upkeep = Upkeep(UpkeepSettings())
    upkeep.opened(0)
    slow, quick = SECOND, SECOND // 100
    assert [upkeep.dragging(n, slow) for n in range(3)] == [False, False, True]
    assert not any(upkeep.dragging(n * SECOND, slow) for n in range(600))
    assert [upkeep.dragging(600 * SECOND + n, slow) for n in range(3)].count(True) == 1
    assert not any(upkeep.dragging(HOUR + n, took) for n, took in enumerate([slow, slow, quick] * 9))


@given(st.lists(st.tuples(st.integers(0, HOUR), st.booleans()), max_size=50))
def test_whatever_comes_and_goes_no_reopen_disturbs_anybody(steps: list[tuple[int, bool]]) -> None:
    settings = UpkeepSettings(reopen_ns=HOUR)
    upkeep, now, changed = Upkeep(settings), 0, None
    upkeep.opened(0)
    opened = 0
    for later, somebody in steps:
        now += later
        changed = now if somebody else changed
        task = upkeep.due(now, changed)
        if task is Task.REOPEN:
            assert now - opened >= HOUR
            assert changed is None or now - changed >= settings.quiet_ns
            upkeep.opened(now)
            opened = now
        elif now - opened >= HOUR:
            assert changed is not None
            assert now - changed < settings.quiet_ns
