"""Back-off and circuit for any history: waits bounded, growing, spread; nothing sent while open; success closes."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.forward.retry import Backoff, Circuit, Phase, Policy

POLICY = Policy(Backoff(base_ms=100, cap_ms=5_000), trip_after=3, rest_ms=1_000, asked_ms=60_000)
chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(-3, 10**6), chances)
def test_a_wait_is_never_negative_and_never_over_its_ceiling(attempt: int, chance: float) -> None:
    backoff = POLICY.backoff
    assert 0 <= backoff.delay_ms(attempt, chance) <= backoff.ceiling_ms(attempt) <= backoff.cap_ms
    assert backoff.ceiling_ms(attempt) <= backoff.ceiling_ms(attempt + 1)


def test_waits_are_spread_over_their_whole_length() -> None:
    backoff = Backoff(base_ms=100, cap_ms=5_000)
    assert backoff.delay_ms(2, 0.0) == 0
    assert backoff.delay_ms(2, 0.5) == 200
    assert backoff.delay_ms(9, 0.999) == 4_995


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000), chances, st.integers(0, 10**7)), max_size=30))
def test_any_history_leaves_a_circuit_that_tries_again(history: list[tuple[bool, int, float, int]]) -> None:
    circuit, now = Circuit(), 0
    in_a_row = 0
    for good, passed, chance, asked in history:
        now += passed
        if good:
            circuit, in_a_row = circuit.after_success(), 0
            assert circuit.phase(POLICY, now) is Phase.CLOSED
            continue
        circuit, in_a_row = circuit.after_failure(POLICY, now, chance, asked), in_a_row + 1
        wait = circuit.wait_ms(now)
        assert wait <= max(POLICY.backoff.cap_ms, POLICY.asked_ms)
        assert wait >= min(asked, POLICY.asked_ms)
        if in_a_row >= POLICY.trip_after:
            assert wait >= POLICY.rest_ms
        if wait:
            assert circuit.phase(POLICY, now + wait - 1) is Phase.OPEN
        after = circuit.phase(POLICY, now + wait)
        assert after is (Phase.TRYING if in_a_row >= POLICY.trip_after else Phase.CLOSED)
