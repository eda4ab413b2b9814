"""Place, door, clock, the elder's word, papers and lists: found where they are, and nowhere else."""

from dataclasses import replace
from typing import Any

import pytest

from samples.taps import check, token
from samples.witnessed import ANNA, DAY_S, DEVICE, HOUR_S, MORNING_MS, Witness, always, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.blame import Blame
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.snapshot import Caregiver, Place, Registry, Terminal
from zhendao.gateway.registry.standing import Binding, Block, Certificate, Organisation, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Check, Fix
from zhendao.protocol.datum import to_datum
from zhendao.protocol.vocabulary import (
    ClockSource,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Placement,
    Role,
)

DAY_MS = DAY_S * 1000


def found(home: Witness, registry: Registry | None = None) -> tuple[Finding, ...]:
    judge = Judge(registry or known(), policy_of(VisitsTable(least_strength="uid")), 10_000)
    for fact in home.facts:
        judge.take(fact)
    return judge.judged().findings


def visit(*, first: Check | None = None, **more: Any) -> Witness:
    """One honest hour, unless the first check is another."""
    home = Witness()
    home.add(first or check(Direction.IN), 0, **more)
    home.leave(HOUR_S, 1, **more)
    return home


def measures(one: Finding) -> tuple[str, int | None, int | None, int | None]:
    return one.kind, one.measured, one.expected, one.off_by


def by_organisation(organisation: str | None, **more: Any) -> Registry:
    caregivers = [Caregiver("C-1", "xuhui", organisation), Caregiver("C-2", "xuhui", None)]
    return known(Standing(**more), caregivers=caregivers)


def at(north_m: int, hacc95_dm: int = 150) -> Fix:
    return Fix(
        311_886_000 + north_m * 90, 1_214_365_000, Datum.WGS84, hacc95_dm, 500, 20, 14, 90,
        constellations=Constellation.BEIDOU, signs=FixSign(0),
    )  # fmt: skip


def test_an_honest_visit_with_a_good_fix_has_no_findings() -> None:
    assert found(visit(first=replace(check(Direction.IN), fix=at(20)))) == ()


def test_a_check_far_from_home_says_how_far() -> None:
    (one,) = found(visit(first=replace(check(Direction.IN), fix=at(800))))
    kind, measured, expected, off = measures(one)
    assert (kind, expected) == ("outside", 60)
    assert measured is not None
    assert abs(measured - 800) < 5
    assert off == measured - 60
    assert one.text.zh.startswith("签到处距登记地点 80")


def test_a_check_far_from_a_court_says_how_far_from_its_bounds() -> None:
    lat, lon = 311_886_000, 1_214_365_000
    bounds = tuple((lat + north, lon + east) for north, east in ((-900, -900), (-900, 900), (900, 900), (900, -900)))
    registry = known(places=[Place("P-1", lat, lon, Datum.WGS84, 60, 10, outline=bounds)])
    (one,) = found(visit(first=replace(check(Direction.IN), fix=at(800))), registry)
    kind, measured, expected, off = measures(one)
    assert (kind, expected, off) == ("outside", 0, measured)
    assert measured is not None
    assert abs(measured - 790) < 5
    assert one.text.zh.startswith("签到处在登记地点边界外 7")
    assert "outside the bounds of the registered place" in one.text.en


def test_fixes_that_are_in_doubt_accuse_only_together() -> None:
    def away(north_m: int, signs: FixSign) -> Any:
        return replace(check(Direction.IN), fix=replace(at(north_m), signs=signs))

    def ends(first: Check, last: Check) -> list[str]:
        home = Witness()
        home.add(first, 0)
        home.add(replace(last, direction=Direction.OUT, opened_by=1), HOUR_S)
        return [one.kind for one in found(home)]

    weak, none = away(800, FixSign.WEAK), check(Direction.IN)
    assert ends(weak, none) == []
    assert ends(away(800, FixSign.JUMP | FixSign.WEAK), none) == []
    assert ends(weak, away(815, FixSign.WEAK)) == ["outside"]
    assert ends(weak, away(1_200, FixSign.WEAK)) == []
    assert ends(weak, away(1_200, FixSign(0))) == ["outside"]


def test_where_a_fixed_terminal_stands_is_put_to_no_person() -> None:
    (one,) = found(visit(first=replace(check(Direction.IN), fix=at(800))))
    assert (one.kind, one.blames) == ("outside", Blame.EQUIPMENT)
    assert one.fault is not None
    assert "固定终端" in one.fault.zh


@pytest.mark.parametrize(("datum", "name"), [(Datum.GCJ02, "GCJ-02"), (Datum.BD09, "BD-09")])
def test_a_place_that_a_map_gave_and_that_was_not_said_to_be_one_accuses_nobody(datum: Datum, name: str) -> None:
    lat, lon = to_datum(31.1886, 121.4365, Datum.WGS84, datum)
    carried = [Terminal(DEVICE, None, None, Placement.CARRIED, None)]

    def seen(said: Datum, east_e7: int = 0) -> list[Finding]:
        marked = Place("P-1", round(lat * 1e7), round(lon * 1e7) + east_e7, said, 60, 10)
        first = replace(check(Direction.IN), fix=at(0), placement=Placement.CARRIED)
        return list(found(visit(first=first), known(terminals=carried, places=[marked])))

    assert seen(datum) == []
    for said in (Datum.WGS84, Datum.CGCS2000):
        (one,) = seen(said)
        assert (one.kind, one.blames) == ("outside", Blame.EQUIPMENT)
        assert one.fault is not None
        assert name in one.fault.en
    (one,) = seen(Datum.WGS84, 30_000)
    assert one.fault is not None
    assert name not in one.fault.en


