"""Epochs of a receiver that is told what to say, through the whole line of the device."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.clock.evidence import TimeAt
from zhendao.device.gnss.gate import AcceptedEpoch, Refusal, RefusedEpoch
from zhendao.device.gnss.receiver import GoodFix, Outcome, Receiver
from zhendao.device.gnss.timing import TimeRefusal, TimeSettings, TimeWatch
from zhendao.protocol.vocabulary import Constellation, FixSign

SECOND = 1_000_000_000


def line(body: str) -> bytes:
    total = 0
    for character in body:
        total ^= ord(character)
    return f"${body}*{total:02X}\r\n".encode()


@dataclass(frozen=True)
class Said:
    """One epoch as a receiver says it."""

    clock: str = "080000.00"
    date: str = "221126"
    lat: str = "3114.87700"
    lon: str = "12135.24630"
    rmc_lat: str | None = None
    status: str = "A"
    mode: str = "A"
    quality: str = "1"
    fix_mode: str = "3"
    sats: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    hdop: str = "0.9"
    cn0: tuple[int, ...] = (45, 38, 41, 33, 36, 44, 39, 30)
    knots: str = "0.05"
    altitude: str = "12.0"
    gst: str | None = None
    zda: str | None = None
    gsa: bool = True
    extra: tuple[str, ...] = field(default=())

    def lines(self) -> bytes:
        used = [f"{sat:02d}" for sat in self.sats]
        place = f"{self.lon},E"
        moving = f"{self.knots},,{self.date}"
        out = line(f"GNRMC,{self.clock},{self.status},{self.rmc_lat or self.lat},N,{place},{moving},,,{self.mode}")
        fix = f"{self.quality},{len(used):02d},{self.hdop},{self.altitude}"
        out += line(f"GNGGA,{self.clock},{self.lat},N,{place},{fix},M,8.0,M,,")
        if self.gsa:
            out += line(
                "GNGSA,A," + ",".join([self.fix_mode, *used, *[""] * (12 - len(used)), "1.8", self.hdop, "1.5", "1"])
            )
        for number, (sat, cn0) in enumerate(zip(self.sats, self.cn0, strict=False), 1):
            out += line(f"GPGSV,{len(self.sats)},{number},{len(self.sats):02d},{sat:02d},45,100,{cn0:02d},1")
        if self.gst:
            out += line(f"GNGST,{self.clock},{self.gst}")
        if self.zda:
            out += line(f"GNZDA,{self.clock},{self.zda},00,00")
        return out + b"".join(line(body) for body in self.extra)


def outcomes(*said: Said, step_ns: int = SECOND, receiver: Receiver | None = None) -> list[Outcome]:
    receiver = receiver or Receiver()
    out = [outcome for at, epoch in enumerate(said) for outcome in receiver.feed(epoch.lines(), at * step_ns)]
    return out + receiver.finish(len(said) * step_ns)


def the_fix(*said: Said) -> AcceptedEpoch:
    last = outcomes(*said)[-1]
    assert isinstance(last, GoodFix), last
    return last.epoch


def series(count: int, base: Said | None = None) -> list[Said]:
    """Epochs of one second each, the last digit of the place walking a little."""
    base = base or Said()
    return [
        replace(base, clock=f"08{at // 60:02d}{at % 60:02d}.00", lat=f"3114.87{700 + at % 7:03d}")
        for at in range(count)
    ]


def test_a_good_epoch() -> None:
    fix = the_fix(Said())
    assert (fix.lat_e7, fix.lon_e7) == (312_479_500, 1_215_874_383)
    assert fix.hacc95_m == 10.0, "2 x 5 m x 0.9 is below the floor"
    assert fix.satellites == 8
    assert fix.systems == Constellation.GPS
    assert fix.signs == FixSign(0)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(quality="8"), Refusal.SIMULATOR),
        (Said(mode="S"), Refusal.SIMULATOR),
        (Said(quality="6"), Refusal.ESTIMATED),
        (Said(mode="E"), Refusal.ESTIMATED),
        (Said(quality="7"), Refusal.MANUAL),
        (Said(status="V", mode="N"), Refusal.NO_FIX),
        (Said(quality="0"), Refusal.NO_FIX),
        (Said(fix_mode="1"), Refusal.NO_FIX),
        (Said(lat="0000.0000", lon="00000.0000"), Refusal.NO_POSITION),
        (Said(rmc_lat="3114.97700"), Refusal.CONTRADICTORY),
        (Said(fix_mode="2"), Refusal.FLAT),
        (Said(sats=(1, 2, 3, 4)), Refusal.FEW_SATELLITES),
        (Said(hdop=""), Refusal.NO_HDOP),
        (Said(hdop="5.1"), Refusal.THIN_GEOMETRY),
        (Said(hdop="0.0"), Refusal.THIN_GEOMETRY),
        (Said(cn0=(20, 22, 25, 21, 23, 24, 26, 27)), Refusal.WEAK_SIGNALS),
        (Said(knots="3.0"), Refusal.MOVING),
    ],
)
def test_refusals(said: Said, reason: Refusal) -> None:
    (outcome,) = outcomes(said)
    assert isinstance(outcome, RefusedEpoch)
    assert outcome.reason is reason


def test_gga_or_rmc_alone_is_incomplete() -> None:
    (outcome,) = outcomes(Said(extra=("GNGGA,080001.00,3114.87700,N,12135.24630,E,1,08,0.9,12.0,M,8.0,M,,",)))[1:]
    assert isinstance(outcome, RefusedEpoch)
    assert outcome.reason is Refusal.INCOMPLETE


def test_a_receiver_that_never_sends_gsa_is_judged_without() -> None:
    assert the_fix(Said(gsa=False)).satellites == 8


def test_a_lost_gsa_is_no_fix() -> None:
    last = outcomes(Said(), Said(clock="080001.00", gsa=False))[-1]
    assert isinstance(last, RefusedEpoch)
    assert last.reason is Refusal.INCOMPLETE


def test_error_comes_from_gst_where_there_is_one() -> None:
    fix = the_fix(Said(gst="12,,,,6.0,8.0,9.0"))
    assert fix.hacc95_m == 20.0, "twice the root of 6² + 8²"
    assert fix.ellipse == (8.0, 6.0, 90), "longitude is the worse one: the major axis lies east"
    fix = the_fix(Said(gst="12,7.0,3.0,170.0,6.0,8.0,9.0"))
    assert fix.ellipse == (7.0, 3.0, 170)


def test_weak_geometry_is_passed_with_a_larger_error_and_a_sign() -> None:
    fix = the_fix(Said(hdop="3.0"))
    assert fix.hacc95_m == 90.0
    assert FixSign.WEAK in fix.signs


def test_strong_satellites_carry_weak_ones() -> None:
    assert the_fix(Said(cn0=(45, 44, 43, 42, 41, 40, 10, 9))).mean_cn0 == pytest.approx(34.25)


def test_jump() -> None:
    assert FixSign.JUMP in the_fix(Said(), Said(clock="080001.00", lat="3115.87700")).signs, "1.8 km in a second"
    assert FixSign.JUMP not in the_fix(Said(), Said(clock="080001.00", lat="3114.88700")).signs
    assert FixSign.JUMP not in the_fix(Said(clock="235959.00"), Said(clock="000000.00")).signs, "midnight"
    assert FixSign.JUMP in the_fix(Said(), Said(clock="080001.00", altitude="900.0")).signs


def test_uniform_and_high_strengths() -> None:
    assert FixSign.UNIFORM_CN0 in the_fix(Said(cn0=(45,) * 8)).signs
    assert FixSign.HIGH_CN0 in the_fix(Said(cn0=(45, 53, 41, 33, 36, 44, 39, 30))).signs


def test_frozen_position() -> None:
    still = [replace(epoch, lat="3114.87700") for epoch in series(30)]
    assert FixSign.FROZEN in the_fix(*still).signs
    assert FixSign.FROZEN not in the_fix(*still[:29]).signs
    assert FixSign.FROZEN not in the_fix(*series(40)).signs


def test_a_simulator_a_moment_ago_is_remembered() -> None:
    assert FixSign.SIMULATOR in the_fix(Said(quality="8"), Said(clock="080001.00")).signs


def test_solutions_of_two_systems() -> None:
    far = "BDGGA,080000.00,3115.87700,N,12135.24630,E,1,08,0.9,12.0,M,8.0,M,,"
    near = "BDGGA,080000.00,3114.87800,N,12135.24630,E,1,08,0.9,12.0,M,8.0,M,,"
    assert FixSign.SOLUTIONS_DISAGREE in the_fix(Said(extra=(far,))).signs
    assert FixSign.SOLUTIONS_DISAGREE not in the_fix(Said(extra=(near,))).signs


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(date=""), TimeRefusal.NO_DATE),
        (Said(date="220899"), TimeRefusal.BEFORE_SERVICE_LIFE),
        (Said(date="070407"), TimeRefusal.BEFORE_SERVICE_LIFE),
        (Said(date="010645"), TimeRefusal.AFTER_SERVICE_LIFE),
        (Said(zda="23,11,2026"), TimeRefusal.DATES_DISAGREE),
    ],
)
def test_times_that_set_no_clock(said: Said, reason: TimeRefusal) -> None:
    (outcome,) = outcomes(said)
    assert isinstance(outcome, GoodFix), "the place stands"
    assert outcome.time is reason


def test_a_cold_receiver_is_believed_after_half_a_minute_with_a_bound_that_holds_the_leap_seconds() -> None:
    times = [outcome.time for outcome in outcomes(*series(40)) if isinstance(outcome, GoodFix)]
    assert set(times[:30]) == {TimeRefusal.SETTLING}
    assert [time.bound_ms for time in times[30:] if isinstance(time, TimeAt)] == [20_600] * 10
    believed = times[30]
    assert isinstance(believed, TimeAt)
    assert believed.wall_ms == 1_795_334_430_400, "2026-11-22T08:00:30.4Z: what the sentence says, and its way here"
    assert believed.mono_ns == 30 * SECOND


def test_the_leap_seconds_are_known_after_a_whole_almanac() -> None:
    """GPS sends them every 12.5 minutes; BeiDou's are four seconds off without them."""
    watch = TimeWatch(TimeSettings())
    accepted = [outcome.epoch for outcome in outcomes(*series(32)) if isinstance(outcome, GoodFix)][-1]

    def at(second: int, ahead_ms: int) -> TimeAt | TimeRefusal:
        epoch = replace(accepted, mono_ns=second * SECOND, day_ms=28_800_000 + second * 1000 + ahead_ms)
        return watch.judge(epoch)

    def bound(second: int, ahead_ms: int) -> int:
        time = at(second, ahead_ms)
        assert isinstance(time, TimeAt)
        truth = 1_795_334_400_000 + second * 1000
        assert abs(time.wall_ms - truth) <= time.bound_ms
        return time.bound_ms

    early = [at(second, 18_000) for second in range(1, 31)]
    assert set(early) == {TimeRefusal.SETTLING}
    assert bound(31, 18_000) == 20_600, "eighteen seconds ahead, and within what is said"
    assert at(60, 0) is TimeRefusal.STEPPED, "now it has heard them"
    assert bound(95, 0) == 20_600
    assert bound(782, 0) == 600


