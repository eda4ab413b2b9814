"""Cases in a gateway: opened with the conclusion, escalated by time, heard and decided by acts, corrected and back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.registered import register
from samples.site import NOW_MS, Authority, Site, Terminal
from samples.stores import new_store
from samples.taps import check
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.cases.corrections import is_signed
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.errors import CaseError
from zhendao.gateway.cases.outages import Outage
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act, Case, Decision, Side, State
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.gateway.store.conclusions import visit_revisions, visits
from zhendao.gateway.visits.compare import differences
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.vocabulary import Direction
from zhendao.protocol.wording import Text

MINUTE, HOUR = 60_000, 3_600_000
BEGAN = NOW_MS - 2 * HOUR


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def site(tmp_path: Path, authority: Authority) -> Site:
    return Site(tmp_path, authority)


@pytest.fixture
def line(site: Site, authority: Authority) -> Terminal:
    """A home in which somebody stayed for 20 minutes only."""
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.OUT, 2), wall_ms=BEGAN + 20 * MINUTE, mono_ns=(20 * 60 + 2) * 10**9)
    site.take(line.message(1, 3))
    return line


def clerk_of(site: Site) -> Clerk:
    assert site.pipeline.clerk is not None
    return site.pipeline.clerk


def act(site: Site, doing: Callable[[Any, Now], Any], now_ms: int = NOW_MS) -> Any:
    with site.store.writing() as connection:
        done = doing(connection, Now(now_ms, now_ms))
    site.settle(now_ms)
    return done


def cases(site: Site) -> list[Case]:
    with site.store.reading() as connection:
        return clerk_of(site).casing.book.queue(connection, waiting=False, most=100)


def log(site: Site, number: int = 1) -> list[str]:
    with site.store.reading() as connection:
        return [one.act.value for one in clerk_of(site).casing.book.lines(connection, number)]


def record(site: Site) -> dict[str, Any]:
    with site.store.reading() as connection:
        (found,) = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars()
    return dict(found)


def test_a_doubtful_visit_is_one_case_in_the_transaction_of_its_conclusion(site: Site, line: Terminal) -> None:
    (case,) = cases(site)
    assert (case.state, case.kinds, case.visit_id.hex()) == (State.OPEN, {"short"}, record(site)["visit_id"])
    assert log(site) == ["opened"]
    site.take(line.message(1, 3))
    assert len(cases(site)) == 1


@pytest.mark.usefixtures("line")
def test_what_nobody_answers_goes_to_the_supervisors_when_its_time_is_over(site: Site) -> None:
    (case,) = cases(site)
    site.settle(case.due_ms - 1)
    assert cases(site)[0].state is State.OPEN
    site.settle(case.due_ms)
    assert (cases(site)[0].state, log(site)) == (State.ESCALATED, ["opened", "escalated"])


@pytest.mark.usefixtures("line")
def test_a_correction_changes_the_visit_and_its_withdrawal_gives_the_one_from_before(site: Site) -> None:
    before, clerk = record(site), clerk_of(site)
    visit = bytes.fromhex(before["visit_id"])
    times = (None, BEGAN + 65 * MINUTE)
    one = act(site, clerk.propose(visit, times, "check_out_broken", "老人确认她一小时后才走", "", "李婉"))
    assert record(site) == before
    with pytest.raises(CaseError):
        act(site, clerk.answer(one.number, Act.APPROVED, "", "李婉"))
    act(site, clerk.answer(one.number, Act.APPROVED, "已核实", "王芳"))
    after = record(site)
    assert (after["duration_s"], after["correction"]["witnessed"]["duration_s"]) == (65 * 60, 20 * 60)
    assert (after["in"], after["out"]) == (before["in"], before["out"])
    assert cases(site)[0].state is State.CLEARED
    act(site, clerk.answer(one.number, Act.WITHDRAWN, "", "王芳"))
    assert record(site) == before
    assert cases(site)[0].state is State.OPEN
    assert log(site) == ["opened", "proposed", "approved", "cleared", "withdrawn", "reopened"]
    with site.store.reading() as connection:
        kept = connection.execute(select(visit_revisions.c.revision)).scalars().all()
        key = site.authority.suite.verifying_key(site.gateway_key.spki)
        deeds = list(clerk.casing.book.deeds(connection))
    assert len(kept) >= 3  # every one that was shown can be seen
    assert all(is_signed(d.document, d.signature, key, d.suite, d.certificate_id) for d in deeds)
    assert len(deeds) == 3


@pytest.mark.usefixtures("line")
def test_both_sides_are_written_down_and_the_decision_survives_a_restart(site: Site) -> None:
    clerk = clerk_of(site)
    with pytest.raises(CaseError):
        act(site, clerk.decide(1, Decision.ACKNOWLEDGED, "other_time", "", "王芳"))
    act(site, clerk.hear(1, Side.CAREGIVER, "老人要我先走", "王芳", reached=True))
    act(site, clerk.hear(1, Side.ELDER, "三次未接", "王芳", reached=False))
    act(site, clerk.decide(1, Decision.ACKNOWLEDGED, "other_time", "", "王芳"))
    site.store.close()
    site.open()
    (case,) = cases(site)
    assert (case.state, case.decision, case.reason) == (State.DECIDED, Decision.ACKNOWLEDGED, "other_time")
    assert log(site) == ["opened", "heard", "unreached", "decided"]


def test_an_outage_entered_later_explains_the_case_that_it_touched(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device)
    late = NOW_MS + 10 * HOUR
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.IN, card=b"card-two"), wall_ms=late, mono_ns=12 * HOUR * 10**6)  # it ran all along
    site.take(line.message(1, 3), now_ms=late)
    site.settle(late)
    (case,) = cases(site)
    assert case.kinds == {"no_out"}
    clerk = clerk_of(site)
    act(site, clerk.outage(Outage("terminal", BEGAN + HOUR, None, bytes(16)), "王芳"), late)
    assert cases(site)[0].explained is None
    act(site, clerk.outage(Outage("terminal", BEGAN + HOUR, NOW_MS, line.device), "王芳"))
    assert (cases(site)[0].explained, cases(site)[0].blameless) == ("terminal_down", True)
    act(site, clerk.decide(1, Decision.ACKNOWLEDGED, "terminal_down", "", "王芳"), late)
    assert cases(site)[0].state is State.DECIDED


def test_a_terminal_that_went_silent_gives_the_reason_until_it_is_heard_of(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.OUT, 2), wall_ms=BEGAN + 65 * MINUTE, mono_ns=(65 * 60 + 2) * 10**9)
    site.take(line.message(1, 2), now_ms=BEGAN)
    site.settle(BEGAN + 20 * HOUR)
    (case,) = cases(site)
    assert (case.kinds, case.explained, case.blameless) == ({"no_out"}, "network_down", True)
    site.store.close()
    site.open()
    site.take(line.message(3, 3, 1), now_ms=BEGAN + 21 * HOUR)
    (case,) = cases(site)
    assert (case.state, case.kinds) == (State.CLEARED, frozenset())
    assert log(site) == ["opened", "explained", "explained", "cleared"]


def test_a_terminal_that_is_heard_of_and_saw_nothing_excuses_nobody(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    site.take(line.message(1, 2), now_ms=BEGAN)
    site.settle(BEGAN + 20 * HOUR)
    assert cases(site)[0].explained == "network_down"
    line.add(check(Direction.IN, card=b"card-two"), wall_ms=BEGAN + 21 * HOUR, mono_ns=21 * HOUR * 10**6)
    site.take(line.message(3, 3, 1), now_ms=BEGAN + 21 * HOUR)
    site.settle(BEGAN + 31 * HOUR)  # when the day is over it is known
    case = min(cases(site), key=lambda one: one.number)
    assert (case.kinds, case.explained) == ({"no_out"}, None)


def test_a_terminal_that_was_dark_when_she_left_gives_the_reason(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.boot_id = b"2" * 16
    line.start(wall_ms=BEGAN + 3 * HOUR)
    site.take(line.message(1, 3, 1), now_ms=BEGAN + 3 * HOUR)
    site.settle(BEGAN + 20 * HOUR)
    (case,) = cases(site)
    assert (case.kinds, case.explained, case.blameless) == ({"no_out"}, "terminal_down", True)
    act(site, clerk_of(site).decide(1, Decision.ACKNOWLEDGED, "terminal_down", "", "王芳"), BEGAN + 20 * HOUR)
    assert cases(site)[0].state is State.DECIDED


@pytest.mark.usefixtures("line")
def test_after_the_deadline_the_supervisors_unlock_it(site: Site) -> None:
    clerk, late = clerk_of(site), NOW_MS + 30 * 24 * HOUR
    visit = cases(site)[0].visit_id
    doing = clerk.propose(visit, (None, BEGAN + HOUR), "no_check_out", "她在场", "", "李婉")
    with pytest.raises(CaseError):
        act(site, doing, late)
    act(site, clerk.unlock(1, "审计要求", "民政"), late)
    assert act(site, doing, late).act is Act.PROPOSED


def test_a_visit_without_a_case_is_unlocked_by_its_id(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.OUT, 2), wall_ms=BEGAN + 65 * MINUTE, mono_ns=(65 * 60 + 2) * 10**9)
    site.take(line.message(1, 3))
    assert cases(site) == []
    clerk, late, visit = clerk_of(site), NOW_MS + 30 * 24 * HOUR, bytes.fromhex(record(site)["visit_id"])
    doing = clerk.propose(visit, (None, BEGAN + 70 * MINUTE), "no_check_out", "她在场", "", "李婉")
    for refused in (doing, clerk.unlock_visit(b"x" * 16, "审计", "民政"), clerk.unlock_visit(visit, " ", "民政")):
        with pytest.raises(CaseError):
            act(site, refused, late)
    assert act(site, clerk.unlock_visit(visit, "审计要求", "民政"), late) == late + 3 * 24 * HOUR
    with pytest.raises(CaseError):
        act(site, doing, late + 3 * 24 * HOUR + 1)
    assert act(site, doing, late + 3 * 24 * HOUR).act is Act.PROPOSED


@pytest.mark.usefixtures("line")
def test_an_unlock_by_the_id_of_the_visit_is_one_of_its_case(site: Site) -> None:
    clerk, visit = clerk_of(site), cases(site)[0].visit_id
    until_ms = act(site, clerk.unlock_visit(visit, "审计要求", "民政"))
    assert (cases(site)[0].unlocked_ms, log(site)) == (until_ms, ["opened", "unlocked"])


@pytest.mark.usefixtures("line")
def test_a_replay_comes_to_the_corrected_visits(site: Site, tmp_path: Path) -> None:
    clerk = clerk_of(site)
    visit = cases(site)[0].visit_id
    one = act(site, clerk.propose(visit, (None, BEGAN + 65 * MINUTE), "no_check_out", "她在场", "", "李婉"))
    act(site, clerk.answer(one.number, Act.APPROVED, "", "王芳"))
    into = new_store(tmp_path / "again.db")
    with site.store.reading() as standing:
        replay(standing, into, site.key, VisitsTable(), NOW_MS, beside=Casing(CasesTable(), site.key))
        with into.reading() as computed:
            found = list(differences(standing, computed, site.key, NOW_MS))
            again = computed.execute(select(visits.c.record)).scalar_one()
    into.close()
    assert again["correction"]["counts"] is True
    assert found == []


class Named:
    """Finds whoever is not in the registry at the home, whatever the visit's record says."""

    def __init__(self) -> None:
        self.found = True

    def __call__(self, seen: Seen) -> Iterator[Finding]:
        if self.found:
            words = Text("x", "x")
            yield Finding("papers", seen.visit.visit_id, ("visit", "x"), None, None, None, "", words, words)


