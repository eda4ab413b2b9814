"""One box by itself: the real agent on a simulated disk, clock and reader, through everything that befalls it."""

from collections.abc import Iterator

import pytest

from samples.boxed import DAY, HOUR, MINUTE, MS, START, Boxed, S
from zhendao.protocol.bodies import Boot, Check
from zhendao.protocol.suite import standing_in
from zhendao.protocol.vocabulary import BootReason, ClockSource, Mounting
from zhendao.simulators.world.box.clocks import Fitted
from zhendao.simulators.world.box.journal import JOURNAL
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.standin import StandIn
from zhendao.simulators.world.invariants.good_signal import NoFalseGoodSignal
from zhendao.simulators.world.reports import JournalOpened, Signalled, Tapped

IN, OUT = "checked-in", "checked-out"


@pytest.fixture(autouse=True)
def _quick_suite() -> Iterator[None]:
    with standing_in(StandIn(Chance(0, "suite"))):
        yield


@pytest.fixture
def boxed() -> Iterator[Boxed]:
    made = Boxed()
    yield from begun(made)


def begun(made: Boxed) -> Iterator[Boxed]:
    made.box.plug_in()
    made.wait(START)
    try:
        yield made
    finally:
        made.box.vanish()
    assert made.errors == []


def signals(made: Boxed) -> list[str]:
    return [one.moment for one in made.reports if isinstance(one, Signalled)]


def checks(made: Boxed) -> list[Check]:
    return [one.body for _, one in sorted(made.far.events.items()) if isinstance(one.body, Check)]


def test_a_week_of_visits(boxed: Boxed) -> None:
    for day in range(7):
        boxed.clockwork.run(day * DAY + 9 * HOUR)
        assert boxed.check() == ["door-seen", IN, "sent", "accepted"]
        boxed.wait(2 * HOUR)
        assert boxed.check() == ["door-seen", OUT, "sent", "accepted"]
    boxed.clockwork.run(7 * DAY)
    assert len(checks(boxed)) == 14
    assert boxed.box.facts()["unacknowledged"] == 0
    assert all(one.survives for one in boxed.reports if isinstance(one, Signalled) and one.moment in {IN, OUT})
    assert len([one for one in boxed.reports if isinstance(one, Tapped)]) == 28


def test_one_seed_is_one_history_and_another_is_another() -> None:
    def digest(seed: int) -> str:
        made = Boxed(seed=seed)
        for one in begun(made):
            one.check()
            one.box.cut()
            one.wait(MINUTE)
            one.box.plug_in()
            one.wait(HOUR)
            one.check()
        return made.trace.digest + repr(sorted(made.far.heads))

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


def test_what_was_signalled_outlives_the_power() -> None:
    broken: list[object] = []
    for seed in range(20):
        for one in begun(Boxed(seed=seed, up=False)):
            judge = NoFalseGoodSignal(broken.append)
            for _ in range(4):
                one.disk.cut_after(1 + seed, one.box.cut)
                one.check()
                one.box.cut()
                one.wait(3 * MINUTE)
                one.box.plug_in()
                one.wait(3 * MINUTE)
            handlers = judge.handlers()
            for report in one.reports:
                if type(report) in handlers:
                    handlers[type(report)](report)
            assert len([report for report in one.reports if isinstance(report, JournalOpened)]) == 5
    assert broken == []


def test_each_boot_has_its_id_and_each_start_its_boot_event(boxed: Boxed) -> None:
    boxed.box.kill()
    boxed.wait(MINUTE)
    boxed.box.cut()
    boxed.wait(MINUTE)
    boxed.box.plug_in()
    boxed.wait(HOUR)
    boots = [one for _, one in sorted(boxed.far.events.items()) if isinstance(one.body, Boot)]
    assert len(boots) == 3
    assert boots[0].boot_id == boots[1].boot_id != boots[2].boot_id


def test_sigterm_ends_it_with_what_lies_there_refused_and_it_is_begun_again(boxed: Boxed) -> None:
    boxed.box.hold(boxed.door, "caregiver 0")
    boxed.wait(S)
    boxed.box.stop()
    boxed.wait(S)
    assert not boxed.box.alive
    assert signals(boxed)[-1] == "lone"
    boxed.wait(MINUTE)
    assert boxed.box.alive
    assert boxed.box.runs == 2


def test_one_that_does_not_end_in_time_is_told_of_and_killed() -> None:
    takes_ns = [0]
    for one in begun(Boxed(takes_ns=lambda: takes_ns[0])):
        takes_ns[0] = 20 * S
        one.box.stop()
        one.wait(6 * S)
        assert [str(error) for _, error in one.errors] == ["it works on 5 s after SIGTERM"]
        one.errors.clear()
        takes_ns[0] = 0
        one.wait(MINUTE)
        assert one.box.alive
        assert one.box.runs == 2


def test_a_process_that_is_held_down_comes_back_when_it_is_let_up(boxed: Boxed) -> None:
    boxed.box.hold_down()
    boxed.box.kill()
    boxed.wait(HOUR)
    assert not boxed.box.alive
    assert boxed.check() == []
    boxed.box.let_up()
    boxed.wait(MINUTE)
    assert boxed.check()[:2] == ["door-seen", IN]


