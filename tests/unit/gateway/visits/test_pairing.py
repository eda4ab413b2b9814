"""Pairing, case by case: what the field does with cards, and what is made of it. rule: TWO-TOKENS, TIME."""

from hypothesis import given
from hypothesis import strategies as st

from samples.taps import check
from zhendao.gateway.visits.moments import Moment
from zhendao.gateway.visits.pairing import CheckFact, Limits, Pair, pair
from zhendao.protocol.vocabulary import ClockSource, Direction

IN, OUT = Direction.IN, Direction.OUT
LIMITS = Limits(open_at_most_ms=16 * 3_600_000, doubled_within_ms=60_000)
HOUR_S = 3_600


def fact(
    seq: int, direction: Direction, at_s: int, opened_by: int | None = None, epoch: bytes = b"e", boot: bytes = b"b"
) -> CheckFact:
    moment = Moment(boot, at_s * 10**9, at_s * 1000, 50, ClockSource.NTP)
    return CheckFact(bytes(16), epoch, seq, bytes([seq]), moment, check(direction, opened_by), 0)


def shown(pairs: list[Pair]) -> list[tuple[int, int | None, set[str]]]:
    return [(one.first.seq, one.last.seq if one.last else None, set(one.signs)) for one in pairs]


def paired(*facts: CheckFact) -> list[tuple[int, int | None, set[str]]]:
    return shown(pair(facts, frozenset(), LIMITS))


def test_in_and_out_are_one_visit() -> None:
    assert paired(fact(1, IN, 0), fact(2, OUT, HOUR_S, 1)) == [(1, 2, set())]


def test_a_card_read_three_times_at_once_is_one_check() -> None:
    (one,) = pair([fact(1, IN, 0), fact(2, IN, 1), fact(3, IN, 2), fact(4, OUT, HOUR_S, 1)], frozenset(), LIMITS)
    assert ([c.seq for c in one.doubled], one.last and one.last.seq) == ([2, 3], 4)


def test_an_out_of_ten_seconds_is_doubled_unless_the_terminal_meant_it() -> None:
    assert paired(fact(1, IN, 0), fact(2, OUT, 10)) == [(1, None, set())]
    assert paired(fact(1, IN, 0), fact(2, OUT, 10, 1)) == [(1, 2, set())]


def test_an_out_read_twice_is_one() -> None:
    (one,) = pair([fact(1, IN, 0), fact(2, OUT, HOUR_S, 1), fact(3, OUT, HOUR_S + 5, 1)], frozenset(), LIMITS)
    assert [c.seq for c in one.doubled] == [3]


def test_two_ins_are_two_visits_the_first_without_an_end() -> None:
    assert paired(fact(1, IN, 0), fact(2, IN, HOUR_S)) == [(1, None, {"no_out"}), (2, None, set())]


def test_an_out_alone_is_kept_without_a_beginning() -> None:
    assert paired(fact(1, OUT, 0)) == [(1, None, {"no_in"})]
    assert paired(fact(3, OUT, 0, 2), fact(4, IN, HOUR_S)) == [(3, None, {"no_in"}), (4, None, set())]


def test_directions_of_a_terminal_that_forgot_are_put_right_by_order() -> None:
    other_life = fact(1, IN, HOUR_S, epoch=b"f")
    assert paired(fact(9, IN, 0), other_life) == [(9, 1, {"reversed"})]
    assert paired(fact(1, OUT, 0), fact(2, OUT, HOUR_S)) == [(1, 2, {"reversed"})]


def test_yesterdays_open_visit_takes_no_check_of_today() -> None:
    today = fact(2, OUT, 24 * HOUR_S, 1)
    assert paired(fact(1, IN, 0), today) == [(1, None, {"no_out"}), (2, None, {"no_in"})]


def test_a_visit_over_midnight_is_one() -> None:
    assert paired(fact(1, IN, 23 * HOUR_S), fact(2, OUT, 30 * HOUR_S, 1)) == [(1, 2, set())]


def test_a_step_of_the_wall_clock_changes_no_duration_within_a_boot() -> None:
    first, last = fact(1, IN, 0), fact(2, OUT, HOUR_S, 1)
    stepped = Moment(b"b", HOUR_S * 10**9, 10**12, 50, ClockSource.NTP)
    last = CheckFact(last.device, last.epoch, last.seq, last.h, stepped, last.body, 0)
    assert paired(first, last) == [(1, 2, set())]


@given(
    st.lists(st.tuples(st.sampled_from([IN, OUT]), st.integers(0, 100_000), st.booleans()), max_size=12),
    st.sets(st.integers(1, 12)),
)
def test_every_check_that_was_not_taken_back_is_in_exactly_one_visit(
    drawn: list[tuple[Direction, int, bool]], undone: set[int]
) -> None:
    at = 0
    facts = []
    for seq, (direction, wait_s, refers) in enumerate(drawn, 1):
        at += wait_s
        facts.append(fact(seq, direction, at, seq - 1 if refers and seq > 1 else None))
    pairs = pair(facts, frozenset((b"e", seq) for seq in undone), LIMITS)
    used = [one.seq for p in pairs for one in (p.first, *p.doubled, *([p.last] if p.last else []))]
    assert sorted(used) == [one.seq for one in facts if one.seq not in undone]
    assert len({p.visit_id for p in pairs}) == len(pairs)
