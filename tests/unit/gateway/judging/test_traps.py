"""The traps in which systems of this kind were seen to fall, each by name, through the whole of `judge`."""

from dataclasses import replace
from typing import Any

from samples.taps import check, token
from samples.witnessed import ANNA, BINA, DAY_S, DEVICE, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.registry.snapshot import Caregiver, Place, Registry, Terminal, Token
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.corrected import Correction, standing
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Clock, Fix
from zhendao.protocol.datum import wgs84_to_gcj02
from zhendao.protocol.vocabulary import (
    ClockReason,
    ClockSource,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Placement,
    Role,
)

LAT, LON = 31.1886, 121.4365


def judged(*witnesses: Witness, registry: Registry | None = None, as_of_s: int | None = None) -> Judged:
    judge = Judge(registry or known(), policy_of(VisitsTable()), 10_000)
    for one in witnesses:
        for fact in one.facts:
            judge.take(fact)
    return judge.judged(None if as_of_s is None else MORNING_MS + as_of_s * 1000)


def shape(found: Judged) -> list[tuple[int | None, int | None, int | None]]:
    """Return number of the check-in, of the check-out, and seconds, of each visit."""
    return [
        ((one.record["in"] or {}).get("seq"), (one.record["out"] or {}).get("seq"), one.record["duration_s"])
        for one in found.visits
    ]


def flags(found: Judged, at: int = 0) -> set[str]:
    return {one["flag"] for one in found.visits[at].record["flags"]}


def kinds(found: Judged) -> list[str]:
    return [one.kind for one in found.findings]


def a_fix(lat: float, lon: float, error_dm: int) -> Fix:
    place = (round(lat * 10**7), round(lon * 10**7), Datum.WGS84)
    return Fix(*place, error_dm, 500, 20, 14, 90, constellations=Constellation.BEIDOU, signs=FixSign(0))


def visited(body: Any = None, **more: Any) -> Witness:
    home = Witness()
    home.come(0)
    home.leave(HOUR_S, 1)
    if body is not None:
        first, last = home.facts
        home.facts = []
        for fact in (first, last):
            made = replace(fact.event.body, **body)
            home.add(made, 0 if fact is first else HOUR_S, **more)
    return home


def test_two_visits_a_day_by_the_same_caregiver_and_service_stay_two() -> None:
    home = visited()
    home.come(4 * HOUR_S)
    home.leave(5 * HOUR_S, 3)
    found = judged(home)
    assert shape(found) == [(1, 2, HOUR_S), (3, 4, HOUR_S)]
    assert len({one.visit_id for one in found.visits}) == 2


def test_an_event_that_is_ninety_days_old_when_it_arrives_counts_as_any_other() -> None:
    fresh, late = visited(), Witness(delay_s=90 * DAY_S)
    late.come(0)
    late.leave(HOUR_S, 1)
    assert judged(late).visits[0].record == judged(fresh).visits[0].record


def test_an_accuracy_of_a_thousand_metres_opens_no_fence_and_accuses_nobody() -> None:
    assert "cannot_tell" not in flags(judged(visited({"fix": a_fix(LAT, LON, 50)})))
    found = flags(judged(visited({"fix": a_fix(LAT, LON, 10_000)})))
    assert "cannot_tell" in found
    assert "outside" not in found


def test_the_same_number_with_another_content_is_kept_beside_the_first() -> None:
    home = visited()
    home.add(check(Direction.IN, card=BINA), 0, seq=1, h=b"x" * 32)
    found = judged(home)
    assert {(one.caregiver_id, one.state) for one in found.visits} == {("C-1", "closed"), ("C-2", "open")}


def test_a_step_of_the_wall_clock_between_the_two_taps_changes_no_duration() -> None:
    home = Witness()
    home.come(0)
    home.leave(HOUR_S, 1, step_s=86_400)
    assert shape(judged(home)) == [(1, 2, HOUR_S)]


def test_the_same_card_three_times_in_two_seconds_is_one_check() -> None:
    home = Witness()
    for at_s in (0, 1, 2):
        home.come(at_s)
    home.leave(HOUR_S, 1)
    found = judged(home)
    assert shape(found) == [(1, 4, HOUR_S)]
    assert "doubled" in flags(found)


