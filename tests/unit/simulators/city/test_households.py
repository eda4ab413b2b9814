"""Couples, living in, several services of the same two, two who work together: who comes how to a home of the city."""

import json
from collections import defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from zhendao.command.roster import between, check
from zhendao.command.roster.files import read
from zhendao.gateway.judging.facts import read_facts
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.policy import read_policy
from zhendao.gateway.registry.loading import read_registry
from zhendao.protocol.bodies import Check
from zhendao.protocol.event import Event
from zhendao.simulators.city.model import Bond
from zhendao.simulators.city.rates import HONEST, Mistake, Rates
from zhendao.simulators.city.registry import write_registry
from zhendao.simulators.city.running import START_MS, Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.services import LIVING, WATCH
from zhendao.simulators.city.visits import DAY_MS, MIN_MS, Visit
from zhendao.simulators.city.writing import write_city

STREET = Scale("street", 4, 92, 1_300, 2)
Played = tuple[Run, dict[tuple[bytes, int], Event], list[Visit]]


@pytest.fixture(scope="module")
def street() -> Played:
    run = Run(41, STREET, 3, HONEST)
    events, visits = {}, []
    for facts, known in run.play():
        events.update({(fact.event.device, fact.event.seq): fact.event for fact in facts})
        visits += known
    return run, events, visits


def bonds(run: Run) -> list[Bond]:
    return [bond for of_one in run.city.rounds for bond in of_one]


def test_a_couple_has_one_home_two_terminals_and_one_visit_at_a_time(street: Played) -> None:
    run, events, visits = street
    couples = [one for one in bonds(run) if one.along is not None]
    assert len(couples) > 5
    for bond in couples:
        other = bond.along
        assert other is not None
        assert bond.elder.place is other.elder.place
        assert bond.elder.terminal is not other.elder.terminal
        assert bond.caregiver is other.caregiver
    by_id = {one.visit_id: one for one in visits}
    both = [one for one in visits if one.bond.along is not None and one.together]
    assert len(both) > 3
    for visit in both:
        (name,) = visit.together
        assert by_id[name].together == {visit.visit_id}
        assert visit.by is by_id[name].by
        assert visit.from_ms is not None
        assert 0 < visit.from_ms - (by_id[name].from_ms or 0) <= 90_000
        for terminal, seq in visit.facts:
            if isinstance(events[terminal.device, seq].body, Check):
                assert terminal is visit.bond.elder.terminal


def test_who_lives_in_attests_each_day_and_goes_nowhere_else(street: Played) -> None:
    run, events, visits = street
    there = [one for one in run.city.caregivers if one.lives_in]
    assert there
    for caregiver in there:
        (bond,) = run.city.rounds[caregiver.number]
        assert bond.service is LIVING
        mine = [one for one in visits if one.bond is bond]
        assert [(one.begin_ms - START_MS) // DAY_MS for one in mine] == [0, 1, 2]
        for visit in mine:
            if visit.happened and not visit.outages:
                assert 1 <= len(visit.seen) <= 2
        assert not any(one.by is caregiver for one in visits if one.bond is not bond)
        assert not [one for one in bonds(run) if one.elder is bond.elder and one is not bond]
    assert events


def test_the_same_two_may_have_two_services_on_different_days(street: Played) -> None:
    run, _, _ = street
    pairs = defaultdict(list)
    for bond in bonds(run):
        pairs[bond.elder.elder_id, bond.caregiver.number].append(bond)
    several = [both for both in pairs.values() if len(both) > 1]
    assert len(several) > 5
    for one, other in several:
        assert one.service is not other.service
        assert not one.days & other.days
        assert one.slot != other.slot


def test_two_who_lift_somebody_together_are_told(street: Played) -> None:
    _, _, visits = street
    by_id = {one.visit_id: one for one in visits}
    pairs = [one for one in visits if one.bond.helps and one.together]
    assert pairs
    for visit in pairs:
        (other,) = (by_id[name] for name in visit.together)
        assert other.bond.elder is visit.bond.elder
        assert other.by is not visit.by
        assert abs((other.from_ms or 0) - (visit.from_ms or 0)) < 60 * MIN_MS or Mistake.LATE in (
            other.mistakes | visit.mistakes
        )


def test_the_registry_with_all_of_it_is_one_that_a_gateway_takes(street: Played, tmp_path: Path) -> None:
    run, _, _ = street
    write_registry(run.city, run.office, run.changes, tmp_path, START_MS)
    sheets, problems = read(tmp_path)
    rows = []
    for sheet in sheets:
        good, wrong = check.check_rows(sheet, ZoneInfo("Asia/Shanghai"), "xuhui")
        rows += good
        problems += wrong
    problems += between.check_together(rows, rows)
    assert not problems


def test_at_a_night_watch_there_are_checks_in_between_and_judge_makes_one_visit_of_them(tmp_path: Path) -> None:
    run = Run(
        43,
        Scale("nights", 1, 42, 425, 1),
        6,
        Rates(caregivers=0, forgotten_recheck=300, strange_card=400, power_cuts=0),
    )
    write_city(run, tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_bytes())
    watches = [one for one in truth["visits"] if one["service"] == WATCH.code and len(one["facts"]) > 2]
    assert len(watches) > 1
    policy = read_policy(tmp_path / "policy.toml")
    judge = Judge(read_registry(tmp_path / "registry", ZoneInfo("Asia/Shanghai"), "xuhui"), policy.policy(), 10_000)
    with (tmp_path / "events.jsonl").open("rb") as lines:
        for fact in read_facts(lines):
            judge.take(fact)
    found = {(one.record["device"], one.record["in"]["seq"]): one.record for one in judge.judged().visits
             if one.record["in"]}  # fmt: skip
    plain = odd = 0
    for one in watches:
        if set(one["mistakes"]) <= {"no_fix", "late", "gnss_drift", "strange_card"}:
            strange = "strange_card" in one["mistakes"]  # the bus card comes before the first check, and only there
            device, _, seq = sorted(one["facts"], key=lambda fact: fact[2])[strange]
            record = found[device, seq]
            assert record["rechecks"]
            assert abs(record["duration_s"] * 1000 - (one["to_ms"] - one["from_ms"])) < 2 * MIN_MS
            plain += not strange
            odd += strange
    assert plain
    assert odd
