"""What a fault of ours can have caused is put to nobody at the door; what it cannot have caused, still is."""

import pytest

from samples.taps import token
from samples.witnessed import ANNA, BINA, DAY_S, DEVICE, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.blame import BLAMES, Blame
from zhendao.gateway.judging.detectors import DETECTORS, SURVEYS
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.snapshot import Terminal
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.drawing import policy_of
from zhendao.gateway.visits.services import ServiceTable
from zhendao.protocol.bodies import Clock, Tap
from zhendao.protocol.health import HealthReport
from zhendao.protocol.vocabulary import (
    BootReason,
    ClockReason,
    ClockSource,
    Concern,
    HealthReason,
    PartState,
    Placement,
    Role,
    TapReason,
)


def a_home() -> Witness:
    home = Witness()
    home.boot(-10 * HOUR_S, b"b", BootReason.FIRST)
    return home


def alive(home: Witness, at_s: int) -> None:
    """Let the terminal say that it runs, with a time to be trusted."""
    home.add(Clock(ClockReason.ANCHOR, 1, 1, ClockSource.NTP, (at_s - home.began_s) * 10**9), at_s)


def found(home: Witness) -> dict[str, Finding]:
    judge = Judge(known(), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    return {one.kind: one for one in judge.judged().findings}


def test_every_kind_says_whom_it_asks() -> None:
    assert sorted(BLAMES) == sorted(one.kind for one in (*DETECTORS, *SURVEYS))


def test_a_check_out_that_a_running_terminal_never_saw_is_asked_about() -> None:
    home = a_home()
    home.come(0)
    alive(home, DAY_S)
    one = found(home)["no_out"]
    assert (one.blames, one.fault) == (Blame.PERSON, None)
    assert one.as_json()["blames"] == "person"
    assert "fault" not in one.as_json()


def test_one_that_a_dark_terminal_could_not_see_is_put_to_nobody() -> None:
    home = a_home()
    home.come(0)
    home.boot(HOUR_S, b"c")
    alive(home, DAY_S)
    one = found(home)["no_out"]
    assert one.blames is Blame.EQUIPMENT
    assert one.fault is not None
    assert "2026-09-22 08:00 至 2026-09-22" in one.fault.zh
    assert one.as_json()["fault"]["en"] == one.fault.en


def test_it_was_dark_until_it_ran_again_though_a_time_server_told_it_then_that_it_was_earlier() -> None:
    home = a_home()
    home.come(0)
    home.boot(10 * HOUR_S, b"c")
    wrong = Clock(ClockReason.STEP, MORNING_MS + 6 * HOUR_S * 1000, 50, ClockSource.NTP, 60 * 10**9)
    home.add(wrong, 10 * HOUR_S + MINUTE_S, source=ClockSource.NTP, step_s=-4 * HOUR_S)
    alive(home, DAY_S)
    one = found(home)["no_out"]
    assert one.blames is Blame.EQUIPMENT


@pytest.mark.parametrize(("recheck_s", "asks"), [(3_600, Blame.EQUIPMENT), (None, Blame.PERSON)])
def test_where_checks_are_agreed_in_between_one_that_was_not_seen_makes_a_visit_short(
    recheck_s: int | None, asks: Blame
) -> None:
    home = a_home()
    home.boot(0, b"c")
    home.leave(20 * MINUTE_S, home.come(MINUTE_S))
    policy = policy_of(VisitsTable(), services=[ServiceTable("BATH", recheck_s=recheck_s)])
    judge = Judge(known(), policy, 10_000)
    for fact in home.facts:
        judge.take(fact)
    assert [one.blames for one in judge.judged().findings if one.kind == "short"] == [asks]


def test_a_terminal_that_was_dark_long_before_explains_nothing() -> None:
    home = a_home()
    home.boot(-5 * HOUR_S, b"c")
    alive(home, -4 * HOUR_S)
    home.come(0)
    alive(home, DAY_S)
    assert found(home)["no_out"].blames is Blame.PERSON


def test_a_dark_time_lasts_until_a_time_is_known_again() -> None:
    """The power is back, and the clock is not: until the terminal hears the time nobody knows how long it was dark."""
    home = a_home()
    home.come(0)
    home.boot(20 * MINUTE_S, b"c", source=ClockSource.UNSET)
    home.boot(80 * MINUTE_S, b"d")
    alive(home, DAY_S)
    one = found(home)["no_out"]
    assert one.blames is Blame.EQUIPMENT
    assert one.fault is not None
    assert "08:00 至 2026-09-22 09:20" in one.fault.zh


def test_a_clock_that_is_heard_hours_later_makes_no_dark_hours() -> None:
    """The battery of the clock is empty, the terminal runs: its monotonic time tells since when."""
    home = a_home()
    home.boot(-9 * HOUR_S, b"c", source=ClockSource.UNSET)
    alive(home, -6 * HOUR_S)
    home.come(-6 * HOUR_S + 1)
    alive(home, DAY_S)
    one = found(home)["no_out"]
    assert one.blames is Blame.PERSON


def test_who_is_not_heard_of_may_have_seen_it() -> None:
    home = a_home()
    home.come(0)
    other = Witness(device=b"o" * 16)
    alive(other, DAY_S)
    home.facts += other.facts
    one = found(home)["no_out"]
    assert one.blames is Blame.EQUIPMENT
    assert one.fault is not None
    assert "08:00 以后没有收到" in one.fault.zh


@pytest.mark.parametrize(("missing", "asks"), [(3, Blame.EQUIPMENT), (5, Blame.PERSON)])
def test_a_number_that_is_missing_may_be_the_check(missing: int, asks: Blame) -> None:
    """Behind the check-in and before her next visit it may be; behind that one it is not."""
    home = a_home()
    home.come(0)
    alive(home, HOUR_S)
    home.come(5 * HOUR_S)
    alive(home, 6 * HOUR_S)
    alive(home, DAY_S)
    judge = Judge(known(), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        if fact.event.seq != missing:
            judge.take(fact)
    first = judge.judged().visits[0].visit_id
    (one,) = (one for one in judge.judged().findings if one.kind == "no_out" and one.visit_id == first)
    assert one.blames is asks


def test_a_check_taken_for_the_other_half_of_one_that_was_not_seen_is_put_to_nobody() -> None:
    """At noon she leaves a dark terminal; it takes her evening's check-in for that, and the check-out for a coming."""
    home = a_home()
    noon = home.come(0)
    home.boot(2 * HOUR_S, b"c")
    home.leave(5 * HOUR_S, noon)
    home.come(5 * HOUR_S + 50 * MINUTE_S)
    alive(home, DAY_S)
    judged = {kind: one.blames for kind, one in found(home).items()}
    assert judged["long"] is Blame.EQUIPMENT
    assert judged["no_out"] is Blame.EQUIPMENT


def test_nothing_else_is_excused_by_it() -> None:
    home = a_home()
    home.leave(5 * MINUTE_S, home.come(0, ANNA))
    home.boot(20 * MINUTE_S, b"c")
    alive(home, DAY_S)
    one = found(home)["short"]
    assert (one.blames, one.fault) == (Blame.PERSON, None)


def test_a_clock_nobody_trusts_is_not_hers() -> None:
    home = a_home()
    home.boot(-HOUR_S, b"c", source=ClockSource.UNSET)
    home.come(0, source=ClockSource.UNSET)
    home.boot(DAY_S, b"d")
    alive(home, 2 * DAY_S)
    for one in found(home).values():
        assert one.blames is not Blame.PERSON, one.kind


def reports(home: Witness, at_s: int, *, down: bool) -> None:
    concerns = Concern.READER_DOWN if down else Concern(0)
    state = PartState.DOWN if down else PartState.WELL
    home.add(
        HealthReport(
            reason=HealthReason.CHANGE, concerns=concerns, uptime_s=1, machine_up_s=1, disk_free_kib=1,
            reader=state, gnss=PartState.WELL, unacknowledged=0, journal_kib=1, software="test", wire_version=1,
            schema_version=1, kernel="test", counters=(),
        ),
        at_s,
    )  # fmt: skip


@pytest.mark.parametrize(("well_s", "asks"), [(-5 * HOUR_S, Blame.PERSON), (HOUR_S, Blame.EQUIPMENT)])
def test_a_reader_that_read_nothing_saw_no_check_out(well_s: int, asks: Blame) -> None:
    home = a_home()
    reports(home, -6 * HOUR_S, down=True)
    if well_s < 0:
        reports(home, well_s, down=False)
    home.come(0)
    if well_s > 0:
        reports(home, well_s, down=False)
    alive(home, DAY_S)
    one = found(home)["no_out"]
    assert one.blames is asks
    assert one.fault is None or "读卡器失效" in one.fault.zh


def test_a_reader_that_is_down_for_good_is_not_hers() -> None:
    home = a_home()
    home.come(0)
    reports(home, MINUTE_S, down=True)
    alive(home, DAY_S)
    assert found(home)["no_out"].blames is Blame.EQUIPMENT


@pytest.mark.parametrize(
    ("card", "at_s", "asks"),
    [
        (ANNA, HOUR_S, Blame.EQUIPMENT),
        (ANNA, -HOUR_S, Blame.EQUIPMENT),
        (ANNA, -5, Blame.PERSON),
        (ANNA, 2 * HOUR_S, Blame.PERSON),
        (BINA, HOUR_S, Blame.PERSON),
    ],
)
def test_whose_card_was_held_there_alone_was_at_the_door(card: bytes, at_s: int, asks: Blame) -> None:
    """The tag is gone: of her going there is no check, and yet a word. Right before she held both there it is none."""
    home = a_home()
    if at_s < 0:
        home.add(Tap(reason=TapReason.LONE, token=token(Role.CAREGIVER, card)), at_s)
    home.come(0)
    if at_s > 0:
        home.add(Tap(reason=TapReason.LONE, token=token(Role.CAREGIVER, card)), at_s)
    alive(home, DAY_S)
    one = found(home)["no_out"]
    assert one.blames is asks
    assert one.fault is None or f"2026-09-22 0{8 + at_s // HOUR_S}:00 这张卡" in one.fault.zh


@pytest.mark.parametrize(("exchanged", "asks"), [(True, Blame.EQUIPMENT), (False, Blame.PERSON)])
def test_where_the_terminal_was_exchanged_meanwhile_what_one_did_not_see_is_put_to_nobody(
    exchanged: bool,  # noqa: FBT001 - a case
    asks: Blame,
) -> None:
    home, until = a_home(), MORNING_MS + HOUR_S * 1000
    home.leave(5 * MINUTE_S, home.come(0))
    row = Valid(Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None), 0, until if exchanged else None)
    judge = Judge(known(terminals=[row]), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    assert [one.blames for one in judge.judged().findings if one.kind == "short"] == [asks]
