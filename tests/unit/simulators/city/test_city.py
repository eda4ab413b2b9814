"""A small city: the same from the same seed, ridden by people, and honest about what it knows. rule: SCALE."""

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from zhendao.command.roster import between, check
from zhendao.command.roster.files import read
from zhendao.protocol.bodies import Boot, Check
from zhendao.protocol.jsonform import event_from_json
from zhendao.protocol.vocabulary import BootReason, Mounting
from zhendao.simulators.city.facts import Fact
from zhendao.simulators.city.ground import Spot, degrees_e7, distance_dm, travel_min
from zhendao.simulators.city.picture import day_picture
from zhendao.simulators.city.rates import HONEST, Fraud, Mistake, Rates
from zhendao.simulators.city.running import START_MS, Run
from zhendao.simulators.city.scale import SCALES, Scale
from zhendao.simulators.city.services import LIVING
from zhendao.simulators.city.visits import DAY_MS, MIN_MS, Visit
from zhendao.simulators.city.writing import line, write_city

TINY = Scale("tiny", 4, 36, 320, 2)
DAYS = 4


def played(run: Run) -> tuple[list[Fact], list[Visit]]:
    facts: list[Fact] = []
    visits: list[Visit] = []
    for some, known in run.play():
        facts += some
        visits += known
    return facts, visits


@pytest.fixture(scope="module")
def city() -> tuple[Run, list[Fact], list[Visit]]:
    run = Run(11, TINY, DAYS, Rates(habit=700, power_cuts=60, dead_links=60, street_outages=200, clock_lost=500))
    return run, *played(run)


def test_one_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        write_city(Run(seed, TINY, 1, Rates()), tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert len(files) > 8
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "again" / path).read_bytes()
    assert (tmp_path / "one/events.jsonl").read_bytes() != (tmp_path / "other/events.jsonl").read_bytes()


def test_the_registry_says_nothing_of_who_cheats(tmp_path: Path) -> None:
    for name, rates in (("cheats", Rates()), ("honest", HONEST)):
        write_city(Run(5, TINY, 1, rates), tmp_path / name)
    for path in (tmp_path / "cheats/registry").iterdir():
        assert path.read_bytes() == (tmp_path / "honest/registry" / path.name).read_bytes()
    truth = json.loads((tmp_path / "honest/truth.json").read_bytes())
    assert all(visit["fraud"] is None for visit in truth["visits"])


def test_the_registry_is_one_that_a_gateway_takes(tmp_path: Path) -> None:
    write_city(Run(5, TINY, 1, Rates()), tmp_path)
    sheets, problems = read(tmp_path / "registry")
    rows = []
    for sheet in sheets:
        good, wrong = check.check_rows(sheet, ZoneInfo("Asia/Shanghai"), "xuhui")
        rows += good
        problems += wrong
    problems += between.check_together(rows, rows)
    assert not problems
    assert len([row for row in rows if row.sheet.name == "elders"]) == TINY.elders


def test_facts_speak_of_facts_alone(city: tuple[Run, list[Fact], list[Visit]]) -> None:
    lines = [line(fact) for fact in city[1]]
    assert all(json.loads(one).keys() == {"received_ms", "event", "proofs"} for one in lines)
    words = [*Fraud, *Mistake, "seed", "truth", "fraud", city[2][0].visit_id[:5]]
    words = [word for word in words if word not in {Fraud.SHORT, Mistake.LATE}]  # a kind of tag may be called so
    assert not [one for one in lines for word in words if f'"{word}' in one]


def test_facts_convert_back_and_come_in_order_of_arrival(city: tuple[Run, list[Fact], list[Visit]]) -> None:
    facts = city[1]
    assert all(event_from_json(json.loads(line(fact))["event"]) == fact.event for fact in facts[::7])
    assert all(one.received_ms <= other.received_ms for one, other in pairwise(facts))


def test_a_terminal_numbers_its_events_without_a_gap_and_its_time_runs_on(
    city: tuple[Run, list[Fact], list[Visit]],
) -> None:
    journals = defaultdict(list)
    for fact in city[1]:
        journals[fact.event.device].append(fact.event)
    for events in journals.values():
        events.sort(key=lambda one: one.seq)
        assert [one.seq for one in events] == list(range(1, len(events) + 1))
        for one, other in pairwise(events):
            assert one.boot_id != other.boot_id or one.mono_ns <= other.mono_ns


