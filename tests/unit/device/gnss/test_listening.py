"""The receiver's line on bad days, in simulated time: every trouble is named, told once, bounded, and passes."""

import datetime as dt
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.gnss.budget import Budget, BudgetSettings
from zhendao.device.gnss.condition import CALM, CONCERNS, STATES, TEXTS, Condition, Telling
from zhendao.device.gnss.gate import RefusedEpoch
from zhendao.device.gnss.jamming import JammingSettings, JammingWatch
from zhendao.device.gnss.listening import Heard, Listening, ListeningSettings, RateFound, Standing
from zhendao.device.gnss.rate import RATES, RateSearch, RateSettings
from zhendao.device.gnss.receiver import GoodFix
from zhendao.protocol.vocabulary import Constellation, FixSign
from zhendao.protocol.wording import Text
from zhendao.simulators.gnss.model import Model
from zhendao.simulators.gnss.nmea import lines
from zhendao.simulators.gnss.sky import View
from zhendao.simulators.gnss.styles import STYLES
from zhendao.simulators.gnss.uart import resampled

SECOND = 1_000_000_000
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
GONE = Text("没了", "gone")


class Receiver:
    """A simulated receiver, heard through a simulated wire by the code under test; one call is one second."""

    def __init__(self, talker: str = "GN", *, configured: int = 9600, remembered: int | None = None) -> None:
        self.listening = Listening(ListeningSettings(), configured, remembered)
        self.style = STYLES[talker]
        self.model = Model(self.style, 31.2, 121.4, 10, 0)
        self.sent: int | None = 9600
        """None: a receiver on USB, heard at any rate."""
        self.now = self.taken = 0
        self.heard: list[Heard] = []
        self.keep(self.listening.opened(0))

    def keep(self, heard: list[Heard]) -> None:
        self.heard += heard

    def bring(self, data: bytes) -> None:
        """Bring what is on the line in this second, as fast as it may be read."""
        for quarter in range(4):
            self.now += SECOND // 4
            part = data[quarter * len(data) // 4 : (quarter + 1) * len(data) // 4]
            rate = self.listening.rate
            part = resampled(part, self.sent or rate, rate)[: self.listening.room(self.now)]
            self.taken += len(part)
            self.keep(self.listening.heard(part, self.now))

    def seconds(self, count: int) -> None:
        for _ in range(count):
            at = self.now // SECOND
            self.bring(lines(self.style, self.model.moment(at, NOON + dt.timedelta(seconds=at))))

    def quiet(self, count: int) -> None:
        for _ in range(count):
            self.bring(b"")

    @property
    def conditions(self) -> list[Condition]:
        return [one.condition for one in self.heard if isinstance(one, Standing)]

    @property
    def told(self) -> list[Condition]:
        return [one.condition for one in self.heard if isinstance(one, Standing) and one.tell is not None]

    @property
    def fixes(self) -> int:
        return sum(isinstance(one, GoodFix) for one in self.heard)


def test_every_condition_has_its_words_and_its_place_on_the_wire() -> None:
    assert set(STATES) == set(TEXTS) == set(Condition)
    assert set(CONCERNS) == set(Condition) - CALM
    assert len(set(CONCERNS.values())) == len(CONCERNS)


def test_a_receiver_in_order_is_well_and_nothing_is_told() -> None:
    receiver = Receiver()
    receiver.seconds(60)
    assert receiver.conditions == [Condition.WELL]
    assert receiver.told == []
    assert receiver.fixes >= 58


@pytest.mark.parametrize("sent", RATES)
@pytest.mark.parametrize("configured", [9600, 921600])
def test_a_receiver_at_any_rate_is_found_by_itself(sent: int, configured: int) -> None:
    receiver = Receiver(configured=configured)
    receiver.sent = sent
    receiver.seconds(40)
    assert [one.rate for one in receiver.heard if isinstance(one, RateFound)] == [sent]
    assert receiver.listening.rate == sent
    assert receiver.fixes > 8
    assert receiver.told == [], "found before anybody had to be told"


def test_the_remembered_rate_is_tried_first() -> None:
    receiver = Receiver(configured=9600, remembered=230400)
    receiver.sent = 230400
    receiver.seconds(4)
    assert receiver.fixes >= 2
    assert not [one for one in receiver.heard if isinstance(one, RateFound)], "nothing new to remember"


def test_a_receiver_that_changes_its_rate_is_found_again() -> None:
    receiver = Receiver()
    receiver.seconds(20)
    receiver.sent = 115200
    receiver.seconds(60)
    assert [one.rate for one in receiver.heard if isinstance(one, RateFound)] == [9600, 115200]
    assert receiver.conditions[-1] is Condition.WELL


def test_without_search_the_set_rate_stays_and_the_trouble_is_told() -> None:
    search = RateSearch(RateSettings(search=False), 9600, 38400)
    assert not any(search.heard(100, 0, second * SECOND) for second in range(60))
    assert (search.rate, search.exhausted) == (9600, True)


def test_a_rate_that_the_port_does_not_have_is_passed_over() -> None:
    search = RateSearch(RateSettings(), 460800, None)
    search.refused()
    assert search.rate == 9600
    for _ in range(8):
        search.refused()
    assert search.exhausted
    search.heard(100, 2, 0)
    assert not search.exhausted


def test_silence_is_told_once_however_long_and_its_end_once() -> None:
    receiver = Receiver()
    receiver.seconds(20)
    receiver.quiet(3 * 3600)
    assert receiver.told == [Condition.SILENT]
    receiver.seconds(60)
    assert receiver.told == [Condition.SILENT, Condition.WELL]
    assert receiver.listening.rate == 9600, "silence gives no rate up"


def test_noise_at_every_rate_is_unreadable_is_told_once_and_the_receiver_is_found_after_it() -> None:
    receiver = Receiver()
    dice = random.Random(1)
    for _ in range(100):
        receiver.bring(dice.randbytes(300))
    assert receiver.told == [Condition.UNREADABLE]
    receiver.seconds(90)
    assert receiver.told == [Condition.UNREADABLE, Condition.WELL]


@pytest.mark.parametrize("nonsense", ["garbage", "endless", "flood"])
def test_babbling_is_read_in_part_named_and_told_once(nonsense: str) -> None:
    receiver = Receiver()
    receiver.sent = None
    receiver.seconds(5)
    receiver.heard.clear()
    dice = random.Random(1)
    for _ in range(12):
        if nonsense == "flood":
            now = receiver.now / SECOND
            moments = [receiver.model.moment(now, NOON + dt.timedelta(seconds=now + at / 100)) for at in range(100)]
            data = b"".join(lines(receiver.style, moment) for moment in moments)
        else:
            data = dice.randbytes(200_000) if nonsense == "garbage" else b"8" * 200_000
        before, receiver.taken = len(receiver.heard), 0
        receiver.bring(data)
        assert receiver.taken <= 2 * 32_768, "as below"
        assert len(receiver.heard) - before <= 110, "a bounded number: its second and the one of the budget overlap"
    assert receiver.listening.troubles[Condition.BABBLING] == 1
    assert receiver.told == [Condition.BABBLING]
    receiver.seconds(80)
    assert receiver.told == [Condition.BABBLING, Condition.WELL]


def test_more_epochs_than_any_receiver_has_are_dropped_and_counted() -> None:
    budget = Budget(BudgetSettings(epochs_per_s=50))
    for second in range(4):
        assert budget.room(second * SECOND) == 32_768
        assert sum(budget.epoch() for _ in range(200)) == 50
    assert budget.dropped_epochs == 600
    assert budget.babbling
    for second in range(4, 8):
        budget.room(second * SECOND)
    assert not budget.babbling


@pytest.mark.parametrize("view", [View.LOST, View.JAMMED])
@pytest.mark.parametrize("talker", ["GN", "BD"])
def test_all_satellites_falling_together_is_told_and_so_is_its_end(view: View, talker: str) -> None:
    receiver = Receiver(talker)
    receiver.seconds(20)
    receiver.model.view = view
    receiver.seconds(15)
    assert receiver.conditions[-1] is Condition.JAMMED
    receiver.seconds(100)
    assert receiver.told == [Condition.JAMMED]
    receiver.model.view = View.GOOD
    receiver.seconds(60)
    assert receiver.told == [Condition.JAMMED, Condition.WELL]


def test_walking_indoors_is_no_jamming() -> None:
    """Satellites go one by one, and a decibel a second."""
    watch = JammingWatch(JammingSettings())
    strengths = {(Constellation.GPS, number): 35 + number for number in range(10)}
    for second in range(60):
        heard = {one: cn0 - second // 2 for one, cn0 in strengths.items() if one[1] > second // 5}
        watch.epoch(heard, second * SECOND, fixed=True)
        assert not watch.jammed


def test_a_few_satellites_behind_a_roof_are_no_jamming() -> None:
    watch = JammingWatch(JammingSettings())
    strengths = {(Constellation.GPS, number): 42 for number in range(10)}
    watch.epoch(strengths, 0, fixed=True)
    watch.epoch({one: 42 for one in strengths if one[1] > 5}, SECOND, fixed=True)
    assert not watch.jammed


def test_good_fixes_for_a_minute_end_it_however_weak_the_satellites_are() -> None:
    """As after another antenna was put there."""
    watch = JammingWatch(JammingSettings())
    strengths = {(Constellation.GPS, number): 45 for number in range(10)}
    watch.epoch(strengths, 0, fixed=True)
    weaker = dict.fromkeys(strengths, 32)
    for second in range(1, 61):
        watch.epoch(weaker, second * SECOND, fixed=second != 30)
        assert watch.jammed
    for second in range(61, 100):
        watch.epoch(weaker, second * SECOND, fixed=True)
    assert not watch.jammed


def spoofed(receiver: Receiver, how: str) -> None:
    match how:
        case "equal":
            receiver.model.view = View.EQUAL
        case "strong":
            receiver.model.view = View.STRONG
        case "frozen":
            receiver.model.frozen = True
        case "jump":
            receiver.model.move(31.3, 121.4, 0, receiver.now / SECOND)
        case "time":
            receiver.model.offset = dt.timedelta(seconds=100)
        case "simulator":
            receiver.model.quality = 8
        case "apart":
            receiver.model.apart_m = 300


@pytest.mark.parametrize(
    ("how", "sign"),
    [
        ("equal", FixSign.UNIFORM_CN0),
        ("strong", FixSign.HIGH_CN0),
        ("frozen", FixSign.FROZEN),
        ("jump", FixSign.JUMP),
        ("time", FixSign.TIME_DISAGREES),
        ("simulator", FixSign.SIMULATOR),
        ("apart", FixSign.SOLUTIONS_DISAGREE),
    ],
)
def test_each_sign_of_spoofing_makes_the_receiver_suspect_and_is_told_once(how: str, sign: FixSign) -> None:
    receiver = Receiver()
    receiver.seconds(40)
    spoofed(receiver, how)
    receiver.seconds(120)
    assert receiver.told == [Condition.SUSPECT] if how not in {"jump", "time"} else [Condition.SUSPECT, Condition.WELL]
    (suspect,) = [one for one in receiver.heard if isinstance(one, Standing) and one.tell and one.signs]
    assert sign in suspect.signs


def test_a_pulled_plug_is_told_once_with_the_ports_own_words_and_its_return_once() -> None:
    receiver = Receiver()
    receiver.seconds(10)
    for _ in range(500):
        receiver.now += 5 * SECOND
        receiver.keep(receiver.listening.closed(GONE, receiver.now))
    told = [one.tell for one in receiver.heard if isinstance(one, Standing) and one.tell]
    assert told == [GONE]
    receiver.keep(receiver.listening.opened(receiver.now))
    receiver.seconds(60)
    assert receiver.told == [Condition.UNPLUGGED, Condition.WELL]


@given(st.lists(st.sampled_from(list(Condition)), min_size=1, max_size=400))
def test_whatever_flutters_each_trouble_is_told_once_in_an_episode(conditions: list[Condition]) -> None:
    telling, told = Telling(), []
    for second, condition in enumerate(conditions):
        if telling.take(condition, second * SECOND):
            told.append((second, condition))
    ends = [second for second, condition in told if condition in CALM]
    starts = [0, *ends]
    for begin, end in zip(starts, [*ends, len(conditions)], strict=False):
        inside = Counter(condition for second, condition in told if begin <= second < end and condition not in CALM)
        assert set(inside.values()) <= {1}
    assert all(later - earlier >= 30 for earlier, later in pairwise(ends))


_PIECES = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([b"", b"$GPGGA,", b"\r\n", b"$" * 200, b"8" * 5000]),
    st.integers(0, 3).map(lambda seed: lines(STYLES["GN"], Model(STYLES["GN"], 31, 121, 1, seed).moment(0, NOON))),
)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(_PIECES, st.integers(0, 3 * SECOND), st.sampled_from(["read", "close", "open"])), max_size=40)
)
def test_any_bytes_and_any_port_errors_end_as_bounded_postings(steps: list[tuple[bytes, int, str]]) -> None:
    listening, now = Listening(ListeningSettings(), 9600), 0
    for data, later, what in steps:
        now += later
        if what == "close":
            heard = listening.closed(GONE, now)
        elif what == "open":
            heard = listening.opened(now)
        else:
            heard = listening.heard(data[: listening.room(now)], now)
        assert len(heard) <= 60
        assert all(isinstance(one, GoodFix | RefusedEpoch | Standing | RateFound) for one in heard)
        assert listening.rate in RATES
