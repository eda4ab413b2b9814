"""The ladder: its steps in order, every wait bounded, any history of failures leads on."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.ladder import LONGEST_WAIT_S, RETRIES, WAITS, Ladder, Step

BOTH = (Step.RESET, Step.REBIND)


def test_steps_in_order() -> None:
    ladder = Ladder()
    assert [ladder.failed(BOTH, hopeless=False) for _ in range(RETRIES + 1)] == [Step.RETRY] * RETRIES + [Step.REOPEN]
    assert ladder.not_opened(BOTH) is Step.RESET
    assert ladder.not_opened(BOTH) is Step.REBIND
    assert ladder.not_opened(BOTH) is Step.WAIT
    assert ladder.wait_s() == 0.5
    assert ladder.not_opened(BOTH) is Step.WAIT
    assert ladder.wait_s() == 1.0
    assert [ladder.not_opened(BOTH) for _ in range(WAITS)] == [Step.WAIT] * (WAITS - 2) + [Step.RESET, Step.REBIND]


def test_a_rung_that_is_not_there_is_not_taken() -> None:
    ladder = Ladder()
    assert ladder.failed((), hopeless=True) is Step.REOPEN
    assert {ladder.not_opened(()) for _ in range(20)} == {Step.WAIT}
    ladder.worked()
    assert ladder.failed((Step.RESET,), hopeless=True) is Step.REOPEN
    assert ladder.not_opened((Step.RESET,)) is Step.RESET
    assert ladder.not_opened((Step.RESET,)) is Step.WAIT


def test_a_reader_that_was_never_open_climbs_too() -> None:
    assert [Ladder().not_opened(rungs) for rungs in ((), BOTH)] == [Step.WAIT, Step.RESET]


def test_a_reader_that_opens_and_fails_again_climbs_on() -> None:
    ladder = Ladder()
    assert ladder.failed((), hopeless=True) is Step.REOPEN
    assert ladder.failed((), hopeless=True) is Step.WAIT
    ladder.worked()
    assert ladder.failed((), hopeless=True) is Step.REOPEN


@given(
    st.lists(
        st.tuples(st.sampled_from(["lost", "failed", "closed", "worked"]), st.sets(st.sampled_from(BOTH))), max_size=60
    )
)
def test_any_history_has_a_next_step_and_a_bounded_wait(history: list[tuple[str, set[Step]]]) -> None:
    ladder, last = Ladder(), Step.REOPEN
    for event, there in history:
        rungs = tuple(step for step in BOTH if step in there)
        match event:
            case "lost" | "failed":
                last = ladder.failed(rungs, hopeless=event == "lost")
            case "closed":
                last = ladder.not_opened(rungs)
                assert last in {Step.WAIT, *rungs}
            case _:
                ladder.worked()
        assert last not in {Step.RESET, Step.REBIND} or last in rungs or event == "worked"
        assert 0.5 <= ladder.wait_s() <= LONGEST_WAIT_S


@given(st.sets(st.sampled_from(BOTH)), st.integers(0, 40))
def test_a_reader_that_stays_away_is_reported_within_four_steps_and_for_ever(there: set[Step], times: int) -> None:
    rungs = tuple(step for step in BOTH if step in there)
    ladder = Ladder()
    ladder.failed(rungs, hopeless=True)
    for _ in range(times):
        ladder.not_opened(rungs)
    assert Step.WAIT in [ladder.not_opened(rungs) for _ in range(len(rungs) + 1)]
