import datetime as dt
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.gnss.gate import RefusedEpoch
from zhendao.device.gnss.receiver import GoodFix, Outcome, Receiver
from zhendao.device.gnss.splitter import LINE_LIMIT
from zhendao.protocol.datum import distance_m
from zhendao.protocol.vocabulary import Constellation, FixSign
from zhendao.simulators.errors import OrderError
from zhendao.simulators.gnss.model import Model
from zhendao.simulators.gnss.nmea import lines, sentence
from zhendao.simulators.gnss.orders import ColdStart, Move, Offset, SetView, parse
from zhendao.simulators.gnss.replay import epochs
from zhendao.simulators.gnss.sky import View
from zhendao.simulators.gnss.styles import STYLES

HOME = (31.18830, 121.43680)
BEGIN = dt.datetime(2026, 11, 22, 8, 0, 0, tzinfo=dt.UTC)
DATA = Path(__file__).parents[3] / "data" / "nmea"


def play(model: Model, talker: str, seconds: range) -> list[Outcome]:
    """Let the device's own receiver read what the model writes."""
    receiver = Receiver()
    out = []
    for at in seconds:
        data = lines(STYLES[talker], model.moment(float(at), BEGIN + dt.timedelta(seconds=at)))
        assert all(len(line) <= LINE_LIMIT for line in data.splitlines())
        out += receiver.feed(data, at * 1_000_000_000)
    out += receiver.finish(seconds.stop * 1_000_000_000)
    assert receiver.counters.refused_sentences == {}
    return out


def model(talker: str = "GN", seed: int = 1) -> Model:
    return Model(STYLES[talker], *HOME, 12.0, seed)


SYSTEMS = {
    "GN": Constellation.GPS | Constellation.BEIDOU,
    "GP": Constellation.GPS,
    "BD": Constellation.BEIDOU,
    "GB": Constellation.BEIDOU,
}


@pytest.mark.parametrize("talker", STYLES)
def test_every_talker_gives_good_fixes(talker: str) -> None:
    for seed in range(5):
        for outcome in play(model(talker, seed), talker, range(10)):
            assert isinstance(outcome, GoodFix), outcome
            assert distance_m(*HOME, outcome.epoch.lat_e7 / 1e7, outcome.epoch.lon_e7 / 1e7) < 8
            assert outcome.epoch.systems == SYSTEMS[talker]
            assert outcome.epoch.signs == FixSign(0)
            assert outcome.epoch.hacc95_m == 10


@pytest.mark.parametrize("talker", STYLES)
def test_an_epoch_fits_a_second_at_9600_baud(talker: str) -> None:
    assert len(lines(STYLES[talker], model(talker).moment(0, BEGIN))) < 960


def test_a_weak_sky_is_flagged_and_a_lost_one_refused() -> None:
    weak = model()
    weak.view = View.WEAK
    for outcome in play(weak, "GN", range(5)):
        assert isinstance(outcome, GoodFix)
        assert FixSign.WEAK in outcome.epoch.signs
        assert outcome.epoch.hacc95_m > 30
    weak.view = View.LOST
    refused = play(weak, "GN", range(5, 8))
    assert [outcome.reason.value for outcome in refused if isinstance(outcome, RefusedEpoch)] == ["no_fix"] * 3


def test_cold_start_finds_time_then_a_flat_fix_then_a_fix() -> None:
    cold = model()
    cold.cold_start(20, 0)
    out = play(cold, "GN", range(25))
    reasons = [outcome.reason.value for outcome in out if isinstance(outcome, RefusedEpoch)]
    assert reasons == ["no_fix"] * 10 + ["flat"] * 4, "from the sixth second on there is a time to make epochs of"
    assert isinstance(out[-1], GoodFix)


def test_moving_is_refused_and_arriving_is_not() -> None:
    walker = model()
    walker.move(31.19000, 121.43680, 60, 10)
    reasons = {
        outcome.reason.value for outcome in play(walker, "GN", range(12, 60)) if isinstance(outcome, RefusedEpoch)
    }
    assert reasons == {"moving"}
    there = play(walker, "GN", range(80, 84))[-1]
    assert isinstance(there, GoodFix)
    assert distance_m(31.19000, 121.43680, there.epoch.lat_e7 / 1e7, there.epoch.lon_e7 / 1e7) < 8


def test_a_drifting_receiver_does_not_admit_it() -> None:
    drifting = model()
    drifting.drift_m = 200
    apart = [
        distance_m(*HOME, outcome.epoch.lat_e7 / 1e7, outcome.epoch.lon_e7 / 1e7)
        for outcome in play(drifting, "GN", range(0, 6000, 60))
        if isinstance(outcome, GoodFix) and outcome.epoch.hacc95_m == 10
    ]
    assert max(apart) > 200


def test_rolled_over_week_and_wrong_time_reach_no_clock() -> None:
    wrong = model()
    wrong.offset = dt.timedelta(weeks=-1024)
    last = play(wrong, "GN", range(40))[-1]
    assert isinstance(last, GoodFix)
    assert str(last.time) == "before_service_life"


def test_the_same_seed_is_the_same_receiver() -> None:
    assert play(model(seed=7), "GN", range(5)) == play(model(seed=7), "GN", range(5))
    assert play(model(seed=7), "GN", range(5)) != play(model(seed=8), "GN", range(5))


@given(st.floats(-89, 89), st.floats(-180, 180))
def test_any_place_is_written_and_read_back(lat: float, lon: float) -> None:
    there = Model(STYLES["GN"], lat, lon, 0, 0)
    there.drift_m = 0
    for outcome in play(there, "GN", range(1)):
        assert isinstance(outcome, GoodFix)
        assert distance_m(lat, lon, outcome.epoch.lat_e7 / 1e7, outcome.epoch.lon_e7 / 1e7) < 1


@pytest.mark.parametrize("recording", sorted(path.name for path in DATA.glob("*.nmea")))
def test_replay_keeps_every_byte_of_the_receiver(recording: str) -> None:
    data = (DATA / recording).read_bytes()
    parts = epochs(data)
    assert data.endswith(b"".join(parts))
    assert not b"".join(parts).startswith(b"#")
    assert len(parts) > 8


def test_orders() -> None:
    assert parse("move 31.2 121.5") == Move(31.2, 121.5, 0)
    assert parse("move 31.2 121.5 30\r") == Move(31.2, 121.5, 30)
    assert parse("sky weak") == SetView(View.WEAK)
    assert parse("cold-start") == ColdStart(30)
    assert parse("time rollover") == Offset(None)
    assert parse("# nothing") is None
    assert parse("  ") is None


@pytest.mark.parametrize(
    "line", ["move 91 0", "move nan 0", "sky dark", "drift", "wait -1", "quality 9", "x" * 300, "move 1 2 3 4"]
)
def test_wrong_orders_say_what_is_allowed(line: str) -> None:
    with pytest.raises(OrderError):
        parse(line)


@given(st.text(max_size=60))
def test_any_line_is_an_order_or_an_order_error(line: str) -> None:
    with suppress(OrderError):
        parse(line)


def test_checksum() -> None:
    assert sentence("GPTXT,01,01,01,ANTENNA OPEN") == b"$GPTXT,01,01,01,ANTENNA OPEN*25\r\n"
