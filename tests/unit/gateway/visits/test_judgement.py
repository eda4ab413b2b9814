"""Every flag of a visit by the smallest facts that earn it, and by the nearest that do not. rule: TIME, LOCATION."""

from dataclasses import replace
from typing import Any

import pytest

from samples.taps import check, token
from zhendao.gateway.place.geofence import judge as locate
from zhendao.gateway.registry.snapshot import (
    Approved,
    Caregiver,
    Elder,
    Place,
    Registry,
    Schedule,
    Service,
    Terminal,
    Token,
)
from zhendao.gateway.registry.standing import Block, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.blocked import Blocked
from zhendao.gateway.visits.flags import FLAGS
from zhendao.gateway.visits.judgement import Thresholds, Visit, judge, withdrawn
from zhendao.gateway.visits.moments import Moment
from zhendao.gateway.visits.pairing import CheckFact, Pair
from zhendao.gateway.visits.tokens import Least
from zhendao.protocol.bodies import Check, Fix, TokenRead
from zhendao.protocol.suite import SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import (
    CheckFlag,
    ClockSource,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Placement,
    Role,
    Strength,
)

DEVICE, CARD, DOOR = bytes(16), b"card-one", b"door"
HOME = Place("P-1", 311_886_000, 1_214_365_000, Datum.WGS84, 60, 10)
FIX = Fix(
    311_886_000,
    1_214_365_000,
    Datum.WGS84,
    150,
    500,
    20,
    14,
    90,
    constellations=Constellation.BEIDOU,
    signs=FixSign(0),
)
HOUR_S = 3_600
NOW_MS = 1_790_000_000_000
LIMITS = Thresholds(min_s=HOUR_S, max_s=4 * HOUR_S, least=Least(Strength.UID, Strength.UID))


def always(row: Any) -> Any:
    return Valid(row, 0, None)


