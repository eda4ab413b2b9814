"""The same facts, the same bytes: in any order, told twice, at one go or one by one (promise 4)."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from samples.witnessed import ANNA, BINA, DAY_S, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.facts import Fact
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.writing import written
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource

REGISTRY = known()


def a_few_days() -> list[Fact]:
    """Two homes: visits, an undone check, an end without a beginning, a boot that learns the time late, an opinion."""
    home = Witness()
    home.boot(-HOUR_S, b"b")
    came = home.come(0)
    home.come(5 * MINUTE_S, BINA)
    home.leave(70 * MINUTE_S, came)
    home.rate(came, 71 * MINUTE_S)
    home.undo(home.come(2 * HOUR_S), 2 * HOUR_S + 20)
    home.leave(3 * HOUR_S, 3, BINA)
    home.boot(DAY_S, b"c", source=ClockSource.UNSET)
    late = home.come(DAY_S + HOUR_S, source=ClockSource.UNSET)
    known_ms = MORNING_MS + (DAY_S + 2 * HOUR_S) * 1000
    home.add(Clock(ClockReason.ANCHOR, known_ms, 80, ClockSource.GNSS, 2 * HOUR_S * 10**9), DAY_S + 2 * HOUR_S)
    home.leave(DAY_S + 3 * HOUR_S, late)
    home.come(DAY_S + 9 * HOUR_S)
    other = Witness(device=b"o" * 16)
    other.leave(HOUR_S, 77)
    other.come(4 * HOUR_S, ANNA, received_s=9 * DAY_S)
    return [*home.facts, *other.facts]


FACTS = a_few_days()


def new() -> Judge:
    return Judge(REGISTRY, policy_of(VisitsTable()), 10_000)


def bytes_of(judge: Judge) -> bytes:
    return b"".join(written(judge.judged()))


def at_one_go() -> bytes:
    judge = new()
    for fact in FACTS:
        judge.take(fact)
    return bytes_of(judge)


WHOLE = at_one_go()


@settings(max_examples=40)
@given(st.permutations(range(len(FACTS))), st.sets(st.integers(0, len(FACTS) - 1)), st.sets(st.integers(0, 40)))
def test_order_doubling_and_batching_change_nothing(order: list[int], twice: set[int], pauses: set[int]) -> None:
    judge = new()
    for step, at in enumerate([*order, *twice]):
        judge.take(FACTS[at])
        if step in pauses:
            judge.draw()
    assert bytes_of(judge) == WHOLE


def test_event_by_event_is_the_same_as_at_one_go() -> None:
    shuffled = list(FACTS)
    Random(7).shuffle(shuffled)
    judge = new()
    for fact in shuffled:
        judge.take(fact)
        judge.judged()
    assert bytes_of(judge) == WHOLE


def test_a_fact_that_came_twice_counts_from_its_first_arrival() -> None:
    witness = Witness(delay_s=60)
    witness.come(0, source=ClockSource.UNSET)
    (late,) = witness.facts
    early = Fact(late.event, late.h, late.received_ms - 30_000)
    found = []
    for order in ((early, late), (late, early)):
        judge = new()
        for fact in order:
            judge.take(fact)
        found.append(b"".join(written(judge.judged(late.received_ms))))
    assert found[0] == found[1]
    assert f'"not_after_ms":{early.received_ms + 10_000}'.encode() in found[0]


def test_a_late_fact_draws_what_it_touches_and_nothing_else() -> None:
    late = next(fact for fact in FACTS if fact.event.seq == 4 and fact.event.device == FACTS[0].event.device)
    judge = new()
    for fact in FACTS:
        if fact is not late:
            judge.take(fact)
    judge.draw()
    judge.take(late)
    (changed,) = judge.draw()
    assert changed.pair is not None
    assert [one.seq for one in changed.pair.checks] == [2, 4]
    assert judge.draw() == []
    assert bytes_of(judge) == WHOLE
