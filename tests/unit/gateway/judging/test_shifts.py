"""Re-checks within a shift are one visit, and a pause longer than agreed ends it. rule: TIME, SERVICES."""

from dataclasses import replace

from samples.witnessed import BINA, HOUR_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.visits.drawing import policy_of


def judged(home: Witness, every_s: int | None = 2 * HOUR_S, as_of_s: int | None = None) -> Judged:
    rechecked = {} if every_s is None else {"BATH": every_s * 1000}
    judge = Judge(known(), replace(policy_of(VisitsTable()), rechecked_ms=rechecked), 10_000)
    for fact in home.facts:
        judge.take(fact)
    return judge.judged(None if as_of_s is None else MORNING_MS + as_of_s * 1000)


def shape(found: Judged) -> list[tuple[int, list[int], int | None]]:
    return [
        (one.record["in"]["seq"], [each["seq"] for each in one.record.get("rechecks", ())], one.record["duration_s"])
        for one in found.visits
    ]


def long_day() -> Witness:
    """Five checks, of which the terminal makes ins and outs as they come; the last pause is too long."""
    home = Witness()
    home.come(0)
    home.leave(2 * HOUR_S, 1)
    home.come(4 * HOUR_S)
    home.leave(5 * HOUR_S, 3)
    home.come(7 * HOUR_S + 1)
    return home


def test_checks_within_a_shift_are_one_visit_whatever_their_direction() -> None:
    found = judged(long_day())
    assert shape(found) == [(1, [2, 3], 5 * HOUR_S), (5, [], None)]
    assert not {"reversed", "no_in", "doubled"} & {flag["flag"] for one in found.visits for flag in one.record["flags"]}
    assert len(found.names) == 3


def test_who_stands_in_makes_re_checks_too() -> None:
    home = Witness()
    home.come(0, BINA)
    home.leave(2 * HOUR_S, 1, BINA)
    home.come(4 * HOUR_S, BINA)
    assert shape(judged(home)) == [(1, [2], 4 * HOUR_S)]


def test_without_an_agreement_they_are_pairs() -> None:
    assert shape(judged(long_day(), every_s=None)) == [(1, [], 2 * HOUR_S), (3, [], HOUR_S), (5, [], None)]


def test_a_check_that_was_taken_back_is_no_recheck_and_a_doubled_tap_is_none() -> None:
    home = Witness()
    home.come(0)
    home.come(20)
    home.undo(home.leave(HOUR_S, 1), HOUR_S + 5)
    home.leave(2 * HOUR_S, 1)
    found = judged(home)
    assert shape(found) == [(1, [], 2 * HOUR_S)]
    assert "doubled" in {flag["flag"] for flag in found.visits[0].record["flags"]}


def test_a_shift_of_one_check_is_open_and_then_without_an_end() -> None:
    home = Witness()
    home.come(0)
    assert [one.state for one in judged(home, as_of_s=HOUR_S).visits] == ["open"]
    assert "no_out" in [one.kind for one in judged(home, as_of_s=2 * HOUR_S).findings]