def test_a_time_that_runs_away_is_a_sign() -> None:
    said = [*series(35), Said(clock="090000.00")]
    last = outcomes(*said)[-1]
    assert isinstance(last, GoodFix)
    assert last.time is TimeRefusal.STEPPED
    assert FixSign.TIME_DISAGREES in last.epoch.signs


def test_after_a_contradiction_half_a_minute_must_pass_before_anything_is_believed() -> None:
    said = [*series(35), *(replace(one, date="220899") for one in series(36)[35:]), *series(80)[36:]]
    times = [outcome.time for outcome in outcomes(*said) if isinstance(outcome, GoodFix)]
    assert all(isinstance(time, TimeAt) for time in times[30:35])
    assert times[35] is TimeRefusal.BEFORE_SERVICE_LIFE
    assert set(times[36:66]) == {TimeRefusal.SETTLING}
    assert isinstance(times[66], TimeAt)


def test_memory_stays_bounded_on_a_line_of_one_kind() -> None:
    receiver = Receiver()
    receiver.feed(Said().lines(), 0)
    for prn in range(999):
        receiver.feed(line(f"GNGSA,A,3,{prn % 32 + 1:02d},,,,,,,,,,,,1.8,0.9,1.5,{prn % 6 + 1}"), 0)
        receiver.feed(line(f"GBGSV,1,1,01,{prn:03d},45,100,40,{prn % 16:X}"), 0)
    assert len(receiver._epochs._views) <= 256
    assert receiver._epochs._open is not None
    assert len(receiver._epochs._open.used) <= 96 + 12


@given(
    st.lists(
        st.sampled_from([Said().lines(), b"$GNGGA,", b"*00\r\n", b"\xff\x00"]) | st.binary(max_size=40), max_size=12
    )
)
def test_any_bytes_never_raise(chunks: list[bytes]) -> None:
    receiver = Receiver()
    for chunk in chunks:
        receiver.feed(chunk, 0)
    receiver.finish(0)