def test_nobody_is_at_two_places_at_once_and_ways_take_their_time(city: tuple[Run, list[Fact], list[Visit]]) -> None:
    days = defaultdict(list)
    for visit in city[2]:
        couple = visit.bond.along is not None and visit.together
        if visit.by is not None and visit.from_ms is not None and visit.to_ms is not None and not couple:
            days[visit.by.number].append((visit.from_ms, visit.to_ms, visit.bond.elder.place.spot))
    assert len(days) > 20
    for stays in days.values():
        for (_, left, here), (come, _, there) in pairwise(sorted(stays, key=lambda one: one[0])):
            assert come - left >= travel_min(here, there) * MIN_MS


def test_honest_visits_are_of_lawful_length_unless_the_truth_says_why(
    city: tuple[Run, list[Fact], list[Visit]],
) -> None:
    why = {Mistake.LEFT_EARLY, Mistake.STAYED_LONG}
    plain = [one for one in city[2] if one.happened and one.fraud is None and not one.mistakes & why
             and one.bond.service is not LIVING]  # fmt: skip
    assert len(plain) > 300
    for visit in plain:
        assert visit.from_ms is not None
        assert visit.to_ms is not None
        service = visit.bond.service
        assert service.min_m * MIN_MS < visit.to_ms - visit.from_ms < service.max_m * MIN_MS
        if visit.mistakes <= {Mistake.NO_FIX, Mistake.LATE} and visit.seen:
            assert max(visit.seen) - min(visit.seen) > service.min_m * MIN_MS


def test_the_truth_names_the_facts_of_a_visit(city: tuple[Run, list[Fact], list[Visit]]) -> None:
    events = {(fact.event.device, fact.event.seq): fact.event for fact in city[1]}
    checks = {key for key, event in events.items() if isinstance(event.body, Check)}
    told = (*city[2], *city[0].shifts)
    named = [(terminal.device, seq) for one in told for terminal, seq in one.facts]
    assert len(named) == len(set(named))
    assert checks <= set(named)
    quiet = [one for one in city[2] if one.happened and not one.fraud and one.mistakes <= {Mistake.NO_FIX}]
    for visit in quiet:
        times = [events[terminal.device, seq].wall_ms for terminal, seq in visit.facts]
        assert visit.from_ms is not None
        assert visit.to_ms is not None
        assert all(visit.from_ms - 1_000 <= at <= visit.to_ms + 1_000 for at in times)


def test_every_fraud_is_committed_and_its_traces_are_told(city: tuple[Run, list[Fact], list[Visit]]) -> None:
    run, _, visits = city
    by_kind = defaultdict(list)
    for visit in visits:
        if visit.fraud is not None:
            by_kind[visit.fraud].append(visit)
    assert by_kind.keys() == set(run.habits.of.values())
    assert len(by_kind) >= len(Fraud) - 1
    for kind, traces in {
        Fraud.SHORT: {"short"}, Fraud.STAGED: {"minute_regular"}, Fraud.UNDER_OTHERS: {"unscheduled"},
    }.items():  # fmt: skip
        assert all(traces <= visit.traces for visit in by_kind.get(kind, []) if len(visit.seen) > 1)
    assert not any(visit.traces for visit in visits if not visit.facts)
    for visit in by_kind.get(Fraud.LENT_CARD, []):
        assert ("cards_together" in visit.traces) == (not visit.happened) or not visit.facts
    moved = by_kind.get(Fraud.MOVED, [])
    for visit in moved:
        terminal = visit.bond.elder.terminal
        assert terminal is not None
        assert terminal.receiver or terminal.mounting is Mounting.WALL or "terminal_moved" not in visit.traces
    absent = {Fraud.PHANTOM, Fraud.REMOVED_TAG, Fraud.CLONED_UID, Fraud.HARVESTED_SUN, Fraud.MOVED, Fraud.STAGED}
    assert not any(visit.happened for kind in absent for visit in by_kind.get(kind, []))
    assert all(visit.traces == set() for visit in visits if visit.fraud is None)