def test_a_journal_that_cannot_be_opened_is_tried_at_the_pace_of_restarts(boxed: Boxed) -> None:
    boxed.disk.fail("read", 1 << 30)
    boxed.box.kill()
    boxed.wait(HOUR)
    assert 50 < boxed.box.runs < 80
    boxed.disk.fail("read", 0)
    boxed.wait(2 * MINUTE)
    assert boxed.check()[:2] == ["door-seen", IN]


def test_a_journal_that_is_gone_begins_anew_and_says_so(boxed: Boxed) -> None:
    boxed.box.hold_down()
    boxed.box.kill()
    boxed.disk.remove(JOURNAL)
    boxed.box.let_up()
    boxed.wait(MINUTE)
    boots = [one.body for one in boxed.far.events.values() if isinstance(one.body, Boot)]
    assert [one.reason for one in boots] == [BootReason.FIRST, BootReason.JOURNAL_MISSING]
    assert boots[1].previous is not None


def test_a_full_disk_is_no_false_signal(boxed: Boxed) -> None:
    boxed.far.comes(up=False)
    boxed.disk.full(0)
    told: list[str] = []
    for _ in range(300):
        told += boxed.check()
        boxed.wait(5 * MINUTE)
        if "not-recorded" in told:
            break
    assert "not-recorded" in told
    assert all(one.survives for one in boxed.reports if isinstance(one, Signalled) and one.signal == "recorded")


def test_offline_it_keeps_everything_and_delivers_it_later(boxed: Boxed) -> None:
    boxed.far.comes(up=False)
    for _ in range(5):
        boxed.check()
        boxed.wait(2 * HOUR)
    assert boxed.box.facts()["unacknowledged"] >= 5
    boxed.far.comes(up=True)
    boxed.wait(10 * MINUTE)
    assert boxed.box.facts()["unacknowledged"] == 0
    assert len(checks(boxed)) == 5


@pytest.mark.parametrize("takes_ms", [0, 7])
def test_a_disk_that_takes_its_time_changes_nothing_of_what_is_said(takes_ms: int) -> None:
    for one in begun(Boxed(takes_ns=(lambda: takes_ms * MS) if takes_ms else None)):
        assert one.check() == ["door-seen", IN, "sent", "accepted"]


def test_a_receiver_gives_place_and_time_where_nothing_else_does() -> None:
    for one in begun(Boxed(Fitted(drift_ppm=30, rtc=False, ntp=False), gnss=True)):
        one.wait(HOUR)
        assert one.box.facts()["clock"]["source"] == "gnss"
        one.check()
        (check,) = checks(one)
        assert check.fix is not None
        assert check.fix.age_ms < 3000
        event = next(event for event in one.far.events.values() if isinstance(event.body, Check))
        assert event.clock_source is ClockSource.GNSS
        assert event.clock_bound_ms is not None
        assert abs(event.wall_ms - one.clock.true_ms()) < 5_000


def test_a_terminal_in_1970_says_so_and_works() -> None:
    for one in begun(Boxed(Fitted(rtc=False, ntp=False), up=False)):
        assert one.check() == ["door-seen", IN]
        one.far.comes(up=True)
        one.wait(MINUTE)
        event = next(event for event in one.far.events.values() if isinstance(event.body, Check))
        assert event.clock_source is ClockSource.UNSET


def test_a_check_out_forgotten_before_a_power_cut_is_no_visit_of_a_day_once_the_time_is_known() -> None:
    for one in begun(Boxed(Fitted(rtc=False, ntp=False))):
        assert one.check()[:2] == ["door-seen", IN]
        one.box.cut()
        one.wait(20 * HOUR)
        one.box.plug_in()
        one.wait(5 * MINUTE)
        assert one.box.facts()["clock"]["source"] == "holdover", "by the gateway's word"
        assert one.check()[:2] == ["door-seen", IN]


def test_a_check_in_before_the_clock_was_set_is_closed_after_a_power_cut() -> None:
    for one in begun(Boxed(Fitted(rtc=False, ntp=False), up=False)):
        assert one.check()[:2] == ["door-seen", IN]
        one.box.cut()
        one.clock.ntp(there=True)
        one.box.plug_in()
        one.wait(5 * MINUTE)
        assert one.check()[:2] == ["door-seen", OUT]


def test_on_a_wall_the_card_alone_makes_the_check() -> None:
    for one in begun(Boxed(mounting=Mounting.WALL)):
        one.box.hold(one.door, "")
        one.wait(MINUTE)
        before = len(one.given)
        one.tap(one.card)
        assert IN in [given.moment.value for given in one.given[before:]]


def test_a_dead_reader_is_shown_and_comes_back(boxed: Boxed) -> None:
    boxed.reader.dead(True)  # noqa: FBT003 - what is the matter
    boxed.wait(MINUTE)
    assert boxed.check() == []
    boxed.reader.dead(False)  # noqa: FBT003 - what is the matter
    boxed.wait(MINUTE)
    assert [one for one in signals(boxed) if one.startswith("reader")] == ["reader-down", "reader-up"]
    assert boxed.check()[:2] == ["door-seen", IN]


def test_an_idle_month_is_little_work(boxed: Boxed) -> None:
    before = boxed.clockwork.happened
    boxed.wait(30 * DAY)
    assert boxed.clockwork.happened - before < 30 * 40
