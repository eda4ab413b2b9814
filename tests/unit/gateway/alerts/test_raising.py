"""What a fact raises, what joins it, who is asked next, and what the terminal is told, on a real store."""

import threading
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

import pytest
from sqlalchemy import Connection, text

from samples.calls import PRESS, all_alerts, answers, log_of, press
from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import day
from zhendao.gateway.alerts import deeds
from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.values import Alert, AlertKind, State
from zhendao.gateway.ingest.outcome import NOTHING
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.visits.conclude import BACKLOG
from zhendao.protocol import state
from zhendao.protocol.batch import encode_batch
from zhendao.protocol.bodies import Duress, Heard, Sensor
from zhendao.protocol.vocabulary import AnswerState, ClockSource, HeardBy, SensorClass, SensorCondition

MINUTE = 60_000


class Seats:
    """Tells those who are there at each step, and remembers whom."""

    def __init__(self, *at_step: list[str]) -> None:
        self.at_step = at_step
        self.asked: list[int] = []

    def __call__(self, _connection: Connection, alert: Alert, _now_ms: int, /) -> list[str]:
        self.asked.append(alert.step)
        return self.at_step[alert.step] if alert.step < len(self.at_step) else []


@pytest.fixture
def seats() -> Seats:
    return Seats(["seat one"], ["seat two"])


@pytest.fixture
def site(tmp_path: Path, authority: Authority, seats: Seats) -> Site:
    return Site(tmp_path, authority, telling=seats)


def test_a_press_is_an_alert_in_the_transaction_of_its_fact_and_its_terminal_hears_that_it_arrived(site: Site) -> None:
    line = site.authority.terminal()
    outcome = site.take(press(line))
    (alert,) = all_alerts(site)
    assert (alert.kind, alert.state, alert.count, alert.late_ms, alert.past) == (
        AlertKind.SOS, State.RAISED, 1, 0, False,
    )  # fmt: skip
    (answer,) = answers(site, outcome)
    assert (answer.epoch, answer.seq, answer.state) == (line.epoch, 2, AnswerState.ARRIVED)
    assert log_of(site, alert.id) == ["raised"]


def test_what_comes_again_raises_nothing_and_a_second_history_of_the_same_press_joins(site: Site) -> None:
    line = site.authority.terminal()
    message = press(line)
    site.take(message)
    assert answers(site, site.take(message)) == []
    twin = site.authority.terminal(device=line.device, key=line.key, epoch=line.epoch)
    twin.certificate, twin.certificate_id = line.certificate, line.certificate_id
    twin.items, twin.events, twin.heads = line.items[:1], line.events[:1], line.heads[:2]
    twin.starts = list(line.starts)
    site.take(press(twin))  # journalled anew: other bytes, the same press
    (alert,) = all_alerts(site)
    assert alert.count == 2


def test_a_storm_of_presses_is_one_alert_with_a_count_and_the_newest_is_answered(site: Site) -> None:
    line = site.authority.terminal()
    (answer,) = answers(site, site.take(press(line, *[PRESS] * 40)))
    (alert,) = all_alerts(site)
    assert (alert.count, answer.seq) == (40, 41)


def test_a_flood_of_old_calls_fills_no_screen_and_swallows_no_call_of_now(site: Site) -> None:
    line, hour = site.authority.terminal(), 60 * MINUTE
    for number in range(30, 0, -1):
        line.add(PRESS, wall_ms=NOW_MS - number * 24 * hour)
    site.take(line.message(1, 31))
    past = all_alerts(site)
    assert [one.count for one in past] == [1] * 7 + [22] + [1]
    assert [one.past for one in past] == [True] * 8 + [False]
    site.take(press(line))
    assert (len(all_alerts(site)), all_alerts(site)[-1].past) == (10, False)


def test_late_presses_are_now_and_very_old_ones_are_of_the_past(site: Site) -> None:
    hour, week = 60 * MINUTE, 7 * 24 * 60 * MINUTE
    line = site.authority.terminal()
    site.take(press(line, at_ms=NOW_MS - week))
    site.take(press(line, at_ms=NOW_MS - hour))
    site.take(press(line, source=ClockSource.UNSET, at_ms=0))
    old, late, undated = all_alerts(site)
    assert (old.past, old.late_ms) == (True, week)
    assert (late.past, late.late_ms) == (False, hour)
    assert (undated.past, undated.late_ms) == (False, 0)
    for minutes in (10, 20):
        site.pipeline.watch(NOW_MS + minutes * MINUTE)
    assert [one.step for one in all_alerts(site)] == [0, 1, 1]


