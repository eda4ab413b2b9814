"""The life of an alert in any order of things: only people end it, the elder hears the truth, nobody is forgotten."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.gateway.alerts import answering, life
from zhendao.gateway.alerts.errors import AlertError, ClosedError, TakenError
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.values import Alert, AlertKind, Fact, State, Urgency
from zhendao.gateway.ingest.steady import Now
from zhendao.protocol.vocabulary import AnswerState

TABLE = AlertsTable()
BEGAN = 1_790_000_000_000


def at(seconds: int) -> Now:
    return Now(BEGAN + seconds * 1000, BEGAN + seconds * 1000)


def fact(kind: AlertKind, seconds: int = 0, **how: object) -> Fact:
    when = BEGAN + seconds * 1000
    return Fact(kind, Urgency.CALL, bytes(16), bytes(16), 2 + seconds, bytes(32), when, when, **how)  # type: ignore[arg-type]  # by name


def begun(kind: AlertKind = AlertKind.SOS, **how: object) -> Alert:
    return life.begun(fact(kind, **how), None, None, at(0), TABLE).alert


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["nobody", "somebody", "press", "mistake", "told", "heard", "due", "ack", "other", "sent"]),
        st.integers(1, 90),
    ),
    max_size=25,
)


def _go(  # noqa: PLR0911 - one for each thing that may happen
    alert: Alert, what: str, seconds: int
) -> Alert:
    now = at(seconds)
    match what:
        case "nobody" | "somebody":
            return life.told_whom(alert, ["one"] if what == "somebody" else [], now, TABLE)[0].alert
        case "press" | "mistake":
            one = fact(alert.kind, seconds, mistake_of=2 if what == "mistake" else None)
            return life.joined(alert, one, now)
        case "told":
            return life.told(alert, "seat", now).alert
        case "heard":
            return answering.heard(alert, alert.said) if alert.said else alert
        case "due":
            return life.overdue(alert, now, TABLE)[0]
        case "sent":
            return answering.sent(alert, now, TABLE) if alert.answer_due_ms is not None else alert
    return life.acknowledged(alert, what, None, "", now).alert


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS, st.sampled_from([AlertKind.SOS, AlertKind.DURESS, AlertKind.MATTRESS]))
def test_whatever_happens_only_people_end_it_and_what_is_said_is_true(
    steps: list[tuple[str, int]], kind: AlertKind
) -> None:
    alert, seconds, first = begun(kind), 0, None
    for what, after in steps:
        seconds += after
        try:
            alert = _go(alert, what, seconds)
        except TakenError:
            assert first != what
        if what in {"ack", "other"}:
            first = first or what
        assert not alert.closed
        assert alert.acknowledged_by == first
        said = answering.answer_state(alert)
        assert (said is None) == (kind is not AlertKind.SOS)
        if said is not None:
            assert (said is AnswerState.RECEIVED) == (first is not None)
            assert (said is AnswerState.ESCALATED) <= (alert.reached > 0)
            # What is true and was not sent yet is due.
            assert alert.said == said or alert.answer_due_ms is not None
    ended = life.resolved(alert, "somebody", "", at(seconds), false_alarm=False).alert
    assert ended.state is State.RESOLVED
    with pytest.raises(ClosedError):
        life.acknowledged(ended, "late", None, "", at(seconds + 1))


def test_an_alert_that_nobody_has_is_always_due_again() -> None:
    alert, now = begun(), at(0)
    alert = life.told_whom(alert, ["one"], now, TABLE)[0].alert
    steps = []
    for _ in range(40):
        assert alert.due_ms is not None
        now = Now(alert.due_ms, alert.due_ms)
        alert, tell = life.overdue(alert, now, TABLE)
        if tell:
            steps.append(alert.step)
            alert = life.told_whom(alert, ["one"], now, TABLE)[0].alert
    assert steps[:4] == [1, 2, 3, 3]
    assert now.steady_ms - BEGAN <= 40 * TABLE.step_s * 1000


def test_the_same_person_may_take_it_again_with_other_minutes_which_the_elder_hears() -> None:
    taken = life.acknowledged(begun(), "Wang", 10, "", at(1)).alert
    assert life.acknowledged(taken, "Wang", None, "", at(2)).alert is taken
    later = life.acknowledged(answering.sent(taken, at(1), TABLE), "Wang", 20, "", at(3)).alert
    assert (later.minutes, later.answer_due_ms) == (20, at(3).steady_ms)


def test_a_press_long_after_somebody_took_it_is_a_new_call() -> None:
    taken = life.acknowledged(begun(), "Wang", 10, "", at(1)).alert
    assert life.joins(taken, fact(AlertKind.SOS, 300), TABLE)
    assert not life.joins(taken, fact(AlertKind.SOS, 700), TABLE)
    assert not life.joins(begun(), fact(AlertKind.SOS, 5, drill=True), TABLE)


def test_how_it_ended_is_said_for_an_hour_and_anew_to_a_terminal_that_comes_back() -> None:
    ended = life.resolved(begun(), "Wang", "", at(1), false_alarm=True).alert
    for _ in range(answering.MOST_TRIES + 5):
        if ended.answer_due_ms is None:
            break
        ended = answering.sent(ended, Now(ended.answer_due_ms, ended.answer_due_ms), TABLE)
    assert ended.answer_due_ms is None
    assert answering.is_back(ended, at(1_800), TABLE).answer_due_ms == at(1_800).steady_ms
    assert answering.is_back(ended, at(4_000), TABLE).answer_due_ms is None
    with pytest.raises(AlertError):
        life.resolved(ended, "Li", "", at(2), false_alarm=False)
