"""What honest people do wrong, and what fails around them: each is played as it is, and told in the truth."""

from collections import defaultdict
from itertools import pairwise

import pytest

from zhendao.protocol.bodies import Check, HealthReport, Tap, Undo
from zhendao.protocol.datum import distance_m, wgs84_to_gcj02
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import Concern, Datum, HealthReason, TapReason
from zhendao.simulators.city.ground import degrees_e7
from zhendao.simulators.city.model import Place
from zhendao.simulators.city.rates import Mistake, Rates
from zhendao.simulators.city.running import START_MS, Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.visits import DAY_MS, MIN_MS, Visit

TOWN = Scale("town", 4, 40, 420, 2)
CLUMSY = Rates(
    caregivers=0, lone_card=80, strange_card=80, tapped_thrice=80, other_card=80, wrong_door=120, no_card=60,
    extra_visits=250, dead_readers=60, jammed_streets=500, broker_outages=700, gateway_outages=700,
)  # fmt: skip

Played = tuple[Run, dict[tuple[bytes, int], Event], list[Visit]]


@pytest.fixture(scope="module")
def town() -> Played:
    run = Run(21, TOWN, 3, CLUMSY)
    events, visits = {}, []
    for facts, known in run.play():
        events.update({(fact.event.device, fact.event.seq): fact.event for fact in facts})
        visits += known
    return run, events, visits


def of(town: Played, mistake: Mistake) -> list[tuple[Visit, list[Event]]]:
    """Return the visits with this mistake that no outage touched, each with its events in the order of time."""
    _, events, visits = town
    chosen = [one for one in visits if mistake in one.mistakes and not one.outages]
    assert chosen
    return [
        (one, sorted((events[terminal.device, seq] for terminal, seq in one.facts), key=lambda event: event.wall_ms))
        for one in chosen
    ]


@pytest.mark.parametrize(
    ("mistake", "reason"),
    [(Mistake.LONE_CARD, TapReason.LONE), (Mistake.STRANGE_CARD, TapReason.UNKNOWN)],
)
def test_what_is_held_there_alone_is_no_check_and_the_visit_is_as_ever(
    town: Played, mistake: Mistake, reason: TapReason
) -> None:
    for visit, events in of(town, mistake):
        first = events[0].body
        assert isinstance(first, Tap)
        assert first.reason is reason
        if not visit.mistakes & {Mistake.CARRIED_OVER, Mistake.WRONG_CLOCK}:
            assert sum(isinstance(one.body, Check) for one in events) == 2


def test_three_taps_in_two_seconds_are_one_check_in(town: Played) -> None:
    for visit, events in of(town, Mistake.THRICE):
        if visit.mistakes & {Mistake.CARRIED_OVER, Mistake.WRONG_CLOCK}:
            continue
        again = [one for one in events if isinstance(one.body, Tap) and one.body.reason is TapReason.REPEATED]
        assert len(again) == 2
        assert again[-1].wall_ms - events[0].wall_ms < 2_000


def test_another_card_at_the_end_is_another_card_of_hers(town: Played) -> None:
    for visit, events in of(town, Mistake.OTHER_CARD):
        cards = {one.body.caregiver.uid for one in events if isinstance(one.body, Check)}
        assert visit.by is not None
        assert cards <= {visit.by.card.uid, visit.by.spare.uid}
        assert len(cards) == 2


def test_at_the_wrong_door_a_neighbour_has_a_check_of_hers_and_some_take_it_back(town: Played) -> None:
    run, _, _ = town
    homes = {one.terminal.device: one for one in run.city.elders if one.terminal is not None}
    undone = set()
    for visit, events in of(town, Mistake.WRONG_DOOR):
        elder = visit.bond.elder
        strange = [one for one in events if homes[one.device] is not elder]
        assert isinstance(strange[0].body, Check)
        assert strange[0].body.door is not None
        assert strange[0].body.door.uid == homes[strange[0].device].door.uid
        assert homes[strange[0].device].place.region == elder.place.region
        undone.add(any(isinstance(one.body, Undo) for one in strange))
        assert len(visit.seen) >= 1
    assert undone == {True, False}


