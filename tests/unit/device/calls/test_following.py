"""What is told of a call: only what is true, in any order in which answers come, and ever more rarely."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.calls import following
from zhendao.device.calls.book import Call, call_of, row
from zhendao.device.clock.stamp import Stamp
from zhendao.device.feedback.moment import Moment
from zhendao.device.inputs.settings import CallsTable
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import AnswerState, ClockSource, Kind

S = 1_000_000_000
TABLE = CallsTable()
CALL = Call(bytes(16), 7, Kind.SOS, 1000 * S)
PERSON = {Moment.SOS_RECEIVED, Moment.SOS_RESOLVED, Moment.INCIDENT_RECEIVED}


def reminded(one: following.Followed, until_ns: int, *, linked: bool) -> list[tuple[int, Moment]]:
    """Return what is told by itself up to ``until_ns``, and how many seconds after the call."""
    told: list[tuple[int, Moment]] = []
    while one.due_ns is not None and one.due_ns <= until_ns:
        now = one.due_ns
        assert following.due(one, now - 1, TABLE, linked=linked) is None
        found = following.due(one, now, TABLE, linked=linked)
        assert found is not None
        one, moment = found
        told.append(((now - CALL.made_ns) // S, moment))
    return told


def test_without_a_network_that_is_told_after_ten_seconds_and_ever_more_rarely() -> None:
    told = reminded(following.begun(CALL, TABLE), CALL.made_ns + 3600 * S, linked=False)
    assert [at for at, _ in told] == [10, 30, 70, 150, 310, 630, 1270, 2170, 3070]
    assert {moment for _, moment in told} == {Moment.SOS_OFFLINE}


def test_where_the_broker_is_there_and_nobody_answers_no_network_is_blamed() -> None:
    told = reminded(following.begun(CALL, TABLE), CALL.made_ns + 40 * S, linked=True)
    assert told == [(10, Moment.SOS_NOBODY_YET), (30, Moment.SOS_NOBODY_YET)]


def test_once_it_has_arrived_nobody_yet_is_told_after_a_minute() -> None:
    found = following.answered(following.begun(CALL, TABLE), AnswerState.ARRIVED, CALL.made_ns + S, TABLE)
    assert found is not None
    assert found[1] is Moment.SOS_ARRIVED
    told = reminded(found[0], CALL.made_ns + 400 * S, linked=False)
    assert told == [(61, Moment.SOS_NOBODY_YET), (181, Moment.SOS_NOBODY_YET)], "a link that is gone again is no news"


def test_when_a_person_has_it_no_more_is_told_by_itself() -> None:
    found = following.answered(following.begun(CALL, TABLE), AnswerState.RECEIVED, CALL.made_ns + S, TABLE)
    assert found is not None
    assert found[1] is Moment.SOS_RECEIVED
    assert found[0].due_ns is None
    assert following.answered(found[0], AnswerState.ARRIVED, CALL.made_ns + 2 * S, TABLE) is None, "late, and no news"


def test_when_the_person_has_it_no_more_it_is_told_after_a_minute_again() -> None:
    taken = following.answered(following.begun(CALL, TABLE), AnswerState.RECEIVED, CALL.made_ns + S, TABLE)
    assert taken is not None
    free = following.answered(taken[0], AnswerState.NOBODY_YET, CALL.made_ns + 2 * S, TABLE)
    assert free is not None
    assert reminded(free[0], CALL.made_ns + 200 * S, linked=True)[0] == (62, Moment.SOS_NOBODY_YET)


def test_who_took_it_back_hears_of_answers_and_is_not_reminded() -> None:
    back = following.taken_back(following.begun(CALL, TABLE))
    assert back.due_ns is None
    found = following.answered(back, AnswerState.NOBODY_YET, CALL.made_ns + S, TABLE)
    assert found is not None
    assert found[0].due_ns is None
    assert found[0].call.mistaken


def test_an_incident_has_words_of_its_own_and_is_silent_about_mere_arrival() -> None:
    incident = following.begun(replace(CALL, kind=Kind.INCIDENT), TABLE)
    assert following.recorded(incident.call) is Moment.INCIDENT_REPORTED
    arrived = following.answered(incident, AnswerState.ARRIVED, CALL.made_ns + S, TABLE)
    assert arrived is not None
    assert arrived[1] is None
    taken = following.answered(arrived[0], AnswerState.RECEIVED, CALL.made_ns + S, TABLE)
    assert taken is not None
    assert taken[1] is Moment.INCIDENT_RECEIVED
    assert following.again(taken[0], linked=True) is Moment.INCIDENT_RECEIVED


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(AnswerState), st.integers(1, 2000), st.just("again")), max_size=20),
    st.booleans(),
)
def test_a_person_is_named_only_when_a_person_has_it(acts: list[AnswerState | int | str], linked: bool) -> None:  # noqa: FBT001 - drawn
    one, now = following.begun(CALL, TABLE), CALL.made_ns
    known: AnswerState | None = None
    for act in acts:
        if isinstance(act, AnswerState):
            found = following.answered(one, act, now, TABLE)
            ended = known in following.ENDED
            assert found is None or not ended, "what has ended begins no more"
            if found is not None:
                one, known = found[0], act
                assert (found[1] in PERSON) == (act in {AnswerState.RECEIVED, *following.ENDED})
        elif act == "again":
            told = following.again(one, linked=linked)
            assert (told in PERSON) == (known in {AnswerState.RECEIVED, *following.ENDED})
        else:
            now += int(act) * S
            due = following.due(one, now, TABLE, linked=linked)
            if due is not None:
                one = due[0]
                assert known not in {AnswerState.RECEIVED, *following.ENDED}
                assert due[1] in {Moment.SOS_OFFLINE, Moment.SOS_NOBODY_YET}
                assert one.due_ns is not None
                assert one.due_ns > now


# -- the row

NOW = Stamp(b"b" * 16, 5000 * S, 1_700_000_000_000, ClockSource.NTP, 10)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    st.builds(
        Call,
        st.binary(min_size=16, max_size=16),
        st.integers(1, 2**40),
        st.sampled_from([Kind.SOS, Kind.INCIDENT]),
        st.integers(0, 5000 * S),
        st.booleans(),
        st.one_of(st.none(), st.sampled_from(AnswerState)),
        st.booleans(),
    )
)
def test_a_call_is_the_same_after_a_restart(call: Call) -> None:
    assert call_of(row(call, NOW), NOW) == call
    assert len(call.key) == 16
    later = replace(NOW, boot_id=b"c" * 16, mono_ns=10 * S, wall_ms=NOW.wall_ms + 60_000)
    assert call_of(row(call, NOW), later).made_ns == call.made_ns - 5000 * S + 10 * S - 60 * S, "by the wall clock"
    unset = replace(NOW, boot_id=b"c" * 16, mono_ns=10 * S, wall_ms=0, source=ClockSource.UNSET)
    assert call_of(row(call, NOW), unset).made_ns == call.made_ns - 4990 * S, "a clock that nobody has set adds no age"


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.binary(max_size=200))
def test_a_row_that_is_damaged_is_no_call(data: bytes) -> None:
    with pytest.raises(MalformedError):
        call_of(data, NOW)