def test_outages_are_told_with_the_visits_that_they_touched(city: tuple[Run, list[Fact], list[Visit]]) -> None:
    run, facts, visits = city
    outages = {one.outage_id: one for one in run.outages.all}
    touched = [one for one in visits if one.outages]
    assert {outages[name].what for visit in touched for name in visit.outages} >= {"terminal", "link"}
    late = {
        (fact.event.device, fact.event.seq) for fact in facts if fact.received_ms - fact.event.wall_ms > 10 * MIN_MS
    }
    for visit in visits:
        own = {(terminal.device, seq) for terminal, seq in visit.facts}
        if own & late and Mistake.WRONG_CLOCK not in visit.mistakes:
            assert visit.outages
    dark = [one for one in visits if Mistake.NOT_WITNESSED in one.mistakes and one.outages]
    for visit in dark:
        assert any(outages[name].what == "terminal" for name in visit.outages)


def test_a_night_visit_goes_over_midnight_and_a_meal_comes_twice() -> None:
    _, visits = played(Run(2, SCALES["small"], 3, HONEST))
    days = [((one.from_ms - START_MS) // DAY_MS, (one.to_ms - START_MS) // DAY_MS) for one in visits
            if one.from_ms and one.to_ms]  # fmt: skip
    assert any(begin < end for begin, end in days)
    pairs = [(one.bond.elder.elder_id, one.bond.caregiver.number) for one in visits]
    assert len(pairs) > len(set(pairs))


def test_the_ground_agrees_with_the_earth() -> None:
    lat, lon = degrees_e7(Spot(10_000, 0))
    origin = degrees_e7(Spot(0, 0))
    assert (lat, lon - origin[1]) == (origin[0], 104_880)
    assert distance_dm(Spot(0, 0), Spot(3_000, 4_000)) == 5_000
    assert travel_min(Spot(0, 0), Spot(0, 20_000)) > travel_min(Spot(0, 0), Spot(0, 2_000)) > 1


def test_the_picture_of_a_day_shows_every_row_and_is_the_same_again(
    city: tuple[Run, list[Fact], list[Visit]],
) -> None:
    run, _, visits = city
    today = [one for one in visits if one.begin_ms < START_MS + DAY_MS]
    drawn = [day_picture(today, run.outages.all, START_MS, "zh") for _ in range(2)]
    assert drawn[0] == drawn[1]
    tree = ET.fromstring(drawn[0])  # noqa: S314 - made here
    titles = {one.text or "" for one in tree.iter("{http://www.w3.org/2000/svg}title")}
    shown = [one for one in today if any(title.startswith(one.visit_id) for title in titles)]
    assert len(shown) == len(today)
    assert {str(one.fraud) for one in shown if one.fraud} <= {word for title in titles for word in title.split()}


def test_a_forgotten_check_out_reaches_the_next_visit_of_the_same_two() -> None:
    _, visits = played(Run(4, SCALES["small"], 2, Rates(caregivers=0, forgotten_out=900)))
    over = [one for one in visits if Mistake.CARRIED_OVER in one.mistakes]
    assert over
    for visit in over:
        before = [
            one for one in visits
            if one.bond is visit.bond and one is not visit and 0 < visit.begin_ms - one.begin_ms < DAY_MS
        ]  # fmt: skip
        assert any(Mistake.FORGOTTEN_OUT in one.mistakes for one in before)


def test_what_cheats_do_beside_their_fraud_honest_people_do_too() -> None:
    """Else a second card or a restart on the eve would give a fraud away, and no trace of it."""
    run = Run(6, SCALES["small"], 1, HONEST)
    facts, _ = played(run)
    seconds = {one.spare.uid for one in run.city.caregivers}
    assert any(isinstance(fact.event.body, Check) and fact.event.body.caregiver.uid in seconds for fact in facts)
    reasons = [fact.event.body.reason for fact in facts if isinstance(fact.event.body, Boot)
               and fact.event.wall_ms < START_MS]  # fmt: skip
    assert BootReason.START in reasons


def test_an_overlap_names_both_who_stand_beside_each_other(city: tuple[Run, list[Fact], list[Visit]]) -> None:
    visits = {one.visit_id: one for one in city[2]}
    beside = [one for one in visits.values() if one.beside]
    assert beside
    for one in beside:
        for other in (visits[name] for name in one.beside):
            assert other.fraud is not None
            assert "overlap" in other.traces
            assert other.booked is one.booked
            assert min(one.seen) < max(other.seen)
            assert min(other.seen) < max(one.seen)
