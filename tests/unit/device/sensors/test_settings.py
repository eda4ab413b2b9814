"""The array ``[[sensor]]``: what cannot be meant is told, all of it, before anything is opened."""

from pathlib import Path

import pytest

from zhendao.command.errors import SettingsError
from zhendao.device import config
from zhendao.device.sensors.settings import MOST, SensorTable, manner, problems

FOUR = """
[terminal]
data_dir = "data"
[broker]
url = "mqtts://broker.example:8883"
[nfc]
driver = "pcsc"
"""

GOOD = """
[[sensor]]
name = "bed"
kind = "mattress"
pin = 5
normal = "closed"
[[sensor]]
name = "gas"
kind = "smoke"
port = "/dev/ttyUSB0"
pattern = 'GAS (?P<value>\\d+)'
above = 50
[[sensor]]
name = "mains"
kind = "mains"
supply = "AC"
[[sensor]]
name = "cell"
kind = "battery"
supply = "BAT0"
[[sensor]]
name = "heat"
kind = "other"
port = "/dev/ttyUSB1"
unit = 7
register = 30
"""


def read(folder: Path, text: str) -> config.DeviceSettings:
    file = folder / "device.toml"
    file.write_text(FOUR + text)
    return config.read(file)


def test_a_file_without_sensors_has_none_and_one_with_all_kinds_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "").sensor == ()
    bed, gas, mains, cell, heat = read(tmp_path, GOOD).sensor
    assert (manner(bed).alarm, manner(bed).number, manner(bed).stuck_ns) == (True, False, 24 * 3600 * 10**9)
    assert manner(gas).judged
    assert (manner(mains).number, manner(mains).stuck_ns) == (False, None)
    assert (manner(cell).below, manner(cell).judged) == (20.0, True)
    assert manner(heat).number


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("", "needs exactly one of pin, port and supply"),
        ('pin = 5\nsupply = "AC"', "needs exactly one of pin, port and supply"),
        ('port = "/dev/x"', "a port needs either pattern or unit"),
        ('pin = 5\npattern = "(?P<active>x)"', "pattern and unit belong to a port"),
        ("port = \"/dev/x\"\npattern = '('", "pattern is no regular expression"),
        ("port = \"/dev/x\"\npattern = 'x'", "pattern needs a group"),
        ("port = \"/dev/x\"\npattern = '(a+)+(?P<active>x)'", "pattern repeats a group"),
        ('supply = "AC"', "a supply is for kind mains or battery"),
        ("pin = 5\nlow = 3", "are for numbers"),
        ("pin = 5\nsilent_s = 3", "silent_s belongs to a port"),
        ("port = \"/dev/x\"\npattern = 'T(?P<value>.+)'\nlow = 3\nhigh = 3", "low must be below high"),
        ("pin = 17", "pin has another use: 17"),
        ("pin = 6", "pin has another use: 6"),
        ("pin = 7", "pin has another use: 7"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(tmp_path: Path, row: str, said: str) -> None:
    others = 'reset_gpio = 7\n[feedback]\nkind = "gpio"\n[buttons]\nsos = 6\n'
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, others + GOOD + f'[[sensor]]\nname = "x"\nkind = "door"\n{row}\n')
    assert any("[[sensor]] 6: " in one.en and said in one.en for one in caught.value.problems)


def test_names_pins_ports_and_their_number() -> None:
    rows = [
        SensorTable("a", "door", pin=5),
        SensorTable("a", "door", pin=5),
        SensorTable("b", "other", port=Path("p"), pattern="(?P<value>x)"),
        SensorTable("c", "other", port=Path("p"), unit=3, baud=1200),
    ]
    told = " ".join(one.en for one in problems("f", rows))
    for words in ("name is used twice: a", "pin has another use: 5", "baud is another one", "a bus carries no text"):
        assert words in told
    assert "at most" in problems("f", [SensorTable(str(n), "door", pin=n) for n in range(MOST + 1)])[0].en