ROWS: dict[str, list[Any]] = {
    "terminals": [Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None)],
    "places": [HOME],
    "elders": [Elder("E-1", "xuhui", "P-1", "red")],
    "caregivers": [Caregiver("C-1", "xuhui", None)],
    "tokens": [Token(None, CARD, Role.CAREGIVER, "C-1"), Token(None, DOOR, Role.DOOR, "P-1")],
    "services": [Service("BATH", HOUR_S // 2, HOUR_S)],
    "schedules": [],
}


def registry(**rows: list[Any]) -> Registry:
    made = {name: [always(row) for row in found] for name, found in {**ROWS, **rows}.items()}
    return Registry(**made)


def fact(seq: int, at_s: int, direction: Direction, *, known: bool = True, **body: Any) -> CheckFact:
    made: Check = replace(check(direction), **{"fix": FIX, **body})
    source = ClockSource.GNSS if known else ClockSource.UNSET
    boot = b"b" * 16 if known else bytes([seq]) * 16
    moment = Moment(boot, at_s * 10**9, NOW_MS + at_s * 1000, 50 if known else None, source)
    return CheckFact(DEVICE, bytes(16), seq, bytes([seq]) * 32, moment, made, NOW_MS)


def visit(lasted_s: int = HOUR_S, *, known: bool = True, now_ms: int = NOW_MS, rows: Any = None, **body: Any) -> Visit:
    first = fact(1, 0, Direction.IN, known=known, **body)
    last = fact(2, lasted_s, Direction.OUT, known=known, **body)
    return judge(Pair(first, last), registry(**(rows or {})), LIMITS, locate, now_ms)


def flags(found: Visit) -> set[str]:
    for one in found.record["flags"]:
        assert one["zh"]
        assert one["en"]
        assert one["flag"] in FLAGS
    return {one["flag"] for one in found.record["flags"]}


def test_an_honest_visit_carries_no_flag() -> None:
    found = visit()
    assert flags(found) == set()
    assert (found.elder_id, found.caregiver_id, found.state) == ("E-1", "C-1", "closed")
    assert found.record["in"]["location"]["answer"] == "inside"
    assert found.record["duration_s"] == HOUR_S


@pytest.mark.parametrize(
    ("lasted_s", "wanted"),
    [(HOUR_S - 1, {"short"}), (HOUR_S, set()), (4 * HOUR_S, set()), (4 * HOUR_S + 1, {"long"})],
)
def test_short_and_long_begin_right_behind_the_limits(lasted_s: int, wanted: set[str]) -> None:
    assert flags(visit(lasted_s)) == wanted


def test_a_service_has_limits_of_its_own() -> None:
    rows = {"schedules": [Schedule("E-1", "C-1", "BATH")]}
    assert flags(visit(HOUR_S - 1, rows=rows)) == set()
    assert flags(visit(HOUR_S // 2 - 1, rows=rows)) == {"short"}
    assert flags(visit(HOUR_S + 1, rows=rows)) == {"long"}
    assert visit(rows=rows).record["service"] == "BATH"


@pytest.mark.parametrize(("lasted_s", "wanted"), [(20 * 60, set()), (16 * HOUR_S, set()), (16 * HOUR_S + 1, {"long"})])
def test_no_service_limits_the_hours_at_a_station(lasted_s: int, wanted: set[str]) -> None:
    """rule: STATION"""
    there = {"terminals": [Terminal(DEVICE, None, "P-1", Placement.STATION, None)]}
    assert flags(visit(lasted_s, rows=there, door=None, placement=Placement.STATION)) == wanted
    first = fact(1, 0, Direction.IN, door=None, placement=Placement.STATION)
    open_yet = judge(Pair(first), registry(**there), LIMITS, locate, NOW_MS + 9 * HOUR_S * 1000)
    assert (flags(open_yet), open_yet.due_ms) == (set(), NOW_MS + 16 * HOUR_S * 1000)


def test_what_the_clocks_cannot_say_accuses_nobody() -> None:
    found = visit(10, known=False)
    assert flags(found) == {"clock_unset", "duration_unknown"}
    assert (found.record["duration_s"], found.begin_ms) == (None, None)


def test_an_open_visit_is_due_and_then_without_an_end() -> None:
    first = fact(1, 0, Direction.IN)
    early = judge(Pair(first), registry(), LIMITS, locate, NOW_MS)
    assert (early.state, flags(early), early.due_ms) == ("open", set(), NOW_MS + 4 * HOUR_S * 1000)
    late = judge(Pair(first), registry(), LIMITS, locate, NOW_MS + 4 * HOUR_S * 1000)
    assert (late.state, flags(late), late.due_ms) == ("open", {"no_out"}, None)


def test_an_end_without_a_beginning_stands_as_an_end() -> None:
    found = judge(Pair(fact(2, 0, Direction.OUT), None, (), frozenset({"no_in"})), registry(), LIMITS, locate, NOW_MS)
    assert flags(found) == {"no_in"}
    assert found.record["in"] is None
    assert found.record["out"]["seq"] == 2
    assert found.begin_ms is None


def test_signs_of_pairing_and_doubled_taps_are_named() -> None:
    first, last = fact(1, 0, Direction.OUT), fact(2, HOUR_S, Direction.IN)
    pair = Pair(first, last, (fact(3, 5, Direction.IN),), frozenset({"reversed"}))
    assert flags(judge(pair, registry(), LIMITS, locate, NOW_MS)) == {"reversed", "doubled"}


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ({"terminals": []}, {"unknown_terminal", "no_place"}),
        ({"places": []}, {"no_place"}),
        ({"tokens": []}, {"unknown_card"}),
        ({"tokens": [Token(None, CARD, Role.CAREGIVER, "C-9")]}, {"unknown_caregiver"}),
        ({"tokens": [Token(None, CARD, Role.ELDER, "C-1")]}, {"unknown_caregiver"}),
        ({"terminals": [Terminal(DEVICE, "E-1", None, Placement.HOME, None)]}, {"no_place"}),
    ],
)
def test_what_the_registry_does_not_know_is_named_and_heals_with_it(rows: dict[str, Any], wanted: set[str]) -> None:
    assert flags(visit(rows=rows)) == wanted
    assert flags(visit()) == set()


def test_a_place_too_far_is_outside_and_a_large_error_opens_no_fence() -> None:
    away = replace(FIX, lat_e7=FIX.lat_e7 + 30_000)
    assert flags(visit(fix=away)) == {"outside"}
    assert flags(visit(fix=replace(FIX, hacc95_dm=10_000))) == {"cannot_tell"}
    assert flags(visit(fix=None)) == {"no_fix"}


def test_signs_of_spoofing_are_told_and_mere_weakness_is_not() -> None:
    assert flags(visit(fix=replace(FIX, signs=FixSign.JUMP))) == {"fix_doubtful"}
    assert flags(visit(fix=replace(FIX, signs=FixSign.WEAK))) == set()


def test_a_home_wants_a_door_tag_and_a_station_does_not() -> None:
    assert flags(visit(door=None)) == {"no_door"}
    assert flags(visit(door=None, placement=Placement.STATION)) == set()


def test_another_door_tag_is_foreign_by_the_terminal_or_by_the_registry() -> None:
    assert flags(visit(flags=CheckFlag.FOREIGN_DOOR)) == {"foreign_door"}
    door = replace(token(Role.DOOR, DOOR), token_id=b"d" * 16)
    bound = {"terminals": [Terminal(DEVICE, "E-1", "P-1", Placement.HOME, b"d" * 16)]}
    other = {"terminals": [Terminal(DEVICE, "E-1", "P-1", Placement.HOME, b"x" * 16)]}
    assert flags(visit(door=door, rows=bound)) == set()
    assert flags(visit(door=door, rows=other)) == {"foreign_door"}


@pytest.mark.parametrize("weak", ["door", "caregiver"])
def test_either_token_may_be_too_weak(weak: str) -> None:
    limits = replace(LIMITS, least=Least(Strength.SIGNED, Strength.SIGNED))
    role = Role.DOOR if weak == "door" else Role.CAREGIVER
    body = {weak: token(role, DOOR if weak == "door" else CARD, Strength.UID)}
    pair = Pair(fact(1, 0, Direction.IN, **body), fact(2, HOUR_S, Direction.OUT, **body))
    assert flags(judge(pair, registry(), limits, locate, NOW_MS)) == {"weak_token"}
    assert flags(judge(pair, registry(), LIMITS, locate, NOW_MS)) == set()


def test_an_expired_card_is_flagged() -> None:
    assert flags(visit(flags=CheckFlag.TOKEN_EXPIRED)) == {"token_expired"}


def test_what_the_terminal_saw_of_its_door_tag_is_flagged() -> None:
    assert flags(visit(flags=CheckFlag.TAG_OPENED)) == {"token_opened"}
    assert flags(visit(flags=CheckFlag.DOOR_SPOILED)) == {"door_spoiled"}


def test_dates_are_judged_by_the_time_that_is_known_now() -> None:
    key = SM.new_signing_key()
    now_s = NOW_MS // 1000

    def dated(from_s: int, to_s: int) -> TokenRead:
        proof = sign_token(key, Role.CAREGIVER, b"t" * 16, CARD, from_s, to_s)
        return replace(token(Role.CAREGIVER, CARD), proof=proof)

    assert flags(visit(caregiver=dated(now_s - 9, now_s + 2 * HOUR_S))) == set()
    assert flags(visit(caregiver=dated(now_s - 99, now_s - 9))) == {"token_expired"}
    assert flags(visit(caregiver=dated(now_s + 2 * HOUR_S, now_s + 3 * HOUR_S))) == {"token_expired"}
    unknown = visit(10, known=False, caregiver=dated(now_s - 99, now_s - 9))
    assert "token_expired" not in flags(unknown), "without a time nobody is accused"
    assert flags(visit(caregiver=replace(token(Role.CAREGIVER, CARD), proof=b"of a later release"))) == set()


def test_a_carried_terminal_is_where_its_door_tag_says() -> None:
    carried = {"terminals": [Terminal(DEVICE, None, None, Placement.CARRIED, None)]}
    found = visit(placement=Placement.CARRIED, rows=carried)
    assert (flags(found), found.record["place_id"]) == (set(), "P-1")
    unknown = {**carried, "tokens": [Token(None, CARD, Role.CAREGIVER, "C-1")]}
    assert flags(visit(placement=Placement.CARRIED, rows=unknown)) == {"no_place"}


def test_a_withdrawn_visit_says_so_and_nothing_else() -> None:
    record = withdrawn(b"v" * 16, DEVICE)
    assert (record["state"], record["flags"], record["visit_id"]) == ("withdrawn", [], (b"v" * 16).hex())


def test_a_door_tag_that_is_bound_to_another_terminal_was_carried_here() -> None:
    door = replace(token(Role.DOOR, DOOR), token_id=b"d" * 16)
    here = Terminal(DEVICE, "E-1", "P-1", Placement.HOME, b"x" * 16)
    there = Terminal(b"t" * 16, "E-2", "P-2", Placement.HOME, b"d" * 16)
    assert flags(visit(door=door, rows={"terminals": [here, there]})) == {"foreign_door", "door_elsewhere"}
    unbound = Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None)
    assert flags(visit(door=door, rows={"terminals": [unbound, there]})) == {"door_elsewhere"}
    assert flags(visit(door=replace(door, token_id=None), rows={"terminals": [unbound, there]})) == set()
    carried = visit(door=door, placement=Placement.CARRIED, rows={"terminals": [unbound, there]})
    assert "door_elsewhere" not in flags(carried), "a carried terminal reads every door tag"


