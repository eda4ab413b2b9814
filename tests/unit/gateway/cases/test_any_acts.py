"""Whatever people do, in whatever order: a case and its corrections keep their promises.

A correction and its withdrawal give the outcome before, byte for byte.
"""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.witnessed import HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.cases import life
from zhendao.gateway.cases.corrections import (
    Deed,
    Standing,
    Wanted,
    answered,
    counting,
    deed_of,
    folded,
    proposed,
)
from zhendao.gateway.cases.errors import CaseError
from zhendao.gateway.cases.outages import NOTHING, Explained, When
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act, Case, Change, Decision, Side, State
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.writing import written
from zhendao.gateway.visits.corrected import standing
from zhendao.gateway.visits.drawing import policy_of

AT, HOUR = MORNING_MS, 3_600_000
TABLE = CasesTable()
KINDS = ("short", "no_out", "outside")
WHO = ("王芳", "李明", "张三")
DOWN = Explained("terminal_down", frozenset({"no_out"}))

steps = st.one_of(
    st.tuples(st.just("found"), st.sets(st.sampled_from(KINDS)), st.booleans()),
    st.tuples(st.just("heard"), st.sampled_from(Side), st.booleans()),
    st.tuples(st.just("decided"), st.sampled_from(Decision), st.sampled_from(("other_time", "terminal_down"))),
    st.tuples(st.just("time"), st.integers(0, 40), st.booleans()),
)


def stepped(case: Case, step: tuple[str, object, object], now_ms: int) -> Change:
    match step:
        case ("found", set() as kinds, why):
            covered = DOWN if why and "no_out" in kinds else NOTHING
            return life.renewed(case, kinds, covered, now_ms, TABLE)
        case ("heard", Side() as side, bool(reached)):
            return life.heard(case, side, "说了", "王芳", now_ms, reached=reached)
        case ("decided", Decision() as how, str(reason)):
            return life.decided(case, how, reason, "", "李明", now_ms)
    return life.overdue(case, now_ms)


@given(st.lists(steps, max_size=25))
def test_whatever_happens_to_a_case_it_keeps_its_promises(several: list[tuple[str, object, object]]) -> None:
    when = When(b"d" * 16, AT, None, 2 * HOUR)
    case, now_ms = life.opened(b"v" * 16, when, {"short"}, ("E", "C", "red"), NOTHING, AT, TABLE).case, AT
    for step in several:
        now_ms += step[1] * HOUR if isinstance(step[1], int) else 1
        try:
            change = stepped(case, step, now_ms)
        except CaseError:
            continue
        before, case = case, change.case
        # Whatever is another state, or other findings to be answered, is a line of the log.
        silent = before.state is case.state and (before.kinds == case.kinds or not case.waits)
        assert change.entries or silent
        assert all(entry.at_ms == now_ms for entry in change.entries)
        assert (case.closed_ms is None) is case.waits
        assert case.waits is False or case.due_ms > case.opened_ms
        if case.state is State.DECIDED:
            assert case.decision is not None
            if before.state is not State.DECIDED:
                by_system = case.reason == "terminal_down" and case.decision is Decision.ACKNOWLEDGED
                assert case.heard == set(Side) or (by_system and case.kinds <= case.explains)
            assert not (case.decision is Decision.UPHELD and case.settled <= case.explains)
        if case.waits:
            assert case.kinds
            assert case.due_ms > now_ms or case.state is State.ESCALATED or step[0] != "time"


def acts_of(draw: Iterable[tuple[int, Act, str]]) -> tuple[list[Deed], dict[int, Standing]]:
    """Return the acts that were taken of those that were tried, and how the corrections stand."""
    deeds, stand = list[Deed](), dict[int, Standing]()
    for number, act, by in draw:
        try:
            if number not in stand:
                wanted = Wanted(b"v" * 16, None, AT + number * HOUR, (AT, None), "no_check_out", "她在场")
                deed = proposed(number, wanted, "", by, AT + 9 * HOUR, None, TABLE)
            else:
                deed = answered(stand[number], act, by, "", AT + 9 * HOUR)
        except CaseError:
            continue
        deeds.append(deed)
        stand = folded([deed], stand)
    return deeds, stand


tried = st.tuples(st.integers(1, 3), st.sampled_from([Act.APPROVED, Act.REFUSED, Act.WITHDRAWN]), st.sampled_from(WHO))


@given(st.lists(tried, max_size=20), st.integers(0, 20))
def test_corrections_follow_from_their_acts_alone_and_count_by_two_people(
    draw: list[tuple[int, Act, str]], cut: int
) -> None:
    deeds, stand = acts_of(draw)
    kept = [deed_of(one.document()) for one in deeds]
    assert folded(kept[cut:], folded(kept[:cut])) == stand
    for one in counting(stand.values()):
        by = [deed.by for deed in kept if deed.number == one.number and deed.act in {Act.PROPOSED, Act.APPROVED}]
        assert len(set(by)) == 2
    gone = [number for number, one in stand.items() if one.act is Act.WITHDRAWN]
    assert not {one.number for one in counting(stand.values())} & set(gone)


@pytest.fixture(scope="module")
def judge() -> Judge:
    home = Witness()
    home.come(0)
    home.leave(HOUR_S, 1)
    home.come(3 * HOUR_S)
    home.leave(3 * HOUR_S + 5 * MINUTE_S, 3)
    home.come(6 * HOUR_S)
    made = Judge(known(), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        made.take(fact)
    return made


times = st.one_of(st.none(), st.integers(-6, 9 * 6).map(lambda tens: AT + tens * 10 * MINUTE_S * 1000))


@given(st.lists(st.tuples(st.integers(0, 2), times, times), min_size=1, max_size=4))
def test_a_correction_and_its_withdrawal_give_the_outcome_before(
    judge: Judge, asked: list[tuple[int, int | None, int | None]]
) -> None:
    as_of_ms = AT + 12 * HOUR
    judge.correct({})
    first = judge.judged(as_of_ms)
    before = b"".join(written(first))
    deeds = list[Deed]()
    for number, (which, begin, end) in enumerate(asked, 1):
        visit = first.visits[which]
        seen = (visit.begin_ms, visit.end_ms)
        wanted = Wanted(visit.visit_id, begin, end, seen, "no_check_out", "她在场")
        try:
            deed = proposed(number, wanted, "", WHO[0], as_of_ms, None, TABLE)
        except CaseError:
            continue
        deeds += [deed, answered(folded([deed])[number], Act.APPROVED, WHO[1], "", as_of_ms)]
    judge.correct(standing(counting(folded(deeds).values())))
    after = judge.judged(as_of_ms)
    assert (b"".join(written(after)) == before) is not bool(deeds)
    for was, now in zip(first.visits, after.visits, strict=True):
        assert (was.visit_id, was.record["in"], was.record["out"]) == (
            now.visit_id,
            now.record["in"],
            now.record["out"],
        )
    deeds += [answered(one, Act.WITHDRAWN, WHO[2], "", as_of_ms) for one in folded(deeds).values()]
    judge.correct(standing(counting(folded(deeds).values())))
    assert b"".join(written(judge.judged(as_of_ms))) == before