def test_while_nobody_has_it_the_elder_hears_so_and_it_goes_further(site: Site, seats: Seats) -> None:
    line = site.authority.terminal()
    said = [one.state for one in answers(site, site.take(press(line)))]
    for second in range(1, 400):
        said += [one.state for one in answers(site, site.pipeline.watch(NOW_MS + second * 1000))]
    assert list(dict.fromkeys(said)) == [AnswerState.ARRIVED, AnswerState.NOBODY_YET, AnswerState.ESCALATED]
    assert seats.asked[:3] == [0, 1, 2]
    (alert,) = all_alerts(site)
    assert alert.waits
    assert "escalated" in log_of(site, alert.id)


def test_with_nobody_on_duty_the_next_are_asked_at_once_and_the_log_says_so(
    tmp_path: Path, authority: Authority
) -> None:
    seats = Seats([], [], ["the daughter"])
    site = Site(tmp_path, authority, telling=seats)
    line = authority.terminal()
    assert [one.state for one in answers(site, site.take(press(line)))] == [AnswerState.ESCALATED]
    assert seats.asked == [0, 1, 2]
    assert log_of(site, 1) == ["raised", "nobody", "nobody", "escalated"]


def test_where_nobody_is_at_all_the_elder_is_told_so_at_once_and_they_are_asked_again(
    tmp_path: Path, authority: Authority
) -> None:
    seats = Seats()
    site = Site(tmp_path, authority, telling=seats)
    assert [one.state for one in answers(site, site.take(press(authority.terminal())))] == [AnswerState.NOBODY_YET]
    seats.at_step = (["now on duty"],)
    site.pipeline.watch(NOW_MS + 2 * MINUTE)
    assert all_alerts(site)[0].reached == 0


def test_a_fault_in_finding_whom_to_tell_keeps_no_call_from_store_and_screens(
    tmp_path: Path, authority: Authority
) -> None:
    def fails(connection: Connection, _alert: Alert, now_ms: int, /) -> list[str]:
        connection.execute(text("DELETE FROM beacons"))
        raise ValueError(now_ms)

    site = Site(tmp_path, authority, telling=fails)
    outcome = site.take(press(authority.terminal()))
    assert (outcome.events, outcome.refused) == (2, ())
    assert [one.waits for one in all_alerts(site)] == [True]
    assert [one.state for one in answers(site, outcome)] == [AnswerState.NOBODY_YET]


def test_of_duress_nothing_is_ever_said(site: Site, seats: Seats) -> None:
    line = site.authority.terminal()
    said = answers(site, site.take(press(line, Duress(gesture=1))))
    for second in range(1, 400):
        said += answers(site, site.pipeline.watch(NOW_MS + second * 1000))
    assert said == []
    assert max(seats.asked) > 1


def test_an_answer_is_said_again_until_it_was_heard(site: Site) -> None:
    line = site.authority.terminal()
    site.take(press(line))
    assert answers(site, site.pipeline.watch(NOW_MS + 20_000)) == []  # that it arrived is acknowledged already
    said = [one for second in range(30, 45) for one in answers(site, site.pipeline.watch(NOW_MS + second * 1000))]
    assert [one.state for one in said] == [AnswerState.NOBODY_YET] * 3  # after 3 s, then after 6 s more
    heard = Heard(epoch=line.epoch, seq=2, state=AnswerState.NOBODY_YET, by=HeardBy.VOICE | HeardBy.LIGHT)
    site.take(press(line, heard), now_ms=NOW_MS + 45_000)
    assert [answers(site, site.pipeline.watch(NOW_MS + second * 1000)) for second in (50, 55, 59)] == [[], [], []]
    assert log_of(site, 1)[-1] == "heard"


def _online(line: Terminal) -> Message:
    """Return the state message of a terminal that has come back to the broker."""
    boot = encode_batch(line.batch(1, 1))
    content = state.State(online=True, seq=len(line.items), head=line.heads[-1], wall_ms=NOW_MS, unacknowledged=0)
    return line.wrapped(
        state.seal_state(line.suite, line.starts[-1], line.certificate_id, token_bytes(12), boot, content), "state"
    )


def test_a_terminal_that_was_away_hears_what_is_true_now_when_it_is_back(site: Site) -> None:
    line, alerting = site.authority.terminal(), site.pipeline.alerting
    site.take(press(line))
    asked = threading.Event()
    acts = Acts(asked.set)
    taking = threading.Thread(target=lambda: acts.do(deeds.acknowledge(alerting, 1, "Wang", None, "")))
    taking.start()
    assert asked.wait(180)
    later = Now(NOW_MS + 60_000, NOW_MS + 60_000)
    assert [one.state for one in answers(site, site.pipeline.act(acts, *later))] == [AnswerState.RECEIVED]
    taking.join()
    hour = 3_600_000
    for minutes in range(2, 80):  # nobody hears it; at last it is said no more
        site.pipeline.watch(NOW_MS + minutes * MINUTE)
    assert answers(site, site.pipeline.watch(NOW_MS + 2 * hour)) == []
    back = site.take(_online(line), now_ms=NOW_MS + 2 * hour)
    assert [one.state for one in answers(site, back)] == [AnswerState.RECEIVED]
    heard = Heard(epoch=line.epoch, seq=2, state=AnswerState.RECEIVED, by=HeardBy.VOICE)
    site.take(press(line, heard), now_ms=NOW_MS + 2 * hour)
    assert answers(site, site.take(_online(line), now_ms=NOW_MS + 3 * hour)) == []


