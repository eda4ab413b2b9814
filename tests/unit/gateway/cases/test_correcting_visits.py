"""A correction changes what a visit says, its withdrawal gives the bytes from before, and facts go before both."""

from dataclasses import replace

import pytest

from samples.witnessed import HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.writing import written
from zhendao.gateway.visits.corrected import Correction, corrected, standing
from zhendao.gateway.visits.drawing import policy_of
from zhendao.gateway.visits.judgement import Visit

AT = MORNING_MS


def judge_of(home: Witness) -> Judge:
    judge = Judge(known(), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    return judge


def bytes_of(judge: Judge, as_of_s: int) -> bytes:
    return b"".join(written(judge.judged(AT + as_of_s * 1000)))


def words(visit: Visit) -> set[str]:
    return {one["flag"] for one in visit.record["flags"]}


@pytest.fixture
def forgotten() -> Witness:
    """A check-in, and no check-out."""
    home = Witness()
    home.come(0)
    return home


def test_a_missing_end_is_corrected_and_what_was_witnessed_stands_beside_it(forgotten: Witness) -> None:
    judge = judge_of(forgotten)
    before = bytes_of(judge, 3 * HOUR_S)
    judged = judge.judged(AT + 3 * HOUR_S * 1000)
    (was,) = judged.visits
    assert [one.kind for one in judged.findings] == ["no_out"]
    judge.correct(standing([Correction(1, was.visit_id, None, AT + HOUR_S * 1000, "no_check_out", (AT, None))]))
    after = judge.judged(AT + 3 * HOUR_S * 1000)
    (now,) = after.visits
    assert (now.state, now.end_ms, now.record["duration_s"], after.findings) == ("closed", AT + 3_600_000, HOUR_S, ())
    assert words(now) == words(was) - {"no_out"} | {"corrected"}
    assert now.record["correction"]["witnessed"]["flags"] == [one["flag"] for one in was.record["flags"]]
    assert (now.record["in"], now.record["out"]) == (was.record["in"], was.record["out"])
    judge.correct({})
    assert bytes_of(judge, 3 * HOUR_S) == before


def test_a_corrected_time_is_judged_as_any_other(forgotten: Witness) -> None:
    judge = judge_of(forgotten)
    (was,) = judge.judged(AT + 3 * HOUR_S * 1000).visits
    short = Correction(1, was.visit_id, None, AT + 5 * MINUTE_S * 1000, "no_check_out", (AT, None))
    judge.correct(standing([short]))
    assert [(one.kind, one.off_by) for one in judge.judged(AT + 3 * HOUR_S * 1000).findings] == [("short", 1_500)]
    longer = Correction(2, was.visit_id, None, AT + HOUR_S * 1000, "no_check_out", (AT, None))
    judge.correct(standing([longer, short]))
    assert judge.judged(AT + 3 * HOUR_S * 1000).findings == ()


def test_a_fact_that_comes_later_goes_before_the_correction_and_a_flag_says_so(forgotten: Witness) -> None:
    judge = judge_of(forgotten)
    (was,) = judge.judged(AT + 3 * HOUR_S * 1000).visits
    judge.correct(standing([Correction(1, was.visit_id, None, AT + HOUR_S * 1000, "no_check_out", (AT, None))]))
    forgotten.leave(50 * MINUTE_S, 1, received_s=2 * HOUR_S)
    judge.take(forgotten.facts[-1])
    (now,) = judge.judged(AT + 3 * HOUR_S * 1000).visits
    assert (now.end_ms, now.record["duration_s"]) == (AT + 50 * MINUTE_S * 1000, 50 * MINUTE_S)
    assert "correction_outdated" in words(now)
    assert now.record["correction"]["counts"] is False


def test_a_correction_of_an_id_that_went_is_one_of_its_successor() -> None:
    home = Witness()
    home.come(0)
    home.leave(10 * MINUTE_S, 1)
    alone = judge_of(Witness(facts=home.facts[1:]))
    (lonely,) = alone.judged().visits
    both = judge_of(home)
    (whole,) = both.judged().visits
    assert lonely.visit_id != whole.visit_id
    seen = (whole.begin_ms, whole.end_ms)
    both.correct(standing([Correction(1, lonely.visit_id, None, AT + HOUR_S * 1000, "no_check_out", seen)]))
    assert both.judged().visits[0].record["duration_s"] == HOUR_S


def test_a_day_of_living_in_has_no_times_to_correct(forgotten: Witness) -> None:
    (was,) = judge_of(forgotten).judged(AT).visits
    lived = replace(was, record=was.record | {"profile": "live-in"})
    one = Correction(1, was.visit_id, None, AT + HOUR_S * 1000, "no_check_out", (AT, None))
    assert corrected(lived, standing([one])) is lived
    assert corrected(was, standing([one])) is not was
