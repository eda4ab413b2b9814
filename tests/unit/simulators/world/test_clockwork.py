from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.world.engine.clockwork import Clockwork


def test_what_is_due_at_once_happens_in_the_order_in_which_it_was_asked_for() -> None:
    clockwork, seen = Clockwork(), []
    for number in range(50):
        clockwork.at(7, lambda number=number: seen.append(number))
    clockwork.run(7)
    assert seen == list(range(50))


def test_time_leaps_to_what_happens_and_ends_where_it_was_told_to() -> None:
    clockwork, seen = Clockwork(), []
    clockwork.after(5, lambda: (seen.append(clockwork.now_ns), clockwork.after(3, lambda: seen.append("later"))))
    clockwork.run(7)
    assert (seen, clockwork.now_ns, clockwork.next_ns()) == ([5], 7, 8)
    clockwork.run(8)
    assert (seen, clockwork.now_ns, clockwork.next_ns()) == ([5, "later"], 8, None)


def test_what_is_past_happens_now_and_after_what_is_due_now() -> None:
    clockwork, seen = Clockwork(), []
    clockwork.run(100)
    clockwork.at(100, lambda: seen.append("first"))
    clockwork.at(3, lambda: seen.append(clockwork.now_ns))
    clockwork.run(100)
    assert seen == ["first", 100]


def test_what_is_called_off_never_happens_not_even_when_it_is_called_off_by_what_is_due_with_it() -> None:
    clockwork, seen = Clockwork(), []
    clockwork.at(1, lambda: second.cancel())  # noqa: PLW0108 - it is not there yet
    second = clockwork.at(1, lambda: seen.append("second"))
    third = clockwork.at(1, lambda: third.cancel())  # noqa: PLW0108 - as above
    clockwork.run(2)
    assert seen == []
    assert clockwork.next_ns() is None


def test_an_error_goes_through_and_the_clock_can_go_on() -> None:
    clockwork, seen = Clockwork(), []
    clockwork.at(1, lambda: 1 // 0)
    clockwork.at(2, lambda: seen.append("on"))
    try:
        clockwork.run(3)
    except ZeroDivisionError:
        assert clockwork.now_ns == 1
        clockwork.run(3)
    assert seen == ["on"]


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60), st.integers(1, 5))
def test_sweeping_what_was_called_off_changes_nothing(plan: list[tuple[int, bool]], copies: int) -> None:
    def history(many: int) -> list[int]:
        clockwork, seen = Clockwork(), []
        for number, (when, off) in enumerate(plan):
            timer = clockwork.at(when, lambda number=number: seen.append(number))
            for _ in range(many):
                clockwork.at(when, lambda: seen.append(-1)).cancel()
            if off:
                timer.cancel()
        clockwork.run(30)
        return seen

    assert history(0) == history(copies * 500)


def test_a_clock_whose_timers_are_called_off_again_and_again_does_not_grow() -> None:
    clockwork = Clockwork()
    for _ in range(100_000):
        clockwork.after(10**15, int).cancel()
    assert len(clockwork._heap) < 5000
