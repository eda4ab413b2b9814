"""Rounds and what goes out, over a real store: asked again before each, once at most, and never late. rule: REMIND."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from samples.reminded import MINUTE, at, plan
from samples.waited import BOT, CHINA, TAKEN, Waited
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.conclusions import undrawn
from zhendao.gateway.store.engine import Store

UNSURE = Answer(Verdict.FAILED, "no whole answer", unsure=True)
BUSY = Answer(Verdict.FAILED, "429", asked_ms=5_000)


def test_a_round_owes_whoever_is_waited_for_and_counts_the_others(store: Store) -> None:
    waited = Waited(store)
    waited.checks_in("C3", "08:10")
    assert waited.look("09:29") == 0
    assert waited.look("09:31") == 1
    assert waited.look("09:32") == 0
    assert waited.states() == {"C1": "waiting", "C4": "waiting"}
    assert waited.made() == [("all 2026-11-02 09:30", "made", {"owed": 2, "present": 1, "uncounted": 4})]
    jobs = waited.send("09:31")
    assert sorted(one.letter.phone for one in jobs) == ["13612345678", "13912345678"]
    assert {row.state for row in waited.rows()} == {"sending"}
    assert waited.send("09:31") == []
    waited.answer(jobs, "09:31")
    assert waited.states() == {"C1": "sent", "C4": "sent"}
    assert waited.rows()[0].detail == "200 accepted"


def test_a_check_in_that_comes_between_decision_and_sending_stops_it(store: Store) -> None:
    waited = Waited(store)
    waited.look("09:30")
    waited.checks_in("C1", "09:30")
    assert sorted(one.letter.phone for one in waited.send("09:31")) == ["13812345678", "13912345678"]
    assert waited.states() == {"C1": "present", "C3": "sending", "C4": "sending"}
    assert waited.rows()[0].tried_ms is None


def test_nor_is_she_in_a_groups_list_that_was_decided_before(store: Store) -> None:
    waited = Waited(store, plan(), BOT)
    waited.look("09:30")
    waited.checks_in("C1", "09:30")
    (job,) = waited.send("09:31")
    assert ["＊敏" in job.letter.text, "＊伟" in job.letter.text, "＊婉" in job.letter.text] == [True, True, False]
    waited.checks_in("C3", "09:32")
    waited.checks_in("C4", "09:32")
    waited.answer([job], "09:32", BUSY)  # nothing of it was taken: it is asked again, and nobody is left
    assert waited.send("09:35") == []
    assert set(waited.states().values()) == {"present"}


def test_whoever_goes_on_leave_or_is_barred_meanwhile_is_left_out(store: Store) -> None:
    waited = Waited(store)
    waited.look("09:30")
    with store.writing() as connection:
        row = "INSERT INTO registry_absences (tenant, caregiver_id, from_ms, digest) VALUES ('xuhui', 'C1', 0, x'00')"
        connection.exec_driver_sql(row)
        connection.exec_driver_sql("DELETE FROM registry_certificates WHERE caregiver_id = 'C4'")
        connection.exec_driver_sql(
            "INSERT INTO registry_loads (source, added, changed, removed, loaded_ms) VALUES ('', 1, 0, 1, 0)"
        )
    assert [one.letter.phone for one in waited.send("09:31")] == ["13812345678"]
    assert waited.states() == {"C1": "leave", "C3": "sending", "C4": "uncounted"}


def test_what_cannot_be_dated_is_in_her_favour_and_what_was_taken_back_is_not(store: Store) -> None:
    waited = Waited(store)
    waited.checks_in("C1", "09:00", bound_ms=None)  # a clock that was not set
    waited.checks_in("C3", at("00:00") - MINUTE, bound_ms=2 * MINUTE)  # yesterday, or today
    name = waited.checks_in("C4", "09:00")
    waited.takes_back(name)
    waited.look("09:30")
    assert waited.states() == {"C4": "waiting"}
    tomorrow = Waited(store, plan(name="next"))
    tomorrow.rounds.look(at("09:30") + 1440 * MINUTE)
    assert {row.caregiver_id for row in tomorrow.rows() if row.plan == "next"} == {"C1", "C3", "C4"}


def test_while_facts_wait_to_be_drawn_or_nothing_can_be_heard_nothing_goes_out(store: Store) -> None:
    waited = Waited(store)
    waited.deaf = True
    assert waited.look("09:30") == 0
    waited.deaf = False
    waited.look("09:31")
    waited.deaf = True
    assert waited.send("09:32") == []
    waited.deaf = False
    with store.writing() as connection:
        connection.execute(insert(undrawn).values(device=bytes(16), lane=b"x"))
    assert waited.send("09:33") == []
    assert Waited(store, plan(name="other")).look("09:33") == 0
    with store.writing() as connection:
        connection.execute(undrawn.delete())
    assert len(waited.send("09:34")) == 3
    assert waited.made()[0][1] == "made"


def test_a_time_that_went_by_is_missed_and_what_was_owed_then_is_not_sent_late(store: Store) -> None:
    waited = Waited(store, plan(at=(570, 840), late_min=15))
    waited.look("09:44")
    assert waited.look("14:20") == 0
    assert waited.look("14:25") == 0
    assert [state for _, state, _ in waited.made()] == ["made", "missed"]
    assert waited.send("09:45") == []
    assert set(waited.states().values()) == {"late"}


def test_hours_of_rest_hold_when_it_goes_out_not_only_when_it_was_owed(store: Store) -> None:
    waited = Waited(store, plan(at=(1259,), late_min=60))
    assert waited.look("20:59") == 1
    assert waited.send("21:00") == []
    assert set(waited.states().values()) == {"quiet"}


def test_so_often_a_day_so_far_apart_and_each_number_too(store: Store) -> None:
    waited = Waited(store, plan(at=(480, 540, 720, 900), most_a_day=2, apart_min=120))
    for clock, owed in (("08:00", 3), ("09:00", 0), ("12:00", 3), ("15:00", 0)):
        waited.look(clock)
        jobs = waited.send(clock)
        assert len(jobs) == owed, clock
        waited.answer(jobs, clock)
    assert [counts for _, _, counts in waited.made()] == [
        {"owed": 3, "uncounted": 4}, {"recent": 3, "uncounted": 4}, {"owed": 3, "uncounted": 4},
        {"often": 3, "uncounted": 4},
    ]  # fmt: skip


def test_a_number_that_two_share_is_not_texted_for_both_again_and_again(store: Store) -> None:
    waited = Waited(store, plan(most_a_day=1))
    lists = Path(str(store.engine.url.database)).parent / "same"
    lists.mkdir()
    (lists / "护理员.csv").write_text(
        "护理员编号,姓名,联系方式,机构编号,职业类型,有效期起\nC3,赵敏,136 1234-5678,O2,护士,2026-01-01\n"
    )
    load(store, Book(waited.key), lists, zone=CHINA, tenant="xuhui")
    waited.look("09:30")
    waited.send("09:30")
    assert sorted(waited.states().values()) == ["limited", "sending", "sending"]


def test_an_even_clock_keeps_them_apart_when_the_other_is_set_ahead(store: Store) -> None:
    waited = Waited(store, plan(at=(480, 720), most_a_day=2, apart_min=120))
    waited.look("08:00")
    waited.answer(waited.send("08:00"), "08:00")
    waited.look("12:00")  # four hours by that clock
    assert waited.send("12:00", pass_ms=60_000) == []
    assert set(waited.states().values()) == {"recent"}


@pytest.mark.parametrize(
    ("once", "answer", "state", "again"),
    [
        (True, TAKEN, "sent", 0),
        (False, TAKEN, "sent", 0),
        (True, Answer(Verdict.REFUSED, "422"), "refused", 0),
        (True, BUSY, "waiting", 1),
        (False, BUSY, "waiting", 1),
        (True, UNSURE, "waiting", 1),
        (False, UNSURE, "unsure", 0),
    ],
)
def test_it_is_sent_again_only_where_that_is_no_second_reminder(
    store: Store,
    once: bool,  # noqa: FBT001
    answer: Answer,
    state: str,
    again: int,
) -> None:
    waited = Waited(store, plan(organisations=("O1",)), once=once)
    waited.look("09:30")
    (job,) = waited.send("09:30")
    waited.answer([job], "09:30", answer)
    assert waited.states() == {"C1": state}
    jobs = waited.send("09:35")
    assert len(jobs) == again
    if answer is UNSURE and again:
        assert jobs[0].letter.message_id == job.letter.message_id


@pytest.mark.parametrize(("once", "again"), [(True, 1), (False, 0)])
def test_what_was_under_way_when_the_gateway_ended_errs_on_the_side_of_none(
    store: Store,
    once: bool,  # noqa: FBT001
    again: int,
) -> None:
    waited = Waited(store, plan(organisations=("O1",), most_a_day=1), once=once)
    waited.look("09:30")
    (job,) = waited.send("09:30")
    waited.restart()
    waited.sending.begin(waited.moment("09:31"))
    jobs = waited.send("09:31")
    assert [one.letter.message_id for one in jobs] == [job.letter.message_id] * again
    assert waited.states() == {"C1": "sending" if again else "unsure"}


def test_one_that_may_have_gone_out_counts_and_is_not_sent_once_she_has_checked_in(store: Store) -> None:
    waited = Waited(store, plan(organisations=("O1",), at=(570, 720), most_a_day=1))
    waited.look("09:30")
    waited.answer(waited.send("09:30"), "09:30", UNSURE)
    waited.checks_in("C1", "09:33")
    assert waited.send("09:35") == []
    assert waited.states() == {"C1": "unsure"}
    assert waited.rows()[0].detail == "present"


def test_a_bot_is_told_one_message_in_its_pace_and_who_sees_names_whole_is_logged_before(store: Store) -> None:
    table = replace(BOT, names="whole", role="admin", a_minute=1)
    waited = Waited(store, plan(at=(570, 571)), table)
    waited.look("09:30")
    (job,) = waited.send("09:30")
    assert [one in job.letter.text for one in ("李婉", "赵敏", "钱伟", "136")] == [True, True, True, False]
    with store.reading() as connection:
        (row,) = connection.execute(select(ACCESSES)).all()
    assert (row.role, row.filters, row.names) == ("channel", "channel=group", True)
    assert row[6] == 3
    waited.answer([job], "09:30", BUSY)
    waited.sending.finished([], waited.moment("09:30"))
    assert waited.send("09:30", pass_ms=20_000) == []  # within the minute
    assert len(waited.send("09:31", pass_ms=60_000)) == 1


def test_a_channel_sends_so_many_an_hour_and_no_more(store: Store) -> None:
    waited = Waited(store, plan(at=(480, 540), apart_min=0, late_min=90), replace(plan().channel[0], most_an_hour=3))
    waited.look("08:00")
    waited.answer(waited.send("08:00"), "08:00")
    waited.look("09:00")
    assert waited.send(at("09:00") - 1) == []
    assert len(waited.send("09:00")) == 3


def test_nothing_readable_of_a_number_or_a_text_is_in_the_store(store: Store, tmp_path: Path) -> None:
    waited = Waited(store)
    waited.look("09:30")
    waited.answer(waited.send("09:30"), "09:30")
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("gateway.db*"))
    for secret in ("13612345678", "李婉", "李*您好"):
        assert secret.encode() not in on_disk


def test_a_provider_that_fails_again_and_again_is_left_alone_then_asked_once_and_nothing_is_sent_late(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    waited = Waited(store, plan(late_min=240))
    waited.look("09:30")
    tried = 0
    for _ in range(20):
        jobs = waited.send("09:30", 1, pass_ms=61_000)
        tried += len(jobs)
        waited.answer(jobs, "09:30", Answer(Verdict.FAILED, "ConnectError"))
    assert tried == 20  # a minute apart each: the rest is over by then
    assert waited.sending.wait_ms(waited.moment("09:30")) > 0
    assert waited.send("09:30", pass_ms=0) == []
    assert len(waited.send("09:30", 10, pass_ms=61_000)) == 1  # one alone tries whether it answers again
    assert [record.getMessage() for record in caplog.records] == ["remind channel sms: ConnectError"]
    assert waited.send("13:31") == []
    assert sorted(waited.states().values()) == ["late", "late", "sending"]
    waited.answer([], "13:31")