def test_a_finding_that_goes_with_the_registry_clears_its_case_though_the_record_is_the_same(
    site: Site, authority: Authority
) -> None:
    papers, casing = Named(), clerk_of(site).casing
    casing.detectors = (Detector("papers", papers),)
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.OUT, 2), wall_ms=BEGAN + HOUR, mono_ns=3602 * 10**9)
    site.take(line.message(1, 3))
    site.settle()
    assert cases(site)[0].kinds == {"papers"}
    papers.found, before = False, record(site)
    register(site, bytes(16), "2", card="0c" * 16)
    site.settle(NOW_MS + 1)
    assert (cases(site)[0].state, record(site)) == (State.CLEARED, before)


@pytest.mark.usefixtures("line")
def test_changed_settings_leave_what_was_decided_and_corrected_and_the_log_says_what_is_found_now(site: Site) -> None:
    clerk, visit = clerk_of(site), bytes.fromhex(record(site)["visit_id"])
    one = act(site, clerk.propose(visit, (None, BEGAN + 65 * MINUTE), "check_out_broken", "她一小时后才走", "", "李婉"))
    act(site, clerk.answer(one.number, Act.APPROVED, "已核实", "王芳"))
    act(site, clerk.hear(1, Side.CAREGIVER, "刷不出", "王芳", reached=True))
    act(site, clerk.hear(1, Side.ELDER, "是的", "王芳", reached=True))
    act(site, clerk.decide(1, Decision.FIXED, "check_out_broken", "", "王芳"))
    decided = log(site)

    def by(**table: int) -> Case:
        site.store.close()
        site.table = VisitsTable(**table)
        site.open()
        site.settle()
        assert record(site)["correction"]["counts"]
        assert record(site)["duration_s"] == 65 * 60
        return cases(site)[0]

    for table in ({"min_s": 1_200}, {"min_s": 3_000, "max_s": 36_000}):
        case = by(**table)
        assert (case.state, case.decision, case.reason) == (State.DECIDED, Decision.FIXED, "check_out_broken")
        assert log(site) == decided
    case = by(min_s=4_200)  # now what was corrected is too short as well: somebody has to look at it
    assert (case.state, case.kinds) == (State.OPEN, {"short"})
    assert log(site) == [*decided, "reopened"]


@pytest.mark.usefixtures("line")
def test_what_was_decided_and_is_found_no_more_by_other_settings_stays_decided(site: Site) -> None:
    clerk = clerk_of(site)
    act(site, clerk.hear(1, Side.CAREGIVER, "老人要我先走", "王芳", reached=True))
    act(site, clerk.hear(1, Side.ELDER, "是的", "王芳", reached=True))
    act(site, clerk.decide(1, Decision.ACKNOWLEDGED, "other_time", "", "王芳"))
    for min_s, kinds, said in ((600, set(), "cleared"), (3_600, {"short"}, "found")):
        site.store.close()
        site.table = VisitsTable(min_s=min_s)
        site.open()
        site.settle()
        (case,) = cases(site)
        assert (case.state, case.decision, case.kinds) == (State.DECIDED, Decision.ACKNOWLEDGED, kinds)
        assert log(site)[-1] == said
