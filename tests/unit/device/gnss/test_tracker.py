import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.clock.trust import TimeAt
from zhendao.device.gnss.gate import AcceptedEpoch, Refusal, RefusedEpoch
from zhendao.device.gnss.receiver import GoodFix
from zhendao.device.gnss.timing import TimeRefusal
from zhendao.device.gnss.tracker import Tracker
from zhendao.protocol.bodies import Fix
from zhendao.protocol.vocabulary import ClockSource, Constellation, Datum, FixSign

SECOND = 1_000_000_000
EPOCH = AcceptedEpoch(
    day_ms=28_800_000,
    mono_ns=0,
    date=dt.date(2026, 11, 22),
    date_conflict=False,
    lat_e7=312_479_500,
    lon_e7=1_215_874_383,
    altitude_m=12.0,
    hacc95_m=10.0,
    ellipse=None,
    satellites=9,
    hdop=0.9,
    mean_cn0=38.25,
    cn0=(45, 40),
    systems=Constellation.GPS,
    signs=FixSign(0),
)


def track(*epochs: AcceptedEpoch) -> Tracker:
    tracker = Tracker()
    for epoch in epochs:
        tracker.add(GoodFix(epoch, TimeRefusal.SETTLING))
    return tracker


def fix_of(tracker: Tracker, mono_ns: int) -> Fix:
    fix = tracker.fix(mono_ns)
    assert fix is not None
    return fix


def test_no_epoch_no_fix() -> None:
    assert Tracker().fix(0) is None
    assert not Tracker().is_fresh(0)
    assert Tracker().time(0) is None


def test_one_epoch() -> None:
    fix = fix_of(track(EPOCH), 1_500_000_000)
    assert fix == Fix(
        lat_e7=312_479_500,
        lon_e7=1_215_874_383,
        datum=Datum.WGS84,
        hacc95_dm=100,
        age_ms=1500,
        epochs=1,
        sats=9,
        hdop_centi=90,
        cn0_deci=382,
        constellations=Constellation.GPS,
        signs=FixSign(0),
        sigma_major_dm=None,
        sigma_minor_dm=None,
        orientation_deg=None,
        gnss_ms=1_795_334_400_000,
    )


def test_the_median_leaves_an_outlier_out() -> None:
    epochs = [replace(EPOCH, mono_ns=at * SECOND, lat_e7=EPOCH.lat_e7 + at % 3) for at in range(20)]
    epochs.append(replace(EPOCH, mono_ns=20 * SECOND, lat_e7=EPOCH.lat_e7 + 100_000, signs=FixSign.JUMP))
    fix = fix_of(track(*epochs), 21 * SECOND)
    assert abs(fix.lat_e7 - EPOCH.lat_e7) <= 3
    assert fix.signs == FixSign.JUMP, "and still says that one was seen"
    assert fix.epochs == 21


def test_what_the_epochs_scatter_is_the_least_error() -> None:
    epochs = [replace(EPOCH, mono_ns=at * SECOND, lat_e7=EPOCH.lat_e7 + (-1) ** at * 4000) for at in range(20)]
    assert 440 <= fix_of(track(*epochs), 20 * SECOND).hacc95_dm <= 900


def test_an_old_fix_has_its_age_and_then_is_none() -> None:
    tracker = track(EPOCH)
    assert fix_of(tracker, 300 * SECOND).age_ms == 300_000
    assert not tracker.is_fresh(300 * SECOND)
    assert tracker.fix(601 * SECOND) is None


def test_epochs_before_the_window_do_not_count() -> None:
    old = replace(EPOCH, lat_e7=EPOCH.lat_e7 + 50_000, signs=FixSign.WEAK)
    fix = fix_of(track(old, replace(EPOCH, mono_ns=100 * SECOND)), 100 * SECOND)
    assert (fix.lat_e7, fix.epochs, fix.signs) == (EPOCH.lat_e7, 1, FixSign(0))


def test_the_date_line() -> None:
    east = replace(EPOCH, lon_e7=1_799_999_990)
    west = replace(EPOCH, lon_e7=-1_799_999_990)
    fix = fix_of(track(east, west, west), 0)
    assert fix.lon_e7 == -1_799_999_990


def test_signs_of_others_are_added() -> None:
    fix = track(EPOCH).fix(0, signs=FixSign.TIME_DISAGREES)
    assert fix is not None
    assert fix.signs == FixSign.TIME_DISAGREES


def test_a_fix_beside_a_simulated_sky_says_so_for_ten_minutes() -> None:
    tracker = track(EPOCH)
    tracker.refused(RefusedEpoch(0, 5 * SECOND, Refusal.MOVING))
    assert fix_of(tracker, 6 * SECOND).signs == FixSign(0)
    tracker.refused(RefusedEpoch(0, 10 * SECOND, Refusal.SIMULATOR))
    assert fix_of(tracker, 11 * SECOND).signs == FixSign.SIMULATOR
    tracker.add(GoodFix(replace(EPOCH, mono_ns=620 * SECOND), TimeRefusal.SETTLING))
    assert fix_of(tracker, 621 * SECOND).signs == FixSign(0)


def test_time_is_given_while_fresh() -> None:
    tracker = Tracker()
    time = TimeAt(ClockSource.GNSS, 1_795_334_400_400, 600, 10 * SECOND)
    tracker.add(GoodFix(replace(EPOCH, mono_ns=10 * SECOND), time))
    assert tracker.time(12 * SECOND) == time
    assert tracker.time(14 * SECOND) is None


@given(
    st.lists(
        st.tuples(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000)),
        min_size=1,
        max_size=30,
    )
)
def test_any_places_make_a_legal_fix(places: list[tuple[int, int]]) -> None:
    fix = fix_of(track(*(replace(EPOCH, lat_e7=lat, lon_e7=lon) for lat, lon in places)), 0)
    assert -900_000_000 <= fix.lat_e7 <= 900_000_000
    assert -1_800_000_000 <= fix.lon_e7 <= 1_800_000_000
