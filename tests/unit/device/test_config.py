from pathlib import Path
from types import SimpleNamespace

import pytest

from zhendao.command.errors import SettingsError
from zhendao.device import config
from zhendao.protocol.vocabulary import Mounting, Placement

LEAST = """
[terminal]
data_dir = "data"
[nfc]
driver = "pn532"
port = "/dev/ttyS0"
[gnss]
port = "/dev/ttyS1"
baud = 9600
[broker]
url = "mqtts://broker.example:8883"
"""


def test_a_file_with_the_least_keys_works(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    file.write_text(LEAST)
    found = config.read(file)
    assert found.terminal.data_dir == tmp_path / "data"
    assert (found.session.double_tap_s, found.feedback.kind) == (120, "console")


def test_everything_wrong_is_said_at_once_in_one_line_each(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    wrong = LEAST.replace("pn532", "pn533").replace("9600", '"fast"').replace("mqtts://", "mqtt://")
    file.write_text(wrong.replace("data_dir", "data_dri"))
    with pytest.raises(SettingsError) as caught:
        config.read(file)
    assert caught.value.exit_code == 2
    lines = caught.value.explain("en").splitlines()
    assert len(lines) == 5
    assert any("did you mean data_dir" in one for one in lines)
    assert any("loopback" in one for one in lines)


def test_a_reader_behind_pcsc_needs_no_port_and_a_pn532_does(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    file.write_text(LEAST.replace('driver = "pn532"\nport = "/dev/ttyS0"', 'driver = "pcsc"\nreader = "ACR1252"'))
    assert config.reader_settings(config.read(file).nfc).reader == "ACR1252"
    file.write_text(LEAST.replace('port = "/dev/ttyS0"\n', "reset_gpio = 25\ncheck_s = 30\nreopen_h = 0\n"))
    with pytest.raises(SettingsError) as caught:
        config.read(file)
    assert caught.value.explain("en") == f"{file}: [nfc]: port is missing"


@pytest.mark.parametrize(
    ("driver", "placement", "mounting", "warned"),
    [
        ("pcsc", Placement.HOME, Mounting.WALL, True),
        ("pcsc", Placement.HOME, Mounting.CRADLE, False),
        ("pcsc", Placement.STATION, Mounting.WALL, False),
        ("pn532", Placement.HOME, Mounting.WALL, False),
    ],
)
def test_one_card_at_a_time_is_too_few_for_a_door_tag_on_the_wall(
    driver: str, placement: Placement, mounting: Mounting, *, warned: bool
) -> None:
    who = SimpleNamespace(placement=placement, mounting=mounting)
    warning = config.reader_warning(config.NfcTable(driver), who)  # type: ignore[arg-type]  # as much as is asked
    assert (warning is not None) is warned
