"""What no visit shows alone: two places at once, journeys, capacity, granted hours. And agreed hours."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from samples.taps import check
from samples.witnessed import ANNA, DAY_S, DEVICE, HOUR_S, MINUTE_S, MORNING_MS, Witness, always, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.snapshot import Caregiver, Place, Registry, Schedule, Service, Terminal, Token
from zhendao.gateway.registry.standing import Agreement, Authorisation, Organisation, Standing
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Fix, PositionWatch
from zhendao.protocol.position import moved_by
from zhendao.protocol.vocabulary import Constellation, Datum, Direction, FixSign, Placement, Role, WatchReason

THERE = b"t" * 16
KM_E7 = 90_000


def found(*homes: Witness, registry: Registry, hints: Hints | None = None) -> tuple[Finding, ...]:
    judge = Judge(registry, policy_of(VisitsTable()), 10_000, hints=hints)
    for home in homes:
        for fact in home.facts:
            judge.take(fact)
    return judge.judged().findings


def measures(one: Finding) -> tuple[str, int | None, int | None, int | None]:
    return one.kind, one.measured, one.expected, one.off_by


def two_homes(apart_km: float, place: str = "P-2", **more: Any) -> Registry:
    near = 311_886_000, 1_214_365_000
    return known(
        terminals=[
            Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
            Terminal(THERE, "E-2", place, Placement.HOME, None),
        ],
        places=[
            Place("P-1", *near, Datum.WGS84, 60, 10),
            Place("P-2", near[0] + round(apart_km * KM_E7), near[1], Datum.WGS84, 60, 10),
        ],
        **more,
    )


def at_home(begin_s: int, end_s: int, device: bytes = DEVICE) -> Witness:
    home = Witness(device=device)
    home.leave(end_s, home.come(begin_s))
    return home


def test_one_caregiver_in_two_homes_at_once() -> None:
    homes = at_home(0, HOUR_S), at_home(50 * MINUTE_S, 2 * HOUR_S, THERE)
    both = found(*homes, registry=two_homes(1))
    assert [measures(one)[:3] for one in both] == [("overlap", 599, 0)] * 2
    assert len({one.visit_id for one in both}) == 2


def test_a_card_may_be_read_at_the_next_door_first_and_nowhere_farther() -> None:
    """Circles of 60 m, surveyed to 10 m: they touch up to 140 m."""
    homes = at_home(0, HOUR_S), at_home(HOUR_S - 30, 2 * HOUR_S, THERE)
    assert found(*homes, registry=two_homes(0.13)) == ()
    assert [one.kind for one in found(*homes, registry=two_homes(0.15))] == ["overlap"] * 2
    longer = at_home(0, HOUR_S), at_home(HOUR_S - 90, 2 * HOUR_S, THERE)
    assert [measures(one)[:3] for one in found(*longer, registry=two_homes(0.13))] == [("overlap", 89, 60)] * 2
    assert found(*longer, registry=two_homes(0.13), hints=Hints(overlap_s=89)) == ()


def test_who_lives_in_is_there_whenever_she_attests_it() -> None:
    home = Witness()
    for at_s in (0, 5 * HOUR_S):
        home.come(at_s)
    care = {
        "services": [Service("BATH", 1_800, 5_400, profile="live-in")],
        "schedules": [Schedule("E-1", "C-1", "BATH")],
    }
    for begin_s, both_s in ((4 * HOUR_S, [3_599] * 2), (2 * HOUR_S, [])):
        away = at_home(begin_s, begin_s + 2 * HOUR_S, THERE)
        overlaps = [one for one in found(home, away, registry=two_homes(1, **care)) if one.kind == "overlap"]
        assert [one.measured for one in overlaps] == both_s


def test_visits_after_each_other_and_a_couple_at_one_place_do_not_overlap() -> None:
    one_after_the_other = at_home(0, HOUR_S), at_home(75 * MINUTE_S, 3 * HOUR_S, THERE)
    assert found(*one_after_the_other, registry=two_homes(1)) == ()
    a_couple = at_home(0, HOUR_S), at_home(MINUTE_S, HOUR_S + MINUTE_S, THERE)
    assert found(*a_couple, registry=two_homes(0, "P-1")) == ()


def test_a_shift_at_a_station_holds_no_visit_against_anybody() -> None:
    station = Witness(device=THERE)
    for at_s, direction in ((-HOUR_S, Direction.IN), (8 * HOUR_S - HOUR_S, Direction.OUT)):
        station.add(replace(check(direction, card=ANNA), door=None, placement=Placement.STATION), at_s)
    assert found(station, at_home(0, HOUR_S), registry=two_homes(1)) == ()


def test_a_visit_too_long_to_be_one_holds_nothing_against_the_next() -> None:
    forgotten = at_home(0, 3 * HOUR_S), at_home(90 * MINUTE_S, 160 * MINUTE_S, THERE)
    assert [one.kind for one in found(*forgotten, registry=two_homes(1))] == ["long"]


def overlaps(*homes: Witness) -> list[tuple[Any, ...]]:
    return [measures(one)[:3] for one in found(*homes, registry=two_homes(1)) if one.kind == "overlap"]


def test_who_stays_too_long_or_leaves_a_check_out_was_at_those_that_there_are() -> None:
    """Else a visit that is booked for her elsewhere is hidden by one that is long, or has no end."""
    too_long = at_home(20 * MINUTE_S, 3 * HOUR_S)
    assert overlaps(too_long, at_home(0, HOUR_S, THERE)) == [("overlap", 1_199, 0)] * 2
    assert overlaps(too_long, at_home(175 * MINUTE_S, 4 * HOUR_S, THERE)) == [("overlap", 299, 0)] * 2
    no_end, no_begin = Witness(), Witness()
    no_end.come(20 * MINUTE_S)
    no_begin.leave(50 * MINUTE_S)
    assert overlaps(no_end, at_home(0, HOUR_S, THERE)) == [("overlap", 1_199, 0)] * 2
    assert overlaps(no_begin, at_home(0, HOUR_S, THERE)) == [("overlap", 599, 0)] * 2
    assert overlaps(no_end, at_home(30 * MINUTE_S, HOUR_S, THERE)) == []
    assert overlaps(too_long, at_home(0, 10 * HOUR_S, THERE)) == [], "nobody knows how long she was at either"


def test_nobody_comes_forty_kilometres_in_five_minutes() -> None:
    homes = at_home(0, HOUR_S), at_home(65 * MINUTE_S, 3 * HOUR_S, THERE)
    one, other = found(*homes, registry=two_homes(40))
    assert measures(other) == measures(one)
    kind, took, needed, off = measures(one)
    assert (kind, took) == ("travel", 301)
    assert needed is not None
    assert abs(needed - 1_196) < 10  # 40 km less radius and survey of both, at 120 km/h
    assert off == needed - 301
    assert found(*homes, registry=two_homes(5)) == ()


def test_nobody_is_at_two_doors_in_one_second_unless_they_are_next_to_each_other() -> None:
    homes = at_home(0, HOUR_S), at_home(HOUR_S + 1, 3 * HOUR_S, THERE)
    assert [measures(one) for one in found(*homes, registry=two_homes(0.3))] == [("travel", 2, 4, 2)] * 2
    assert found(*homes, registry=two_homes(0.2)) == ()  # with all errors taken off 60 m are left
    assert found(*homes, registry=two_homes(0.3), hints=Hints(travel_least_m=200)) == ()


def test_more_elders_than_capacity() -> None:
    full = Organisation("ORG", "xuhui", "home", capacity=2)
    taken = [always(Agreement(f"E-{n}", "ORG")) for n in range(3)]

    def standing(elders: int) -> Registry:
        caregivers = [Caregiver("C-1", "xuhui", "ORG")]
        return known(Standing(organisations=[always(full)], agreements=taken[:elders]), caregivers=caregivers)

    (one,) = found(at_home(0, HOUR_S), registry=standing(3))
    assert (measures(one), one.visit_id, one.subject) == (("over_capacity", 3, 2, 1), None, ("organisation", "ORG"))
    assert found(at_home(0, HOUR_S), registry=standing(2)) == ()


def granted(amount_s: int, times: int | None, period: str) -> Registry:
    return known(Standing(authorisations=[always(Authorisation("E-1", "BATH", amount_s, period, times))]))


def days(count: int) -> Witness:
    home = Witness()
    for day in range(count):
        home.leave(day * DAY_S + HOUR_S, home.come(day * DAY_S))
    return home


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        (granted(2 * HOUR_S, None, "week"), [("over_hours", 3 * HOUR_S, 2 * HOUR_S, HOUR_S)]),
        (granted(9 * HOUR_S, 2, "month"), [("over_hours", 3, 2, 1)]),
        (granted(3 * HOUR_S, 3, "month"), []),
        (granted(HOUR_S, 1, "day"), []),
    ],
)
def test_granted_hours_are_summed_in_their_period(registry: Registry, expected: list[Any]) -> None:
    assert [measures(one) for one in found(days(3), registry=registry)] == expected


def agreed(hours: str | None, weekdays: int | None = None, of_service: str | None = None) -> Registry:
    return known(
        schedules=[Schedule("E-1", "C-1", "BATH", weekdays, hours)],
        services=[Service("BATH", 1_800, 5_400, hours=of_service)],
    )


TUESDAY = 0b000_0010


@pytest.mark.parametrize(
    ("registry", "off_s"),
    [
        (agreed("08:00-09:00"), None),
        (agreed("08:30-09:30"), None),
        (agreed("10:00-11:00"), 2 * HOUR_S - 1),
        (agreed("08:00-09:00", TUESDAY), None),
        (agreed("08:00-09:00", TUESDAY << 1), 24 * HOUR_S - 1),
        (agreed("20:00-07:45"), None),
        (agreed(None, None, "13:00-18:00"), 5 * HOUR_S - 1),
        (agreed(None), None),
    ],
)
def test_a_visit_outside_the_agreed_hours(registry: Registry, off_s: int | None) -> None:
    expected = [] if off_s is None else [("off_schedule", off_s, 1_800, off_s - 1_800)]
    assert MORNING_MS // 86_400_000 % 7 == (1 - 3) % 7  # a Tuesday
    assert [measures(one) for one in found(at_home(0, HOUR_S), registry=registry)] == expected


def a_day_that_runs(begin_s: int | None = None, *, start_s: int | None = None, until_s: int = 8 * HOUR_S) -> Witness:
    """A terminal from 05:00 on that hears a check of another card at the end, and perhaps starts anew before."""
    home = Witness()
    home.boot(-3 * HOUR_S, b"b")
    if begin_s is not None:
        home.leave(begin_s + HOUR_S, home.come(begin_s))
    if start_s is not None:
        home.boot(start_s, b"c")
    home.add(health(), until_s)
    return home


def health() -> PositionWatch:
    return PositionWatch(at(0, 0), WatchReason.WATCH)


def at(east: float, north: float) -> Fix:
    spot = moved_by((311_886_000, 1_214_365_000), east, north)
    return Fix(*spot, Datum.WGS84, 150, 500, 20, 14, 90, constellations=Constellation.BEIDOU, signs=FixSign(0))


PLANNED = agreed("08:00-09:00")


@pytest.mark.parametrize(
    ("home", "times"),
    [
        (a_day_that_runs(), 1),
        (a_day_that_runs(0), 0),
        (a_day_that_runs(4 * HOUR_S), 0),  # at another hour: it took place
        (a_day_that_runs(start_s=2 * HOUR_S), 0),  # it may have been without power at the time
        (a_day_that_runs(until_s=HOUR_S), 0),  # what came later is not known yet
    ],
)
def test_a_visit_is_missed_where_the_terminal_ran_and_saw_none(home: Witness, times: int) -> None:
    judge = Judge(PLANNED, policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    said = [one for one in judge.judged(MORNING_MS + 12 * HOUR_S * 1000).findings if one.kind == "missed"]
    assert [measures(one) for one in said] == [("missed", 0, 1, 1)] * times
    assert all(one.visit_id is None and "2026-09-22 08:00–09:00" in one.text.zh for one in said)


@pytest.mark.parametrize(
    ("hours", "days"), [(None, None), ("08:00-09:00", None), (None, TUESDAY), (None, TUESDAY << 1)]
)
def test_a_day_of_living_in_is_missed_where_it_was_not_attested(hours: str | None, days: int | None) -> None:
    living = known(services=[Service("STAY", 0, 0, profile="live-in")],
                   schedules=[Schedule("E-1", "C-1", "STAY", days, hours)])  # fmt: skip
    due = days != TUESDAY << 1
    for begin_s, wanted in ((None, ["2026-09-22 00:00–00:00"] if due else []), (-2 * HOUR_S, [])):
        home = Witness()
        home.boot(-9 * HOUR_S, b"b")
        if begin_s is not None:
            home.come(begin_s)
        home.add(health(), 17 * HOUR_S)
        found_then = found(home, registry=living)
        assert [one.zh[:22] for one in (one.text for one in found_then if one.kind == "missed")] == wanted


def test_where_numbers_are_missing_nobody_is_missed() -> None:
    home = a_day_that_runs()
    home.add(health(), 9 * HOUR_S, seq=99)
    assert [one.kind for one in found(home, registry=PLANNED)] == ["gap"]


def drifting(count: int, moved_from: int) -> Witness:
    dice, home = Random(3), Witness()
    for number in range(count):
        east, north = dice.gauss(0, 6) + (300 if number >= moved_from else 0), dice.gauss(0, 6)
        came = home.add(replace(check(Direction.IN), fix=at(east, north)), number * DAY_S).event.seq
        home.leave(number * DAY_S + HOUR_S, came)
    return home


def test_a_terminal_that_was_carried_off_is_seen_by_its_fixes() -> None:
    assert found(drifting(30, 30), registry=known()) == ()
    (one,) = [one for one in found(drifting(30, 23), registry=known()) if one.kind == "moved"]
    assert one.subject == ("terminal", DEVICE.hex())
    assert one.measured is not None
    assert abs(one.measured - 300) < 20


def test_a_terminal_that_says_so_itself_was_moved() -> None:
    home = at_home(0, HOUR_S)
    home.add(health(), 2 * HOUR_S)
    assert found(home, registry=known()) == ()
    home.add(PositionWatch(at(0, 0), WatchReason.MOVED), 3 * HOUR_S)
    assert [measures(one) for one in found(home, registry=known())] == [("moved", 1, 0, 1)]


def rated(habit: list[bool]) -> Witness:
    home = Witness()
    for day, presses in enumerate(habit):
        came = home.come(day * DAY_S)
        home.leave(day * DAY_S + HOUR_S, came)
        if presses:
            home.rate(came, day * DAY_S + HOUR_S + 9, 100)
    return home


@pytest.mark.parametrize(
    ("habit", "expected"),
    [
        ([True] * 12 + [False] * 6, [("no_rating", 5, 4, 1)]),  # the last day is not over
        ([True] * 12 + [False] * 5, []),
        ([True, False] * 6 + [False] * 6, []),
        ([False] * 18, []),
    ],
)
def test_an_elder_who_falls_silent(habit: list[bool], expected: list[Any]) -> None:
    assert [measures(one) for one in found(rated(habit), registry=known())] == expected


def street(scores: dict[str, list[int]]) -> tuple[list[Witness], Registry]:
    """One home an elder; each caregiver comes to as many as there are scores, on a day of its own."""
    homes, terminals, tokens, names = [], [], [], list(scores)
    for who, several in scores.items():
        card = who.encode().ljust(8, b"-")
        tokens.append(Token(None, card, Role.CAREGIVER, who))
        for number, score in enumerate(several):
            home = Witness(device=f"{who}{number:03}".encode().ljust(16, b"."))
            terminals.append(Terminal(home.device, f"{who}-{number}", "P-1", Placement.HOME, None))
            came = home.come(number * DAY_S, card)
            home.leave(number * DAY_S + HOUR_S, came, card)
            home.rate(came, number * DAY_S + HOUR_S + 9, score)
            homes.append(home)
    caregivers = [Caregiver(one, "xuhui", None) for one in names]
    return homes, known(terminals=terminals, tokens=tokens, caregivers=caregivers)


def test_a_caregiver_whose_elders_rate_otherwise_than_all_others_do() -> None:
    usual = [100, 60, 100, 60, 100, 60, 100, 0]
    homes, registry = street({"A": usual, "B": usual, "C": usual, "D": [0] * 8})
    several = [one for one in found(*homes, registry=registry) if one.kind == "rating_pattern"]
    (one,) = several
    assert (one.subject, one.measured, one.base_permille) == (("caregiver", "D"), 8, 125)
    assert "仅供核查" in one.text.zh
    homes, registry = street({"A": usual, "B": usual, "C": usual, "D": usual})
    assert [one for one in found(*homes, registry=registry) if one.kind == "rating_pattern"] == []


@pytest.mark.parametrize("seed", range(4))
def test_what_is_found_in_all_visits_does_not_hang_on_the_order_in_which_facts_came(seed: int) -> None:
    several = [*drifting(30, 23).facts, *at_home(-2_400, 1_200, THERE).facts, *rated([True] * 9 + [False] * 8).facts]
    registry = two_homes(1, schedules=[Schedule("E-1", "C-1", "BATH", None, "11:00-12:00")])
    ordered, shuffled = Witness(), Witness()
    ordered.facts = several
    shuffled.facts = Random(seed).sample(several, len(several))
    expected = found(ordered, registry=registry)
    assert {"moved", "overlap", "off_schedule"} <= {one.kind for one in expected}
    assert found(shuffled, registry=registry) == expected
