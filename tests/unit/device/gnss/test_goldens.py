"""Recorded receivers through the device's code: the same fixes whatever way the bytes come.

Make the golden files anew, and read the difference before committing it:
    PYTHONPATH=src python tests/unit/device/gnss/test_goldens.py
"""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from zhendao.device.gnss.receiver import GoodFix, Outcome, Receiver
from zhendao.protocol.datum import distance_m

DATA = Path(__file__).parents[3] / "data" / "nmea"
PLACE = ("lat_e7", "lon_e7")
RECORDINGS = sorted(path.stem for path in DATA.glob("*.nmea"))


def _plain(outcome: Outcome) -> dict[str, Any]:
    day_ms = outcome.epoch.day_ms if isinstance(outcome, GoodFix) else outcome.day_ms
    if not isinstance(outcome, GoodFix):
        return {"day_ms": day_ms, "refused": outcome.reason.value}
    epoch = outcome.epoch
    return {
        "day_ms": day_ms,
        "date": epoch.date.isoformat() if epoch.date else None,
        "lat_e7": epoch.lat_e7,
        "lon_e7": epoch.lon_e7,
        "hacc95_m": epoch.hacc95_m,
        "satellites": epoch.satellites,
        "hdop": epoch.hdop,
        "mean_cn0": None if epoch.mean_cn0 is None else round(epoch.mean_cn0, 2),
        "systems": [system.name for system in epoch.systems],
        "signs": [sign.name for sign in epoch.signs],
        "time": str(outcome.time),
    }


def replay(chunks: list[bytes]) -> dict[str, Any]:
    receiver = Receiver()
    outcomes = [outcome for chunk in chunks for outcome in receiver.feed(chunk, 0)]
    outcomes += receiver.finish(0)
    counters = receiver.counters
    return {
        "sentences": counters.sentences,
        "refused_sentences": counters.refused_sentences,
        "noise_bytes": counters.line.noise_bytes,
        "broken_lines": counters.line.broken,
        "overlong_lines": counters.line.overlong,
        "accepted_epochs": counters.accepted_epochs,
        "refused_epochs": counters.refused_epochs,
        "refused_times": counters.refused_times,
        "epochs": [_plain(outcome) for outcome in outcomes],
    }


def _golden(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / "golden" / f"{name}.json").read_text())
    return loaded


@pytest.mark.parametrize("name", RECORDINGS)
def test_in_one_go(name: str) -> None:
    assert replay([(DATA / f"{name}.nmea").read_bytes()]) == _golden(name)


@pytest.mark.parametrize("name", RECORDINGS)
def test_byte_by_byte(name: str) -> None:
    data = (DATA / f"{name}.nmea").read_bytes()
    assert replay([data[at : at + 1] for at in range(len(data))]) == _golden(name)


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("seed", range(5))
def test_in_random_chunks(name: str, seed: int) -> None:
    data = (DATA / f"{name}.nmea").read_bytes()
    dice = random.Random(seed)
    chunks = []
    at = 0
    while at < len(data):
        size = dice.choice((1, 2, 7, 31, 64, 500))
        chunks.append(data[at : at + size])
        at += size
    assert replay(chunks) == _golden(name)


@pytest.mark.parametrize("name", [name for name in RECORDINGS if _golden(name)["accepted_epochs"]])
def test_a_damaged_line_gives_fewer_fixes_and_no_wrong_one(name: str) -> None:
    data = (DATA / f"{name}.nmea").read_bytes()
    true = [epoch for epoch in _golden(name)["epochs"] if "lat_e7" in epoch][-1]
    dice = random.Random(1)
    accepted = 0
    for _ in range(25):
        damaged = bytearray(data)
        for _ in range(dice.choice((5, 50, 200))):
            at = dice.randrange(len(damaged))
            match dice.randrange(4):
                case 0:
                    damaged[at] ^= 1 << dice.randrange(8)
                case 1:
                    del damaged[at : at + dice.randrange(1, 40)]
                case 2:
                    damaged[at:at] = dice.randbytes(dice.randrange(1, 30))
                case _:
                    damaged[at:at] = damaged[: dice.randrange(200)]
        for epoch in replay([bytes(damaged)])["epochs"]:
            if "lat_e7" in epoch:
                accepted += 1
                assert distance_m(*(epoch[f] / 1e7 for f in PLACE), *(true[f] / 1e7 for f in PLACE)) < 50
    assert accepted > 0


def test_the_right_fixes() -> None:
    """What a person reads in the recordings; the golden files must not drift away from it."""
    cold = _golden("gp320fw-coldboot-simulator")
    assert cold["accepted_epochs"] == 0, "four satellites of a simulated sky, and then none: no fix"

    sirf = _golden("sirf-trig-bd")
    fixes = [epoch for epoch in sirf["epochs"] if "lat_e7" in epoch]
    assert len(fixes) == 5, "074155 to 074159"
    assert all(abs(fix["lat_e7"] - 312_482_000) < 4000 for fix in fixes), "Shanghai, 31°14.89'"
    assert fixes[0]["signs"][0] == "WEAK", "five satellites of two systems have nothing to check them by"
    assert all(fix["systems"] == ["GPS", "BEIDOU"] for fix in fixes), "talker BD"

    zed = _golden("ublox-zed-f9p-multiband")
    fixes = [epoch for epoch in zed["epochs"] if "lat_e7" in epoch]
    assert len(fixes) == 9
    # The recording names its place: 45.877591500S 170.500124833E.
    assert all(abs(fix["lat_e7"] + 458_775_915) < 300 for fix in fixes), "3 m"
    assert all(abs(fix["lon_e7"] - 1_705_001_248) < 200 for fix in fixes), "2 m"
    assert all("BEIDOU" in fix["systems"] for fix in fixes), "talker GB, system id 4"

    neo = _golden("ublox-neo-m8n")
    assert neo["accepted_epochs"] == 22
    assert neo["refused_epochs"] == {"incomplete": 1}, "the recording ends before the GSA of its last epoch"

    for name in RECORDINGS:
        assert set(_golden(name)["refused_times"]) <= {"before_service_life"}, "times of 2015 and 2019 set no clock"


if __name__ == "__main__":
    for recording in RECORDINGS:
        golden = replay([(DATA / f"{recording}.nmea").read_bytes()])
        (DATA / "golden" / f"{recording}.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