def test_an_out_ten_seconds_after_the_in_is_a_short_visit_where_it_was_meant() -> None:
    home = Witness()
    home.come(0)
    home.leave(10, 1)
    found = judged(home)
    assert shape(found) == [(1, 2, 10)]
    assert kinds(found) == ["short"]


def test_reversed_directions_are_put_right_by_the_order() -> None:
    home = Witness()
    home.leave(0)
    home.leave(HOUR_S)
    found = judged(home)
    assert shape(found) == [(1, 2, HOUR_S)]
    assert "reversed" in flags(found)


def test_an_out_with_no_in_is_kept_without_a_beginning() -> None:
    home = Witness()
    home.leave(0, 77)
    found = judged(home)
    assert shape(found) == [(None, 1, None)]
    assert "no_in" in flags(found)


def test_two_ins_are_two_visits_and_the_first_has_no_end() -> None:
    home = Witness()
    home.come(0)
    home.come(2 * HOUR_S)
    home.leave(3 * HOUR_S, 2)
    found = judged(home)
    assert shape(found) == [(1, None, None), (2, 3, HOUR_S)]
    assert kinds(found) == ["no_out"]


def test_in_by_one_caregiver_and_out_by_another_is_no_visit_of_either() -> None:
    home = Witness()
    home.come(0, ANNA)
    home.leave(HOUR_S, card=BINA, opened_by=1)
    found = judged(home, as_of_s=20 * HOUR_S)
    assert shape(found) == [(1, None, None), (None, 2, None)]
    assert {one.caregiver_id for one in found.visits} == {"C-1", "C-2"}


def test_a_visit_over_midnight_stays_one() -> None:
    home = Witness()
    home.come(15 * HOUR_S + 30 * MINUTE_S)
    home.leave(16 * HOUR_S + 30 * MINUTE_S, 1)
    assert shape(judged(home)) == [(1, 2, HOUR_S)]


def test_an_out_after_more_than_twenty_five_hours_ends_nothing() -> None:
    home = Witness()
    home.come(0)
    home.leave(26 * HOUR_S, 1)
    found = judged(home)
    assert shape(found)[0] == (1, None, None)
    assert "no_out" in flags(found)
    assert "no_in" in flags(found, 1)


def test_the_hour_that_comes_twice_in_autumn_is_no_longer_than_any_other() -> None:
    abroad = Witness()
    before_the_change_s = (1_793_490_000_000 - MORNING_MS) // 1000
    abroad.began_s = before_the_change_s - HOUR_S
    abroad.come(before_the_change_s)
    abroad.leave(before_the_change_s + HOUR_S, 1)
    assert shape(judged(abroad)) == [(1, 2, HOUR_S)]


def test_a_receiver_that_falls_back_by_1024_weeks_is_in_dispute_and_its_duration_stands() -> None:
    home = visited()
    home.boot(2 * HOUR_S, b"c")
    weeks_s = -1024 * 7 * DAY_S
    for at_s, lie_s, number in ((-MINUTE_S, 0, b"b"), (2 * HOUR_S + MINUTE_S, weeks_s, b"c")):
        home.boot_id, home.began_s = number * 16, (-HOUR_S if number == b"b" else 2 * HOUR_S)
        told = Clock(
            ClockReason.ANCHOR, MORNING_MS + (at_s + lie_s) * 1000, 50, ClockSource.GNSS, (at_s - home.began_s) * 10**9
        )
        home.add(told, at_s, step_s=lie_s)
    home.come(3 * HOUR_S, step_s=weeks_s)
    home.leave(4 * HOUR_S, len(home.facts), step_s=weeks_s)
    found = judged(home)
    disputed = [
        one.record for one in found.visits if any(flag["flag"] == "clock_disputed" for flag in one.record["flags"])
    ]
    assert [(one["in"]["seq"], one["duration_s"]) for one in disputed] == [(6, HOUR_S)]


def test_a_door_tag_of_another_home_at_this_terminal_is_told() -> None:
    other = Terminal(b"o" * 16, "E-1", "P-1", Placement.HOME, b"T" * 16)
    here = Terminal(DEVICE, "E-1", "P-1", Placement.HOME, b"t" * 16)
    foreign = replace(token(Role.DOOR, b"door"), token_id=b"T" * 16)
    found = flags(judged(visited({"door": foreign}), registry=known(terminals=[here, other])))
    assert {"foreign_door", "door_elsewhere"} <= found