def test_without_a_card_nothing_is_witnessed_and_she_was_there(town: Played) -> None:
    for visit, events in of(town, Mistake.NO_CARD):
        assert not events
        assert visit.happened
        assert visit.booked is None


def test_who_is_called_once_more_comes_after_her_round(town: Played) -> None:
    _, _, visits = town
    days: dict[tuple[int, int], list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.by is not None and visit.from_ms is not None:
            days[visit.by.number, (visit.begin_ms - START_MS) // DAY_MS].append(visit)
    called = 0
    for of_day in days.values():
        of_day.sort(key=lambda one: one.from_ms or 0)
        for before, visit in pairwise(of_day):
            if Mistake.EXTRA in visit.mistakes:
                called += 1
                assert before.to_ms is not None
                assert visit.from_ms is not None
                assert visit.from_ms > before.to_ms
                assert visit.to_ms is not None
                assert visit.to_ms - visit.from_ms > visit.bond.service.min_m * MIN_MS * 30 // 100
    assert called
    assert len({visit.visit_id for visit in visits}) == len(visits)


def test_a_dead_reader_witnesses_nobody_and_says_that_it_is_dead(town: Played) -> None:
    run, events, visits = town
    dead = {one.outage_id: one for one in run.outages.all if one.what == "reader"}
    told = {
        event.device.hex()
        for event in events.values()
        if isinstance(event.body, HealthReport)
        and event.body.reason is HealthReason.CHANGE
        and event.body.concerns & Concern.READER_DOWN
    }
    assert told
    assert told <= {one.whom for one in dead.values()}
    for event in events.values():
        if isinstance(event.body, Check):
            mine = (one for one in dead.values() if one.whom == event.device.hex())
            assert not any(one.at(event.wall_ms) for one in mine if abs(event.wall_ms - one.to_ms) > 2_000)
    assert any(Mistake.NOT_WITNESSED in one.mistakes and one.outages & dead.keys() for one in visits)


def test_in_a_jammed_street_no_receiver_has_a_fix(town: Played) -> None:
    run, events, visits = town
    jams = {one.outage_id: one for one in run.outages.all if one.what == "sky"}
    touched = [one for one in visits if one.outages & jams.keys()]
    assert touched
    for visit in touched:
        assert Mistake.NO_FIX in visit.mistakes
        mine = [jams[name] for name in visit.outages if name in jams]
        for terminal, seq in visit.facts:
            event = events[terminal.device, seq]
            inside = any(one.from_ms + 1_000 < event.wall_ms < one.to_ms - 1_000 for one in mine)
            if inside and isinstance(event.body, Check) and Mistake.WRONG_CLOCK not in visit.mistakes:
                assert event.body.fix is None


def test_broker_and_gateway_go_down_too(town: Played) -> None:
    run, _, visits = town
    by_id = {one.outage_id: one.what for one in run.outages.all}
    assert {by_id[name] for visit in visits for name in visit.outages} >= {"broker", "gateway", "reader", "sky"}


def off_m(place: Place) -> float:
    """Return how far the registry has ``place`` from where it is, in metres."""
    lat, lon = (one / 1e7 for one in degrees_e7(place.spot))
    if place.datum is Datum.GCJ02:
        lat, lon = wgs84_to_gcj02(lat, lon)
    return distance_m(lat, lon, place.lat_e7 / 1e7, place.lon_e7 / 1e7)


def test_a_few_homes_are_marked_wrong_and_the_office_is_told_of_them() -> None:
    run = Run(22, Scale("wide", 4, 20, 2_000, 2), 1, CLUMSY)
    wrong = [one for one in run.city.elders if one.place.marked_wrong]
    assert 2 <= len(wrong) <= 15
    assert run.office.as_json()["marked_wrong"] == [one.elder_id for one in wrong]
    assert all(off_m(one.place) > 250 for one in wrong)
    assert all(off_m(one.place) < 250 for one in run.city.elders if not one.place.marked_wrong)