def test_a_place_that_no_fix_was_ever_within_accuses_nobody() -> None:
    carried = known(terminals=[Terminal(DEVICE, None, None, Placement.CARRIED, None)])

    def seen(*north_m: int) -> list[tuple[str, Blame, bool]]:
        home = Witness()
        for number, metres in enumerate(north_m):
            made = replace(check(Direction.IN), fix=at(metres), placement=Placement.CARRIED)
            home.add(made, number * DAY_S)
            home.add(replace(made, direction=Direction.OUT, opened_by=2 * number + 1), number * DAY_S + HOUR_S)
        return [(one.kind, one.blames, one.fault is None) for one in found(home, carried)]

    assert seen(800) == [("outside", Blame.EQUIPMENT, False)]
    assert seen(800, 810) == [("outside", Blame.EQUIPMENT, False)] * 2
    assert seen(800, 10) == [("outside", Blame.PERSON, True)]


def test_a_fixed_terminal_does_not_come_back_within_a_visit() -> None:
    def placed(placement: Placement, home_m: int) -> list[str]:
        home = Witness()
        home.add(replace(check(Direction.IN), fix=at(800), placement=placement), 0)
        home.add(replace(check(Direction.OUT, 1), fix=at(home_m), placement=placement), HOUR_S)
        carried = [Terminal(DEVICE, None, None, Placement.CARRIED, None)]
        registry = known(terminals=carried) if placement is Placement.CARRIED else None
        return [one.kind for one in found(home, registry)]

    assert placed(Placement.HOME, 5) == []
    assert placed(Placement.HOME, 790) == ["outside"]
    assert placed(Placement.CARRIED, 5) == ["outside"]


def test_no_fix_and_one_of_a_large_error_are_no_absence() -> None:
    assert found(visit(first=replace(check(Direction.IN), fix=at(800, 10_000)))) == ()


def test_a_door_tag_of_another_home_is_named() -> None:
    own, foreign, there = b"o" * 16, b"f" * 16, b"t" * 16
    terminals = [
        Terminal(DEVICE, "E-1", "P-1", Placement.HOME, own),
        Terminal(there, "E-2", "P-2", Placement.HOME, foreign),
    ]
    carried = replace(check(Direction.IN), door=replace(token(Role.DOOR, b"door"), token_id=foreign))
    (one,) = found(visit(first=carried), known(terminals=terminals))
    assert one.kind == "foreign_door"
    assert ("elder E-2" in one.text.en, "老人 E-2 家" in one.text.zh) == (True, True)
    own_one = replace(carried, door=replace(token(Role.DOOR, b"door"), token_id=own))
    assert found(visit(first=own_one), known(terminals=terminals)) == ()


def test_an_end_without_a_beginning() -> None:
    home = Witness()
    home.leave(HOUR_S, 77)
    (one,) = found(home)
    assert one.kind == "no_in"
    assert "2026-09-22 09:00" in one.text.zh


def test_a_clock_that_is_not_trusted_is_the_terminals() -> None:
    (one,) = found(visit(source=ClockSource.UNSET))
    assert measures(one) == ("clock", None, 0, None)
    assert "与护理员无关" in one.clears.zh


@pytest.mark.parametrize(("score", "expected"), [(0, [("low_rating", 0, 60, 60)]), (60, [])])
def test_the_elders_word(score: int, expected: list[Any]) -> None:
    home = visit()
    home.rate(1, HOUR_S + 9, score)
    assert [measures(one) for one in found(home)] == expected


def test_a_licence_that_ran_out_the_day_before() -> None:
    ran_out = Organisation("ORG", "xuhui", "home", licence="L", licensed_to_ms=MORNING_MS - DAY_MS)
    (one,) = found(visit(), by_organisation("ORG", organisations=[always(ran_out)]))
    assert measures(one) == ("unlicensed", 2, 0, 2)
    for fine in (replace(ran_out, licensed_to_ms=MORNING_MS + 1), replace(ran_out, licence=None, licensed_to_ms=None)):
        assert found(visit(), by_organisation("ORG", organisations=[always(fine)])) == ()


def test_papers_that_ended_and_were_not_renewed() -> None:
    health, skill = Certificate("C-1", "health"), Certificate("C-1", "skill")
    old = [Valid(health, 0, MORNING_MS - 3 * DAY_MS + 1), Valid(skill, 0, MORNING_MS)]
    (one,) = found(visit(), known(Standing(certificates=old)))
    assert measures(one) == ("papers", 3, 0, 3)
    assert "健康证、资格证或技能等级证" in one.text.zh
    renewed = [*old, always(health), always(Certificate("C-1", "qualification"))]
    assert found(visit(), known(Standing(certificates=renewed))) == ()


def test_unbound_where_organisations_or_bindings_are_kept() -> None:
    somebody = always(Organisation("ORG", "xuhui", "home"))
    (one,) = found(visit(), by_organisation(None, organisations=[somebody]))
    assert measures(one) == ("unbound", 0, 1, 1)
    assert found(visit(), by_organisation("ORG", organisations=[somebody])) == ()
    (other,) = found(visit(), known(Standing(bindings=[always(Binding("C-1", "E-9"))])))
    assert measures(other) == ("unbound", 0, 1, 1)
    assert found(visit(), known(Standing(bindings=[always(Binding("C-1", "E-1"))]))) == ()


@pytest.mark.parametrize("block", [Block("C-1", None, "barred"), Block(None, ANNA, "lost")])
def test_who_is_on_the_list_from_then_on(block: Block) -> None:
    (one,) = found(visit(), known(Standing(blocks=[always(block)])))
    assert measures(one) == ("blocklisted", 1, 0, 1)
    later = Valid(block, MORNING_MS + 2 * HOUR_S * 1000)
    assert found(visit(), known(Standing(blocks=[later]))) == ()