def test_a_mistake_is_noted_and_closes_nothing(site: Site) -> None:
    line = site.authority.terminal()
    site.take(press(line))
    site.take(press(line, replace(PRESS, mistake_of=2)))
    (alert,) = all_alerts(site)
    assert (alert.mistake_ms, alert.waits, alert.count) == (NOW_MS - 1_000, True, 1)
    site.take(press(site.authority.terminal(), replace(PRESS, mistake_of=77)))  # of a call that never came
    assert [one.waits for one in all_alerts(site)] == [True, True]


def test_a_sensor_out_of_order_is_a_notice_and_is_said_to_be_well_again(site: Site) -> None:
    line = site.authority.terminal()
    stuck = Sensor("door", SensorClass.DOOR_CONTACT, 1, 0, condition=SensorCondition.STUCK)
    site.take(press(line, stuck, stuck))
    site.take(press(line, replace(stuck, sensor="bed", condition=SensorCondition.WELL)))
    (alert,) = all_alerts(site)
    assert (alert.kind, alert.count, alert.cleared_ms) == (AlertKind.SENSOR, 2, None)
    site.take(press(line, replace(stuck, condition=SensorCondition.WELL)))
    (alert,) = all_alerts(site)
    assert (alert.cleared_ms, alert.waits) == (NOW_MS - 1_000, True)
    assert log_of(site, alert.id)[-1] == "cleared"


def test_a_number_is_no_alarm(site: Site) -> None:
    body = Sensor("bed", SensorClass.MATTRESS, 37, 0)
    site.take(press(site.authority.terminal(), body, at_ms=NIGHT_MS), now_ms=NIGHT_MS + 1_000)
    assert all_alerts(site) == []


NIGHT_MS = 1_790_010_000_000 // 86_400_000 * 86_400_000 + 15 * 3_600_000  # 23:00 in China


def test_what_a_sensor_raises(site: Site) -> None:
    for sensor_class, hour, condition, kind in (
        (SensorClass.MATTRESS, 0, SensorCondition.WELL, AlertKind.MATTRESS),
        (SensorClass.MATTRESS, 0, SensorCondition.FLOODING, AlertKind.MATTRESS),
        (SensorClass.MATTRESS, 0, SensorCondition.STUCK, AlertKind.SENSOR),
        (SensorClass.MATTRESS, 12, SensorCondition.WELL, None),
        (SensorClass.SMOKE_OR_GAS, 12, SensorCondition.WELL, AlertKind.SMOKE),
        (SensorClass.WATER, 12, SensorCondition.WELL, AlertKind.WATER),
        (SensorClass.CALL_CORD, 12, SensorCondition.CHATTERING, AlertKind.CALL_CORD),
        (SensorClass.DOOR_CONTACT, 0, SensorCondition.WELL, None),
    ):
        at_ms, line = NIGHT_MS + hour * 3_600_000, site.authority.terminal()
        body = Sensor("bed", sensor_class, 1, 0, condition=condition)
        site.take(press(line, body, at_ms=at_ms), now_ms=at_ms + 1_000)
        found = [one for one in all_alerts(site) if one.device == line.device]
        assert [one.kind for one in found] == ([] if kind is None else [kind])
        for one in found:
            assert one.doubtful is (condition in {SensorCondition.FLOODING, SensorCondition.CHATTERING})
        site.take(press(line, replace(body, value=0), at_ms=at_ms), now_ms=at_ms + 2_000)
    assert all(one.waits for one in all_alerts(site))


def test_between_two_groups_of_a_backlog_a_call_goes_further_and_no_visit_is_drawn(site: Site, seats: Seats) -> None:
    line, other = site.authority.terminal(), site.authority.terminal()
    for _ in range(BACKLOG // 4 + 1):
        day(line)
    site.take(line.message(1, len(line.items)), press(other))
    found = [site.pipeline.escalate(NOW_MS + second * 1000, NOW_MS + second * 1000) for second in range(1, 400)]
    assert [one.step for one in all_alerts(site)] == [3]
    assert seats.asked[:3] == [0, 1, 2]
    assert any(one.alerts for one in found)
    assert found[-1] == NOTHING
    assert sum(one.conclusions for one in found) == 0
    assert site.settle(NOW_MS + 400_000) > 0
