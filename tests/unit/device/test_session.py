"""The tap session: each rule by an example, and its invariants under any course of events."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from zhendao.device.feedback.moments import TABLE, Moment, Signal
from zhendao.device.taps.decisions import (
    Decision,
    ElderCard,
    MakeCheck,
    MakeMeal,
    MakeTamper,
    MakeTap,
    MakeUndo,
    Seen,
    SessionSettings,
    Show,
    TellPrivacy,
    TellTimes,
)
from zhendao.device.taps.session import Session
from zhendao.device.taps.visits import Stored
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.vocabulary import (
    CheckFlag,
    Direction,
    Mounting,
    Placement,
    Role,
    Strength,
    TamperCause,
    TapReason,
    Technology,
)

DEVICE = b"d" * 16
SECOND = 1_000_000_000
GOOD = {Signal.RECORDED, Signal.REMARKED}


def seen(name: int, role: Role, at_s: float, **how: Any) -> Seen:
    uid, token_id = bytes([4, role, name, 0, 0, 0, 1]), bytes([role, name]) * 8
    read = TokenRead(
        role=role,
        strength=Strength.SIGNED,
        uid=uid,
        token_id=token_id,
        proof=b"p",
        rtts_us=(900,),
        mono_ns=int(at_s * SECOND),
        technology=Technology.NTAG21X,
    )
    return Seen(read, **how)


def door(at_s: float, name: int = 1, **how: Any) -> Seen:
    return seen(name, Role.DOOR, at_s, **how)


def card(at_s: float, name: int = 1, **how: Any) -> Seen:
    return seen(name, Role.CAREGIVER, at_s, **how)


class Bench:
    """A session with a journal that takes everything."""

    def __init__(self, **how: Any) -> None:
        self.settings = SessionSettings(**{"placement": Placement.HOME, "mounting": Mounting.CRADLE, **how})
        self.session = Session(DEVICE, self.settings, 0)
        self.seq = 1

    def take(self, decisions: list[Decision]) -> list[Decision]:
        for made in decisions:
            if not isinstance(made, Show | TellTimes | TellPrivacy | ElderCard):
                self.seq += 1
                self.session.committed(self.session.changes(made, self.seq))
                if isinstance(made, MakeMeal):
                    self.session.ate(made, self.seq)
        return decisions

    def token(self, one: Seen) -> list[Decision]:
        return self.take(self.session.token(one))

    def tick(self, at_s: float) -> list[Decision]:
        return self.take(self.session.tick(int(at_s * SECOND)))

    def gone(self, one: Seen, at_s: float) -> list[Decision]:
        return self.take(self.session.gone(one.read.uid, int(at_s * SECOND)))


def only(decisions: list[Decision], kind: type[Any]) -> Any:
    (found,) = [one for one in decisions if isinstance(one, kind)]
    return found


@pytest.mark.parametrize("order", [(door, card), (card, door)])
def test_two_tokens_in_either_order_make_a_check_in_and_later_a_check_out(order: Any) -> None:
    bench = Bench()
    assert [type(one) for one in bench.token(order[0](1))] == [Show]
    came = only(bench.token(order[1](4)), MakeCheck)
    assert (came.direction, came.opened_by, came.moment) == (Direction.IN, None, Moment.CHECKED_IN)
    bench.token(order[0](4000))
    left = only(bench.token(order[1](4003)), MakeCheck)
    assert (left.direction, left.opened_by) == (Direction.OUT, 2)


@pytest.mark.parametrize("one", [door(1), card(1)])
def test_a_token_alone_is_recorded_as_lone_after_the_window(one: Seen) -> None:
    bench = Bench(times_hold_ns=0)
    bench.token(one)
    assert bench.session.due_ns() == 21 * SECOND + 1
    assert bench.tick(21) == []
    tap = only(bench.tick(21.1), MakeTap)
    assert (tap.reason, TABLE[tap.moment].signal) == (TapReason.LONE, Signal.BAD)
    assert bench.session.due_ns() is None


def test_a_double_tap_is_answered_recorded_as_repeated_and_not_counted() -> None:
    bench = Bench()
    bench.token(door(1))
    bench.token(card(2))
    bench.token(door(30))
    tap = only(bench.token(card(31)), MakeTap)
    assert (tap.reason, tap.refers_to, tap.moment) == (TapReason.REPEATED, 2, Moment.ALREADY_RECORDED)
    bench.token(door(140))
    assert only(bench.token(card(141)), MakeCheck).direction is Direction.OUT


def test_a_card_alone_soon_after_its_check_is_answered_and_still_makes_a_check_at_another_door() -> None:
    bench = Bench(placement=Placement.CARRIED)
    bench.token(door(1, name=1))
    bench.token(card(2))
    assert only(bench.token(card(60)), MakeTap).reason is TapReason.REPEATED
    assert bench.token(door(61, name=1)) == [], "the same pair again: it has been answered"
    assert only(bench.token(card(70)), MakeTap).reason is TapReason.REPEATED
    assert only(bench.token(door(71, name=2)), MakeCheck).direction is Direction.IN


def test_at_a_station_the_card_alone_checks_in_and_out() -> None:
    bench = Bench(placement=Placement.STATION)
    assert only(bench.token(card(1)), MakeCheck).door is None
    assert only(bench.token(card(5000)), MakeCheck).direction is Direction.OUT
    assert only(bench.token(door(5001)), MakeTap).reason is TapReason.LONE


def test_another_door_tag_is_flagged_and_not_blocked() -> None:
    bench = Bench(own_door=bytes([Role.DOOR, 1]) * 8)
    bench.token(door(1, name=1))
    assert only(bench.token(card(2)), MakeCheck).flags == CheckFlag(0)
    bench.token(door(500, name=7))
    check = only(bench.token(card(502, expired=True)), MakeCheck)
    assert check.flags == CheckFlag.FOREIGN_DOOR | CheckFlag.TOKEN_EXPIRED
    assert check.direction is Direction.OUT, "one home: whichever tag, the visit is hers"


@pytest.mark.parametrize("reason", [TapReason.UNREADABLE, TapReason.FORGED, TapReason.FOREIGN])
def test_a_refused_token_is_recorded_with_its_reason_and_gets_the_bad_signal(reason: TapReason) -> None:
    bench = Bench()
    bench.token(door(1))
    tap = only(bench.token(card(2, refusal=reason)), MakeTap)
    assert (tap.reason, TABLE[tap.moment].signal) == (reason, Signal.BAD)
    assert only(bench.token(card(3)), MakeCheck), "the door tag still waits for a good card"


def test_an_unknown_card_is_recorded_with_a_remark_and_alone_it_is_told_apart() -> None:
    def bare(at_s: float) -> Seen:
        return seen(3, Role.UNKNOWN, at_s)

    bench = Bench()
    bench.token(door(1))
    check = only(bench.token(bare(2)), MakeCheck)
    assert (check.caregiver.role, check.direction) == (Role.UNKNOWN, Direction.IN)
    assert TABLE[check.moment].signal is Signal.REMARKED
    bench.token(door(500))
    assert only(bench.token(bare(501)), MakeCheck).moment is Moment.CHECKED_OUT_UNKNOWN
    bench.token(bare(1000))
    tap = only(bench.tick(1020.1), MakeTap)
    assert (tap.reason, TABLE[tap.moment].signal) == (TapReason.UNKNOWN, Signal.BAD)


def test_an_expired_card_is_recorded_with_a_remark() -> None:
    bench = Bench()
    bench.token(door(1))
    assert only(bench.token(card(2, expired=True)), MakeCheck).moment is Moment.CHECKED_IN_EXPIRED


def test_an_open_visit_older_than_the_limit_is_left_open() -> None:
    bench = Bench()
    bench.token(door(1))
    bench.token(card(2))
    day = 24 * 3600
    bench.token(door(day))
    assert only(bench.token(card(day + 1)), MakeCheck).direction is Direction.IN


class TestUndo:
    def undo(self, bench: Bench, start: float) -> list[Decision]:
        bench.token(card(start))
        assert [type(one) for one in bench.tick(start + 3)] == [TellTimes]
        assert bench.tick(start + 4) == [Show(Moment.UNDO_ASKED)]
        bench.gone(card(start), start + 5)
        return bench.token(card(start + 6))

    def test_hold_take_away_hold_again(self) -> None:
        bench = Bench()
        bench.token(door(1))
        bench.token(card(2))
        undo = only(self.undo(bench, 10), MakeUndo)
        assert (undo.target, undo.confirmed_ns) == (2, 16 * SECOND)
        assert bench.session.open_visits == 0
        bench.token(door(30))
        assert only(bench.token(card(31)), MakeCheck).direction is Direction.IN

    def test_an_undone_check_out_leaves_its_visit_open(self) -> None:
        bench = Bench()
        for at in (1, 4000):
            bench.token(door(at))
            bench.token(card(at + 1))
        assert bench.session.open_visits == 0
        assert only(self.undo(bench, 4010), MakeUndo).target == 3
        assert bench.session.open_visits == 1
        bench.token(door(5000))
        assert only(bench.token(card(5001)), MakeCheck).opened_by == 2

    def test_without_confirmation_the_record_stays(self) -> None:
        bench = Bench()
        bench.token(door(1))
        bench.token(card(2))
        bench.token(card(10))
        bench.tick(13)
        assert bench.tick(14) == [Show(Moment.UNDO_ASKED)]
        assert Show(Moment.UNDO_LAPSED) in bench.tick(62.1)
        bench.gone(card(10), 63)
        assert only(bench.token(card(64)), MakeTap).reason is TapReason.REPEATED
        assert bench.session.open_visits == 1

    def test_a_card_left_lying_after_its_check_hears_its_times_once_and_asks_for_nothing(self) -> None:
        bench = Bench()
        bench.token(door(1))
        bench.token(card(2))
        assert [type(one) for one in bench.tick(5)] == [TellTimes]
        assert bench.tick(50) == []


class TestWall:
    def test_the_card_alone_makes_a_check_while_the_door_tag_is_there(self) -> None:
        bench = Bench(mounting=Mounting.WALL)
        assert bench.token(door(1)) == []
        check = only(bench.token(card(100)), MakeCheck)
        assert check.door is not None
        assert check.direction is Direction.IN

    def test_a_terminal_off_its_wall_says_so_once_and_once_when_it_is_back(self) -> None:
        bench = Bench(mounting=Mounting.WALL)
        bench.token(door(1))
        bench.gone(door(1), 50)
        assert bench.tick(57.9) == []
        gone = only(bench.tick(58), MakeTamper)
        assert (gone.cause, gone.active) == (TamperCause.OFF_WALL, True)
        assert bench.tick(500) == []
        assert not any(isinstance(one, MakeCheck) for one in bench.token(card(501)))
        back = [one for one in bench.token(door(600)) if isinstance(one, MakeTamper)]
        assert [(one.cause, one.active) for one in back] == [(TamperCause.OFF_WALL, False)]

    def test_a_card_that_hides_the_door_tag_for_a_moment_is_no_tamper(self) -> None:
        bench = Bench(mounting=Mounting.WALL)
        bench.token(door(1))
        bench.gone(door(1), 50)
        assert only(bench.token(card(51)), MakeCheck)
        bench.gone(card(51), 52)
        assert bench.token(door(53)) == []
        assert bench.tick(100) == []

    def test_another_door_tag_and_a_dead_reader_are_told_apart(self) -> None:
        bench = Bench(mounting=Mounting.WALL, own_door=bytes([Role.DOOR, 1]) * 8)
        bench.token(door(1))
        down = bench.take(bench.session.reader(up=False, detail="reader-gone", now_ns=2 * SECOND))
        assert [(one.cause, one.active) for one in down] == [(TamperCause.READER, True)]  # type: ignore[union-attr] # tampers only
        assert bench.tick(100) == [], "nobody looked, so nothing is missed"
        bench.take(bench.session.reader(up=True, detail="", now_ns=200 * SECOND))
        changed = only(bench.token(door(201, name=9)), MakeTamper)
        assert (changed.cause, changed.active) == (TamperCause.DOOR_TAG_CHANGED, True)


def test_a_restart_keeps_open_visits_and_within_one_boot_the_guard() -> None:
    bench = Bench()
    bench.token(door(1))
    check = only(bench.token(card(2)), MakeCheck)
    ((key, visit),) = bench.session.changes(check, 2).items()
    assert visit is not None
    row = Stored.decode(Stored(visit, b"e" * 16, b"b" * 16, 2 * SECOND, 1_000_000).encode())
    same = Bench()
    same.session.restore([(key, row.at(b"e" * 16, b"b" * 16, 50 * SECOND, 0))])
    assert only(same.token(card(60)), MakeTap).reason is TapReason.REPEATED
    rebooted = Bench()
    rebooted.session.restore([(key, row.at(b"e" * 16, b"c" * 16, SECOND, 1_060_000))])
    rebooted.token(door(2))
    out = only(rebooted.token(card(3)), MakeCheck)
    assert (out.direction, out.opened_by) == (Direction.OUT, 2)
    other = Bench()
    other.session.restore([(key, row.at(b"f" * 16, b"b" * 16, 3000 * SECOND, 1_060_000))])
    other.token(door(3002))
    out = only(other.token(card(3003)), MakeCheck)
    assert (out.direction, out.opened_by) == (Direction.OUT, None), "a seq of another epoch is never referred to"


def test_a_visit_is_dated_anew_when_the_time_becomes_known_after_a_reboot() -> None:
    bench = Bench()
    bench.token(door(1))
    ((key, visit),) = bench.session.changes(only(bench.token(card(2)), MakeCheck), 2).items()
    assert visit is not None
    evening_ms, morning_ms = 1_795_305_600_000, 1_795_305_600_000 + 20 * 3_600_000
    row = Stored(visit, b"e" * 16, b"b" * 16, 2 * SECOND, evening_ms)
    rebooted = Bench()
    rebooted.session.restore([(key, row.at(b"e" * 16, b"c" * 16, SECOND, 0))])
    rebooted.session.redate([(key, row.at(b"e" * 16, b"c" * 16, 2 * SECOND, morning_ms)), (b"gone" * 4, visit)])
    rebooted.token(door(3))
    made = only(rebooted.token(card(4)), MakeCheck)
    assert made.direction is Direction.IN, "the evening's visit is over: nobody stays for twenty hours"
    assert rebooted.session.open_visits == 1
    rebooted.session.redate([(key, row.at(b"e" * 16, b"c" * 16, 5 * SECOND, morning_ms))])
    rebooted.token(door(300))
    assert only(rebooted.token(card(301)), MakeCheck).direction is Direction.OUT, "a check of this boot stands"


def test_a_visit_begun_under_a_clock_that_nobody_had_set_is_not_fifty_years_old() -> None:
    bench = Bench()
    bench.token(door(1))
    ((key, visit),) = bench.session.changes(only(bench.token(card(2)), MakeCheck), 2).items()
    assert visit is not None
    rebooted = Bench()
    row = Stored(visit, b"e" * 16, b"b" * 16, 2 * SECOND, 0)
    rebooted.session.restore([(key, row.at(b"e" * 16, b"c" * 16, SECOND, 1_795_305_600_000))])
    rebooted.token(door(2))
    assert only(rebooted.token(card(3)), MakeCheck).direction is Direction.OUT


def test_every_moment_has_its_signal_and_words() -> None:
    assert set(TABLE) == set(Moment)
    assert all(one.text.zh and one.text.en for one in TABLE.values())


class AnyCourse(RuleBasedStateMachine):
    """Whatever is held to the reader, and whether or not the journal takes it."""

    placement, mounting = Placement.HOME, Mounting.CRADLE

    def __init__(self) -> None:
        super().__init__()
        self.now = 1.0
        self.seq = 1
        self.session = Session(DEVICE, SessionSettings(self.placement, self.mounting), 0)
        self.open: dict[bytes, int] = {}
        self.closed: dict[int, tuple[bytes, int]] = {}
        self.last: dict[bytes, tuple[int, float]] = {}
        self.stands: dict[bytes, set[int]] = {}
        self.lying: tuple[bytes, float] | None = None

    def take(self, decisions: list[Decision], *, full: bool = False) -> None:
        for made in decisions:
            if isinstance(made, Show):
                assert TABLE[made.moment].signal not in GOOD, "nothing recorded, no good signal"
                continue
            if isinstance(made, TellTimes):
                self.told(made)
                continue
            if isinstance(made, TellPrivacy):
                continue
            assert not isinstance(made, ElderCard)
            if full:
                continue
            self.seq += 1
            self.check(made)
            self.session.committed(self.session.changes(made, self.seq))

    def told(self, made: TellTimes) -> None:
        assert self.lying is not None, "nobody holds a card there"
        who, since = self.lying
        assert self.now - since >= 2.5
        assert {one.seq for one in made.done} <= self.stands.get(who, set()), "another's times, or what was undone"

    def check(self, made: Decision) -> None:
        if isinstance(made, MakeCheck):
            self.stands.setdefault(made.caregiver.uid, set()).add(self.seq)
            before = self.last.get(made.pair_key)
            assert before is None or self.now - before[1] > 120, "the same pair twice within the guard"
            opened = self.open.pop(made.visit_key, None)
            if made.direction is Direction.OUT:
                assert opened is not None
                assert made.opened_by == opened
                self.closed[self.seq] = (made.visit_key, opened)
            else:
                self.open[made.visit_key] = self.seq
            self.last = {k: v for k, v in self.last.items() if k != made.pair_key}
            self.last[made.pair_key] = (self.seq, self.now)
        elif isinstance(made, MakeUndo):
            (pair,) = [k for k, v in self.last.items() if v[0] == made.target]
            assert self.now - self.last.pop(pair)[1] <= 60, "an undo only within a minute"
            self.stands[made.caregiver.uid].discard(made.target)
            self.open = {k: v for k, v in self.open.items() if v != made.target}
            if made.target in self.closed:
                visit_key, opened = self.closed.pop(made.target)
                self.open[visit_key] = opened
        elif isinstance(made, MakeTap) and made.moment is not None:
            assert TABLE[made.moment].signal not in GOOD

    @rule(wait=st.sampled_from([0.1, 3.0, 6.0, 21.0, 130.0]), full=st.booleans())
    def pass_time(self, wait: float, *, full: bool) -> None:
        self.now += wait
        self.take(self.session.tick(int(self.now * SECOND)), full=full)

    @rule(who=st.integers(1, 2), refused=st.sampled_from([None, None, None, TapReason.FORGED]), full=st.booleans())
    def hold_card(self, who: int, refused: TapReason | None, *, full: bool) -> None:
        self.lying = None
        one = card(self.now, name=who, refusal=refused)
        self.take(self.session.token(one), full=full)
        self.lying = (one.read.uid, self.now) if refused is None else None

    @rule(full=st.booleans())
    def hold_door(self, *, full: bool) -> None:
        self.lying = self.lying if self.mounting is Mounting.WALL else None
        self.take(self.session.token(door(self.now)), full=full)

    @rule(who=st.integers(1, 2), role=st.sampled_from([Role.DOOR, Role.CAREGIVER]))
    def take_away(self, who: int, role: Role) -> None:
        uid = seen(who, role, 0).read.uid
        self.lying = self.lying if self.lying is not None and self.lying[0] != uid else None
        self.take(self.session.gone(uid, int(self.now * SECOND)))

    @rule(up=st.booleans())
    def reader(self, *, up: bool) -> None:
        self.take(self.session.reader(up=up, detail="", now_ns=int(self.now * SECOND)))

    @invariant()
    def a_tick_is_never_due_in_the_past_for_ever(self) -> None:
        due = self.session.due_ns()
        if due is not None and due <= self.now * SECOND:
            self.take(self.session.tick(int(self.now * SECOND)))
            again = self.session.due_ns()
            assert again is None or again > self.now * SECOND


class AnyCourseOnTheWall(AnyCourse):
    mounting = Mounting.WALL


class AnyCourseAtAStation(AnyCourse):
    placement = Placement.STATION


QUICK = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyCourse = AnyCourse.TestCase
TestAnyCourseOnTheWall = AnyCourseOnTheWall.TestCase
TestAnyCourseAtAStation = AnyCourseAtAStation.TestCase
for case in (TestAnyCourse, TestAnyCourseOnTheWall, TestAnyCourseAtAStation):
    case.settings = QUICK


def test_a_card_that_lies_there_hears_its_own_times_and_no_others() -> None:
    bench = Bench(placement=Placement.STATION)
    for at_s, name in ((1, 1), (200, 2), (400, 1)):
        bench.token(card(at_s, name=name))
        bench.gone(card(at_s, name=name), at_s + 1)
    bench.token(card(600, name=2))
    (told,) = bench.tick(603)
    assert isinstance(told, TellTimes)
    assert [(one.seq, one.direction) for one in told.done] == [(3, Direction.IN), (5, Direction.OUT)]
    bench.token(card(700, name=1, refusal=TapReason.BLOCKLISTED))
    assert bench.tick(710) == [], "a blocked card hears nothing"