def test_each_role_has_a_policy_of_its_own_and_what_was_proved_counts() -> None:
    limits = replace(LIMITS, least=Least(door=Strength.SIGNED, caregiver=Strength.DYNAMIC))

    def judged(proved: str | None) -> set[str]:
        body = {"caregiver": token(Role.CAREGIVER, CARD, Strength.DYNAMIC)}
        evidence = None if proved is None else {"card": {"proved": proved, "findings": []}}
        pair = Pair(*(replace(fact(n, n * HOUR_S, d, **body), evidence=evidence) for n, d in enumerate(Direction, 1)))
        return flags(judge(pair, registry(), limits, locate, NOW_MS))

    assert judged(None) == judged("dynamic") == judged("challenge") == set()
    assert judged("signed") == judged("uid") == {"weak_token"}


@pytest.mark.parametrize("word", ["token_cloned", "token_replayed", "token_slow", "token_opened"])
def test_what_was_found_about_a_token_is_a_flag_of_the_visit(word: str) -> None:
    evidence = {"door": {"proved": "dynamic", "findings": [word]}}
    pair = Pair(replace(fact(1, 0, Direction.IN), evidence=evidence), fact(2, HOUR_S, Direction.OUT))
    found = judge(pair, registry(), LIMITS, locate, NOW_MS)
    assert flags(found) == {word}
    assert found.record["in"]["tokens"] == evidence
    assert "tokens" not in found.record["out"]