def test_the_same_counter_twice_and_a_jump_are_told_where_they_were_found() -> None:
    evidence = {"card": {"claimed": "dynamic", "proved": "dynamic", "findings": ["token_replayed"], "counter": 7}}
    home = Witness()
    home.come(0, evidence=evidence)
    home.leave(HOUR_S, 1)
    found = judged(home)
    assert "token_replayed" in flags(found)
    assert found.visits[0].record["in"]["tokens"] == evidence


def test_what_was_sent_twice_because_of_a_power_cut_counts_once() -> None:
    home = visited()
    once = judged(home)
    home.facts += home.facts
    assert judged(home).visits == once.visits


def test_a_caregiver_who_is_registered_later_clears_the_flag_and_yesterday_is_judged_by_yesterday() -> None:
    assert "unknown_card" in flags(judged(visited(), registry=known(tokens=[])))
    assert "unknown_card" not in flags(judged(visited()))
    tomorrow = MORNING_MS + DAY_S * 1000
    late = known(tokens=[Valid(Token(None, ANNA, Role.CAREGIVER, "C-1"), tomorrow)])
    assert "unknown_card" in flags(judged(visited(), registry=late))
    gone = known(caregivers=[Valid(Caregiver("C-1", "xuhui", None), 0, tomorrow)])
    assert "unknown_caregiver" not in flags(judged(visited(), registry=gone))


def test_an_address_in_gcj02_is_compared_in_gcj02() -> None:
    lat, lon = wgs84_to_gcj02(LAT, LON)
    fix = {"fix": a_fix(LAT, LON, 50)}
    for datum, wanted in ((Datum.GCJ02, set()), (Datum.WGS84, {"outside"})):
        place = Place("P-1", round(lat * 10**7), round(lon * 10**7), datum, 60, 10)
        assert flags(judged(visited(fix), registry=known(places=[place]))) & {"outside", "cannot_tell"} == wanted


def test_a_lower_number_that_comes_later_is_history_and_takes_its_place() -> None:
    home = visited()
    home.add(check(Direction.IN), 3 * HOUR_S, seq=5)
    home.add(check(Direction.OUT, 3), 2 * HOUR_S, seq=4, received_s=9 * HOUR_S)
    home.add(check(Direction.IN), HOUR_S + 30 * MINUTE_S, seq=3, received_s=9 * HOUR_S)
    assert [one[:2] for one in shape(judged(home))] == [(1, 2), (3, 4), (5, None)]


def test_a_counter_that_jumps_by_fifty_accuses_nobody_and_one_that_falls_back_is_told() -> None:
    def counted(home: Witness, at_s: int, counter: int) -> None:
        said = {"proved": "dynamic", "findings": [], "counter": counter, "fresh": False}
        home.come(at_s, evidence={"card": said})

    jumped, fallen = Witness(), Witness()
    for at, counter in enumerate((7, 57)):
        counted(jumped, at * 2 * HOUR_S, counter)
    for at, counter in enumerate((57, 7)):
        counted(fallen, at * 2 * HOUR_S, counter)
    assert "replayed" not in kinds(judged(jumped))
    assert "replayed" in kinds(judged(fallen))


def test_a_manual_edit_keeps_the_raw_check_and_computes_the_exceptions_anew() -> None:
    home = Witness()
    home.come(0)
    home.leave(10 * MINUTE_S, 1)
    judge = Judge(known(), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    before = judge.judged()
    (visit,) = before.visits
    assert kinds(before) == ["short"]
    seen = (visit.begin_ms, visit.end_ms)
    end_ms = MORNING_MS + HOUR_S * 1000
    judge.correct(standing([Correction(1, visit.visit_id, None, end_ms, "check_out_broken", seen)]))
    after = judge.judged()
    assert kinds(after) == []
    assert after.visits[0].record["out"] == visit.record["out"]
    assert after.visits[0].record["correction"]["witnessed"]["duration_s"] == 10 * MINUTE_S
    judge.correct({})
    assert judge.judged().visits == before.visits
