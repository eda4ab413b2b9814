"""`gnss setup` and `gnss watch` against receivers that obey byte for byte, over real pseudo-terminals at real rates."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.receiver import Simulator
from zhendao.command.errors import UsageError
from zhendao.device.cli import PROGRAM
from zhendao.device.gnss.serial_source import GnssPortError, open_port
from zhendao.device.gnss.setup import talk
from zhendao.device.gnss.setup.talk import NotHeardError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "device.toml"
    file.write_text(
        '[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "/dev/x"\n'
        f'[gnss]\nport = "{tmp_path / "gnss"}"\nbaud = 9600\nlisten_s = 1.2\nsilence_s = 2\n'
        '[broker]\nurl = "mqtts://localhost"\n'
    )
    return file


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "ANSWER_S", 1.2)


def start(tmp_path: Path, name: str, *arguments: str) -> Simulator:
    return Simulator(tmp_path / "gnss", "--module", name, "--talker", "GP", *arguments)


@pytest.fixture
def um220(tmp_path: Path) -> Iterator[Simulator]:
    made = start(tmp_path, "um220")
    yield made
    assert made.end() == 0


def setup(config: Path, *words: str) -> int:
    return PROGRAM(["gnss", "setup", "--config", str(config), *words], "en")


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


@pytest.mark.parametrize(
    "name", ["l76k", *(pytest.param(name, marks=pytest.mark.long) for name in ("ublox-m8", "ublox-m10"))]
)
def test_a_gps_only_receiver_is_set_up_for_both_systems_and_keeps_it(
    name: str, tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    receiver = start(tmp_path, name)
    try:
        assert setup(config, "--module", name, "--baud", "38400", "--save", "--json") == 0
        found = report(capsys)
        assert (found["found_baud"], found["baud"], found["saved"]) == (9600, 38400, True)
        assert {one["name"]: one["good"] for one in found["checks"]} == dict.fromkeys(
            ("heard", "sentences", "needless", "period", "systems", "load"), True
        )
        assert {"GST", "ZDA"} <= set(found["sentences"])
        assert found["fixes"] > 5
        assert (tmp_path / "data" / "gnss.baud").read_text() == "38400\n"
        receiver.order("power-cut")
        assert PROGRAM(["gnss", "watch", "--config", str(config), "--seconds", "4", "--json"], "en") == 0
        seen = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (seen["baud"], seen["verdict"]) == (38400, "accepted")
        assert {one["system"] for one in seen["satellites"]} == {"GPS", "BeiDou"}
    finally:
        assert receiver.end() == 0


def test_a_refusal_ends_it_and_nothing_is_saved(
    um220: Simulator, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    um220.order("refuse 1")
    assert setup(config, "--module", "um220", "--save", "--json") == 1
    found = report(capsys)
    assert [one["answer"] for one in found["steps"]] == ["refused"]
    assert (found["saved"], found["checks"]) == (False, [])


@pytest.mark.long
def test_a_receiver_that_missed_a_command_gets_it_again_and_one_that_never_answers_is_told(
    um220: Simulator, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    um220.order("deaf 2")
    assert setup(config, "--module", "um220", "--json") == 0
    assert {one["answer"] for one in report(capsys)["steps"]} == {"acknowledged"}
    assert setup(config, "--module", "ublox-m10") == 1, "not its language"
    assert "no answer" in capsys.readouterr().out


@pytest.mark.long
def test_without_a_sky_nothing_is_saved_and_it_says_what_was_not_seen(
    um220: Simulator, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    um220.order("sky lost")
    assert setup(config, "--module", "um220", "--save", "--seconds", "3") == 1
    said = capsys.readouterr().out
    assert "not seen: BeiDou" in said or "not seen: GPS, BeiDou" in said
    assert "not saved" in said


def test_a_dry_run_opens_nothing_and_shows_every_byte(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup(config, "--module", "atgm336h", "--baud", "115200", "--save", "--dry-run", "--json") == 0
    sent = [one["sent"] for one in report(capsys)["steps"]]
    assert sent[0] == "$PCAS04,3*1A"
    assert sent[-2:] == ["$PCAS01,5*19", "$PCAS00*01"]


def test_what_is_wrong_is_one_clear_line(tmp_path: Path, config: Path) -> None:
    with pytest.raises(UsageError) as caught:
        setup(config, "--module", "l76k", "--baud", "4800", "--dry-run")
    assert "9600, 19200" in caught.value.explain("en")
    with pytest.raises(GnssPortError) as gone:
        setup(config, "--module", "l76k")
    assert "no such device" in gone.value.explain("en")
    receiver = start(tmp_path, "l76k")
    try:
        with open_port(str(tmp_path / "gnss"), 9600), pytest.raises(GnssPortError) as busy:
            setup(config, "--module", "l76k")
        assert "another program" in busy.value.explain("en")
    finally:
        receiver.end()


@pytest.mark.long
def test_a_silent_port_ends_in_time(tmp_path: Path, config: Path) -> None:
    receiver = Simulator(tmp_path / "gnss", first="silence")
    try:
        with pytest.raises(NotHeardError):
            setup(config, "--module", "l76k")
    finally:
        receiver.end()