def test_a_token_is_blocked_from_the_moment_it_was_blocked_until_that_ended() -> None:
    at_ms = NOW_MS  # of the first check; both came at the same time
    persons = {"persons": {"C-1": [(at_ms - 60_000, None)]}}
    numbers = {"numbers": {CARD: [(at_ms - 60_000, at_ms + 60_000)]}}

    def judged(**on_it: Any) -> set[str]:
        pair = Pair(fact(1, 0, Direction.IN), fact(2, HOUR_S, Direction.OUT))
        return flags(judge(pair, registry(), LIMITS, locate, NOW_MS, Blocked(**on_it)))

    assert judged(**persons) == judged(**numbers) == {"token_blocked"}
    assert judged(numbers={b"other": [(0, None)]}, persons={"C-2": [(0, None)]}) == set()
    assert judged(numbers={CARD: [(at_ms + 1, None)]}) == set(), "blocked afterwards"
    assert judged(numbers={CARD: [(at_ms - 9_000, at_ms - 8_000)]}) == set(), "ended before"
    assert judged(persons={"P-1": [(0, None)]}) == set(), "a door tag's holder is a place"


def test_who_is_on_the_registrys_own_blocklist_is_judged_as_who_was_entered_by_command() -> None:
    pair = Pair(fact(1, 0, Direction.IN), fact(2, HOUR_S, Direction.OUT))

    def judged(person: str | None, number: bytes | None, from_ms: int, to_ms: int | None = None) -> set[str]:
        listed = Standing(blocks=[Valid(Block(person, number, "barred"), from_ms, to_ms)])
        held = Registry(**{name: [always(row) for row in rows] for name, rows in ROWS.items()}, standing=listed)
        return flags(judge(pair, held, LIMITS, locate, NOW_MS))

    before, after = NOW_MS - 60_000, NOW_MS + 60_000
    assert judged("C-1", None, before) == judged(None, CARD, before, after) == {"token_blocked"}
    assert judged("C-1", None, NOW_MS + 1) == judged(None, CARD, 0, before) == set()
    assert judged("C-2", None, 0) == judged("P-1", None, 0) == judged(None, b"other", 0) == set()


def test_a_visit_at_an_approved_place_is_inside_and_names_it() -> None:
    daughters = replace(HOME, place_id="P-2", lat_e7=HOME.lat_e7 + 200_000)
    rows = {"places": [HOME, daughters], "approved": [Approved("E-1", "P-2")]}
    there = replace(FIX, lat_e7=daughters.lat_e7)
    assert "outside" in flags(visit(fix=there))
    made = visit(fix=there, rows=rows)
    assert flags(made) == set()
    assert (made.record["place_id"], made.record["in"]["location"]["approved_place_id"]) == ("P-1", "P-2")
    assert "approved_place_id" not in visit(rows=rows).record["in"]["location"], "at home nothing is said of others"


def test_a_visit_in_a_home_with_an_outline_is_judged_by_it() -> None:
    lat, lon = HOME.lat_e7, HOME.lon_e7
    thin = replace(HOME, outline=((lat - 9000, lon - 500), (lat - 9000, lon + 500), (lat + 9000, lon)))
    assert "cannot_tell" in flags(visit(rows={"places": [thin]}))
    wide = replace(HOME, outline=((lat - 9000, lon - 9000), (lat - 9000, lon + 9000), (lat + 9000, lon)))
    assert not {"outside", "cannot_tell"} & flags(visit(rows={"places": [wide]}))
