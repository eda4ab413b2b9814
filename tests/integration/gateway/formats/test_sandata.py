"""Conformance with an Alternate EVV aggregator, through the real connector against a server that enforces its rules.

Rows of the acceptance test that a feed can show are named ``ROW``; docs/formats.md lists them all with their tests.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.aggregated import OHIO, SANDATA, Feeding, aggregator, order, state_of
from samples.visited import BEGAN, Visited
from zhendao.gateway.cases.values import Act, Decision, Side
from zhendao.gateway.formats.ways.sandata import reasons_of
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.store.conclusions import visits as stored
from zhendao.protocol.vocabulary import Direction
from zhendao.simulators.aggregators.sandata import Aggregator


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Visited]:
    found = Visited(tmp_path)
    yield found
    found.site.store.close()


@pytest.fixture
def server() -> Iterator[tuple[Aggregator, str]]:
    with aggregator(secret="agency:secret") as found:
        yield found


def feeding(site: Visited, url: str, words: str = SANDATA) -> Feeding:
    (site.folder / "token").write_text("agency:secret")
    return Feeding(site, f'kind = "sandata"\nurl = "{url}"\ntoken_file = "token"\nagain_s = 60\n{words}')


def visits(url: str) -> dict[str, Any]:
    found: dict[str, Any] = state_of(url)["visits"]
    return found


def test_people_go_first_then_visits_and_two_a_day_stay_two(site: Visited, server: tuple[Aggregator, str]) -> None:
    _, url = server
    site.visit(0)
    site.visit(180)
    feed = feeding(site, url)
    feed.feed()
    held = state_of(url)
    assert (feed.waiting(), feed.dead()) == (0, [])
    assert list(held["clients"]) == ["E1"]
    assert held["clients"]["E1"]["current"]["ClientLastName"] == "Wang"
    (home,) = held["clients"]["E1"]["current"]["ClientAddress"]
    assert (home["ClientAddressType"], round(home["ClientAddressLatitude"], 4)) == ("Home", 31.1885)
    assert held["clients"]["E1"]["current"]["ClientPayerInformation"] == [{"PayerID": "OHMC", "PayerProgram": "SP"}]
    assert held["employees"]["C1"]["current"]["EmployeeFirstName"] == "Wan"
    assert set(held["visits"]) == {one.hex() for one in site.ids()}
    assert [one["status"] for one in held["visits"].values()] == ["Verified", "Verified"]
    for one in held["visits"].values():
        assert [call["CallType"] for call in one["current"]["Calls"]] == ["FVV", "FVV"]
        assert all(call["CallLatitude"] == 31.1886 for call in one["current"]["Calls"])


def test_a_visit_grows_revision_by_revision_and_exceptions_are_computed_anew(
    site: Visited, server: tuple[Aggregator, str]
) -> None:
    _, url = server
    first = site.check(0, Direction.IN)
    site.site.take(site.line.message(1, first))
    feed = feeding(site, url)
    feed.feed()
    (held,) = visits(url).values()
    assert (held["exceptions"], held["status"], len(held["current"]["Calls"])) == (["4"], "Incomplete", 1)
    last = site.check(70, Direction.OUT, first)
    site.site.take(site.line.message(last, last))
    feed.feed()
    (held,) = visits(url).values()
    assert (held["exceptions"], held["status"], len(held["current"]["Calls"])) == ([], "Verified", 2)
    assert held["numbers"] == [1_000, 2_000]


def test_a_correction_after_submission_keeps_the_calls_and_sends_who_when_and_why(
    site: Visited, server: tuple[Aggregator, str]
) -> None:
    _, url = server
    site.visit(0, 20)
    feed = feeding(site, url)
    feed.feed()
    (before,) = visits(url).values()
    assert before["exceptions"] == ["20"]
    number = site.correct(site.ids()[0], 65)
    feed.feed()
    (held,) = visits(url).values()
    assert held["current"]["Calls"] == before["current"]["Calls"]
    assert (held["exceptions"], held["status"]) == ([], "Verified")
    (change,) = held["current"]["VisitChanges"]
    assert (change["ReasonCode"], change["ChangeMadeBy"]) == ("25", "Liwan")
    assert change["ChangeReasonMemo"]
    assert held["current"]["AdjOutDateTime"] > held["current"]["Calls"][1]["CallDateTime"]
    site.act(site.clerk.answer(number, Act.WITHDRAWN, "误操作", "王芳"))
    feed.feed()
    (held,) = visits(url).values()
    assert "AdjOutDateTime" not in held["current"]
    assert [one["ReasonCode"] for one in held["current"]["VisitChanges"]] == ["25", "25"]
    assert held["exceptions"] == ["20"]
    assert held["numbers"] == sorted(held["numbers"])
    assert len(held["numbers"]) == 3


def test_a_withdrawn_visit_is_left_out_of_billing_and_never_cancelled(
    site: Visited, server: tuple[Aggregator, str]
) -> None:
    _, url = server
    site.visit(0)
    feed = feeding(site, url)
    feed.feed()
    (gone,) = site.ids()
    _take_back(site)
    feed.feed()
    held = visits(url)[gone.hex()]
    assert (held["current"]["BillVisit"], held["status"]) == (False, "Omit")
    assert held["current"]["VisitCancelledIndicator"] is False
    assert held["current"]["Calls"], "calls are never taken back"
    assert feed.dead() == []


def _take_back(site: Visited) -> None:
    """The caregiver takes both of her checks back at the terminal."""
    from samples.taps import token  # noqa: PLC0415 - as below
    from zhendao.protocol.bodies import Undo  # noqa: PLC0415 - only here
    from zhendao.protocol.vocabulary import Role  # noqa: PLC0415 - only here

    for target in (3, 2):
        body = Undo(target, token(Role.CAREGIVER, b"card-one"), 1)
        event = site.line.add(body, mono_ns=(9_000 - target) * 10**9)
        site.site.take(site.line.message(event.seq, event.seq))
    site.site.settle()


def test_a_client_who_is_refused_today_and_known_tomorrow_clears_by_itself(
    site: Visited, server: tuple[Aggregator, str]
) -> None:
    _, url = server
    order(url, missing=["E1"])
    site.visit(0)
    feed = feeding(site, url)
    feed.feed()
    assert visits(url) == {}
    number = feed.record_of(site.ids()[0])
    (refusal,) = feed.refusals(number)
    assert (refusal["status"], "has no eligibility" in refusal["reason"], refusal["by"]) == ("elder", True, "")
    assert feed.dead() == []
    order(url, missing=[])
    feed.feed()
    assert visits(url) == {}, "not before its time"
    feed.feed(later_ms=61_000)
    (held,) = visits(url).values()
    assert (held["status"], feed.waiting()) == ("Verified", 0)
    assert state_of(url)["clients"]["E1"]["seen"] == [1, 2]


def test_each_field_that_was_refused_is_kept_and_the_number_is_never_used_again(
    site: Visited, server: tuple[Aggregator, str]
) -> None:
    running, url = server
    site.visit(0)
    site.visit(180)
    feed = feeding(site, url)
    first, _ = site.ids()
    taken = running.intake.calls
    feed.feed()
    for own in taken:
        taken[own] = "1999-01-01T00:00:00Z"
    site.correct(first, 100)
    feed.feed()
    (dead,) = feed.dead()
    assert dead.reason.count("submitted already") == 2
    held = visits(url)[first.hex()]
    assert (held["numbers"], held["seen"]) == ([1_000], [1_000, 2_000])
    taken.clear()
    from zhendao.gateway.forward.dead_letters import Choice, Replayed, replay  # noqa: PLC0415 - as a person does

    with site.site.store.writing() as connection:
        assert replay(connection, feed.way.destination, Choice([dead.record.id]), Replayed("me", "mended", 1)) == 1
    feed.feed()
    assert (feed.dead(), visits(url)[first.hex()]["seen"]) == ([], [1_000, 2_000, 2_001])


@pytest.mark.parametrize(
    "fault",
    [
        "error-after",
        "timeout",
        *(pytest.param(one, marks=pytest.mark.long) for one in ("error", "busy", "cut", "cut-before")),
    ],
)
def test_whatever_fails_every_visit_is_there_once_in_its_last_state(
    site: Visited, server: tuple[Aggregator, str], fault: str
) -> None:
    _, url = server
    site.visit(0)
    site.visit(180)
    feed = feeding(site, url)
    feed.quick(0.4)
    for endpoint in range(3):  # people, and visits, each meet it
        order(url, next=fault, times=1 if endpoint else 2)
        feed.quick(0.4)
        feed.feed(until=lambda: feed.waiting() == 0)
        site.correct(site.ids()[0], 100 + endpoint)
    feed.feed(until=lambda: feed.waiting() == 0)
    held = visits(url)
    assert set(held) == {one.hex() for one in site.ids()}
    assert feed.dead() == []
    assert {one["status"] for one in held.values()} == {"Verified"}
    assert held[site.ids()[0].hex()]["current"]["AdjOutDateTime"]
    for one in held.values():
        assert one["seen"] == one["numbers"], "no number was used twice"
    assert feed.sending.condition.refused == 0, "nor was one refused for that"


def waiting_for_a_result(site: Visited, running: Aggregator, url: str) -> Feeding:
    """Return a feed of a corrected visit whose result the aggregator keeps to itself."""
    site.visit(0)
    feed = feeding(site, url)
    running.patience = 0
    feed.feed()
    running.patience = 10**9
    site.correct(site.ids()[0], 100)
    feed.answer_s = 0.3
    feed.start()
    return feed


def test_a_result_that_was_not_fetched_is_fetched_after_a_start(site: Visited, server: tuple[Aggregator, str]) -> None:
    running, url = server
    feed = waiting_for_a_result(site, running, url)

    def asked() -> bool:
        return feed.sending.condition.failures > 0

    feed.feed(until=asked, ends=True)
    assert "no result of" in feed.sending.condition.last_error
    with running.lock:
        running.results = {ticket: (0, faults, count) for ticket, (_, faults, count) in running.results.items()}
    before = running.counts["visits"]
    feed.feed(until=lambda: feed.waiting() == 0)
    assert running.counts["visits"] == before, "it was fetched, not sent again"
    assert feed.dead() == []


def test_ohio_takes_the_same_visits_under_its_own_names(site: Visited) -> None:
    with aggregator(ohio=True, secret="agency:secret") as (_, url):
        site.visit(0, 20)
        feed = feeding(site, url, OHIO)
        feed.feed()
        site.correct(site.ids()[0], 65)
        feed.feed()
        held = state_of(url)
        assert (feed.dead(), feed.waiting()) == ([], 0)
        assert held["clients"]["E1"]["current"]["PatientLastName"] == "Wang"
        (home,) = held["clients"]["E1"]["current"]["Address"]
        assert (home["PatientAddressIsPrimary"], home["PatientTimezone"]) == (True, "America/New_York")
        (visit,) = held["visits"].values()
        assert [one["CallType"] for one in visit["current"]["Calls"]] == ["Other", "Other"]
        (change,) = visit["current"]["VisitChanges"]
        assert (change["ReasonCode"], change["ChangeMadeByEmail"]) == ("99", "quality@agency.example")
        assert visit["status"] == "Verified"


def test_an_exception_that_people_acknowledged_is_sent_as_such(site: Visited, server: tuple[Aggregator, str]) -> None:
    _, url = server
    site.visit(0, 20)
    feed = feeding(site, url)
    feed.feed()
    clerk = site.clerk
    site.act(clerk.hear(1, Side.CAREGIVER, "老人要我先走", "王芳", reached=True))
    site.act(clerk.hear(1, Side.ELDER, "是的", "王芳", reached=True))
    site.act(clerk.decide(1, Decision.ACKNOWLEDGED, "other_time", "", "王芳"))
    feed.feed()
    (held,) = visits(url).values()
    assert held["current"]["VisitExceptionAcknowledgement"] == [{"ExceptionID": "20", "ExceptionAcknowledged": True}]
    assert (held["exceptions"], held["status"]) == ([], "Verified")


@pytest.mark.parametrize(
    "envelope",
    [
        {}, {"hello": "world"}, {"data": {"RecordOtherID": "v1"}}, {"data": "none"}, {"data": [5]},
        {"data": [{"Reason": "no name"}]}, {"data": [], "failedCount": 3}, {"failedCount": "3", "data": []},
        {"status": "FAILED", "data": [], "failedCount": 0, "errorMessage": "the provider is not known"},
    ],
)  # fmt: skip
def test_what_is_no_result_is_no_acceptance(envelope: dict[str, Any]) -> None:
    with pytest.raises(LinkError):
        reasons_of(envelope)


def test_a_result_says_what_was_refused_and_the_rest_was_taken() -> None:
    assert reasons_of({"failedCount": 0, "data": None}) == {}
    two = [{"RecordOtherID": "v1", "Reason": why} for why in ("A", "B")]
    assert reasons_of({"failedCount": 1, "data": two, "status": "FAILED"}) == {"v1": "A; B"}


def test_a_result_that_the_platform_lost_is_sent_anew_under_the_next_number(
    site: Visited, server: tuple[Aggregator, str]
) -> None:
    running, url = server
    site.visit(0)
    feed = feeding(site, url)
    feed.feed()
    running.patience = 10**9
    site.correct(site.ids()[0], 100)
    feed.answer_s = 0.3
    feed.start()
    feed.feed(until=lambda: feed.sending.condition.failures > 0, ends=True)
    running.patience = 0
    with running.lock:
        running.results.clear()
    feed.feed(until=lambda: feed.waiting() == 0)
    (held,) = visits(url).values()
    assert held["numbers"] == [1_000, 2_000, 2_001]
    assert feed.dead() == []


def test_a_result_about_other_records_settles_nothing(site: Visited, server: tuple[Aggregator, str]) -> None:
    running, url = server
    feed = waiting_for_a_result(site, running, url)
    feed.feed(until=lambda: feed.sending.condition.failures > 0, ends=True)
    stranger = {"RecordType": "Visit", "RecordOtherID": "another", "Reason": "no such client"}
    with running.lock:
        running.results = {ticket: (0, [stranger], count) for ticket, (_, _, count) in running.results.items()}
    before = feed.sending.condition.failures
    feed.feed(until=lambda: feed.sending.condition.failures > before, ends=True)
    assert "none of the records" in feed.sending.condition.last_error
    assert (feed.waiting() > 0, feed.dead()) == (True, [])


def test_an_end_without_a_beginning_goes_when_people_gave_it_one(site: Visited, server: tuple[Aggregator, str]) -> None:
    _, url = server
    last = site.check(70, Direction.OUT)
    site.site.take(site.line.message(1, last))
    feed = feeding(site, url)
    feed.feed()
    assert visits(url) == {}
    with site.site.store.reading() as connection:
        (visit,) = connection.execute(select(stored.c.id)).scalars()
    one = site.act(site.clerk.propose(visit, (BEGAN, None), "no_check_in", "老人确认", "17:30 忘记签到", "李婉"))
    site.act(site.clerk.answer(one.number, Act.APPROVED, "已核实", "王芳"))
    feed.feed()
    (held,) = visits(url).values()
    assert [call["CallAssignment"] for call in held["current"]["Calls"]] == ["Time Out"]
    assert held["current"]["AdjInDateTime"] < held["current"]["Calls"][0]["CallDateTime"]
    assert held["current"]["Memo"].startswith("17:30 "), "what people wrote keeps its figures"
    assert held["status"] == "Verified"
