"""The local day and time of day, by the time zone of the settings."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.command.errors import SettingsError
from zhendao.device import config
from zhendao.device.clock.local import CHINA, day_of, local, minute_of, zone


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@settings(max_examples=50, deadline=None)
@given(st.integers(at("2026-01-01"), at("2050-01-01")))
def test_china_needs_no_table_and_is_what_the_table_says(ms: int) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - the table that is compared with

    assert local(ms, zone(CHINA)).replace(tzinfo=None) == local(ms, ZoneInfo(CHINA)).replace(tzinfo=None)


def test_the_day_changes_at_local_midnight_in_summer_and_in_winter() -> None:
    berlin = zone("Europe/Berlin")
    for before, after in (("2026-07-01T21:59", "2026-07-01T22:00"), ("2026-12-01T22:59", "2026-12-01T23:00")):
        assert day_of(at(after), berlin) == day_of(at(before), berlin) + 1
        assert (minute_of(at(before), berlin), minute_of(at(after), berlin)) == (1439, 0)


@settings(max_examples=30, deadline=None)
@given(st.integers(-(2**70), 2**70))
def test_whatever_a_clock_says_there_is_a_day(ms: int) -> None:
    assert 0 <= minute_of(ms, zone(CHINA)) < 1440
    assert day_of(ms, zone(CHINA)) > 0


def test_a_zone_is_a_setting(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    tail = '[nfc]\ndriver = "pcsc"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n'
    file.write_text(f'[terminal]\ndata_dir = "{tmp_path}"\n{tail}')
    assert config.read(file).terminal.time_zone == CHINA
    for wrong in ('"Asia/Nowhere"', '"../../etc/passwd"', "8", '""'):
        file.write_text(f'[terminal]\ndata_dir = "{tmp_path}"\ntime_zone = {wrong}\n{tail}')
        with pytest.raises(SettingsError, match="time zone"):
            config.read(file)
