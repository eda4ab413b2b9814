"""The ladder: its steps in order, every wait bounded, any history of failures leads on."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.ladder import LONGEST_WAIT_S, RETRIES, Ladder, Step


def test_steps_in_order() -> None:
    ladder = Ladder(resettable=True)
    assert [ladder.failed(port_lost=False) for _ in range(RETRIES + 1)] == [Step.RETRY] * RETRIES + [Step.REOPEN]
    assert ladder.not_opened() is Step.RESET
    assert ladder.not_opened() is Step.WAIT
    assert ladder.wait_s() == 0.5
    assert ladder.not_opened() is Step.WAIT
    assert ladder.wait_s() == 1.0


def test_a_lost_port_is_opened_again_at_once() -> None:
    assert Ladder().failed(port_lost=True) is Step.REOPEN


def test_a_reader_that_opens_and_fails_again_waits() -> None:
    ladder = Ladder()
    assert ladder.failed(port_lost=True) is Step.REOPEN
    ladder.opened()
    assert ladder.failed(port_lost=True) is Step.WAIT
    ladder.worked()
    assert ladder.failed(port_lost=True) is Step.REOPEN


@given(st.booleans(), st.lists(st.sampled_from(["lost", "failed", "closed", "opened", "worked"]), max_size=60))
def test_any_history_has_a_next_step_and_a_bounded_wait(resettable: bool, history: list[str]) -> None:  # noqa: FBT001
    ladder = Ladder(resettable=resettable)
    for event in history:
        match event:
            case "lost" | "failed":
                assert ladder.failed(port_lost=event == "lost") in Step
            case "closed":
                assert ladder.not_opened() in {Step.RESET, Step.WAIT}
            case "opened":
                ladder.opened()
            case _:
                ladder.worked()
        assert 0.5 <= ladder.wait_s() <= LONGEST_WAIT_S
