"""What outlives a reboot, and what the gateway's answers say: files, bytes and times as they may come."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.clocks import SetClock
from zhendao.device.clock import kernel
from zhendao.device.clock.evidence import TimeAt
from zhendao.device.clock.memory import Remembered, recall, remember
from zhendao.device.clock.settings import ClockSettings
from zhendao.device.clock.trust import Known
from zhendao.device.clock.word import GatewayWord
from zhendao.device.timekeeper import Timekeeper
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import ClockReason, ClockSource

NOW = 1_795_334_400_000  # 2026-11-22T08:00:00Z
SECOND = 1_000_000_000
BOOT, OTHER = b"b" * 16, b"o" * 16
KEPT = Remembered(BOOT, 5 * SECOND, NOW, 100, ClockSource.NTP, -400)
DAY_MS = 86_400_000


def test_in_the_same_boot_it_is_the_anchor() -> None:
    assert KEPT.known(BOOT, 9 * SECOND, NOW, ClockSettings()) == Known(
        anchor=TimeAt(ClockSource.NTP, NOW, 100, 5 * SECOND)
    )


def test_in_another_boot_it_is_the_earliest_time_and_the_battery_clocks_error() -> None:
    known = KEPT.known(OTHER, SECOND, NOW - 400 + 10 * DAY_MS, ClockSettings())
    assert known.anchor is None
    assert known.floor == TimeAt(ClockSource.HOLDOVER, NOW, 100, SECOND)
    assert known.rtc_bound_ms == 400 + 100 + 43_200, "what it was off, and ten days at 50 ppm"
    assert KEPT.known(OTHER, SECOND, None, ClockSettings()).rtc_bound_ms is None


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "clock.memory"
    assert recall(file) is None
    for kept in (KEPT, Remembered(OTHER, 0, NOW, 0, ClockSource.GNSS)):
        remember(file, kept)
        assert recall(file) == kept
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    remember(tmp_path / "no" / "folder", KEPT)  # a disk that is gone costs the witness, nothing else


@given(st.binary(max_size=120))
def test_any_bytes_are_a_memory_or_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        Remembered.decode(data)


@given(st.integers(0, 8 * 100))
def test_no_flipped_bit_is_taken(bit: int) -> None:
    data = bytearray(KEPT.encode())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    with pytest.raises(MalformedError):
        Remembered.decode(bytes(data))


@given(
    took=st.lists(st.integers(0, 50_000), min_size=3, max_size=3),
    off=st.integers(-5_000, 5_000),
    again=st.integers(0, 10**6),
)
def test_the_gateways_word_holds_the_truth_however_long_it_took(took: list[int], off: int, again: int) -> None:
    """Recorded, answered, heard: the times in between may be anything, and the answer may come late or twice."""
    word = GatewayWord(5_000)
    recorded, answered, heard = took[0], took[0] + took[1], took[0] + took[1] + took[2]
    word.recorded(BOOT, 7, recorded * 1_000_000)
    time = word.answered([(BOOT, 1, 9)], NOW + answered + off, heard * 1_000_000)
    if time is not None:
        assert abs(time.wall_ms - (NOW + heard)) <= time.bound_ms
    if heard - recorded < 59_000:
        assert time is not None
    assert word.answered([], NOW + answered, (heard + again) * 1_000_000) is None, "said again it settles nothing new"
    assert word.answered([(OTHER, 1, 9)], NOW, heard * 1_000_000) is None


def test_an_answer_to_what_was_recorded_by_a_process_before_says_nothing() -> None:
    assert GatewayWord(0).answered([(BOOT, 1, 9)], NOW, SECOND) is None


def test_a_trusted_time_is_remembered_over_a_reboot(tmp_path: Path) -> None:
    file, rtc = tmp_path / "clock.memory", tmp_path / "since_epoch"
    rtc.write_text(f"{NOW // 1000 + 2}\n")
    clock = SetClock(rtc)
    clock.wall, clock.bound_ms = NOW, 20
    first = Timekeeper(clock, memory=file)
    first.observe()
    assert [event.reason for event in first.owed] == [ClockReason.ANCHOR]
    first.remember()
    kept = recall(file)
    assert kept is not None
    assert (kept.source, kept.boot_id) == (ClockSource.NTP, clock.boot_id())
    assert kept.rtc_off_ms == pytest.approx(2_000, abs=1_000)

    clock.boot, clock.wall = OTHER, NOW - DAY_MS
    second = Timekeeper(clock, memory=file)
    second.observe()
    assert second.stamp().source is ClockSource.RTC, "NTP says yesterday: the memory and the battery clock know better"
    assert second.stamp().bound_ms == pytest.approx(3_100, abs=1_100)
    assert ClockReason.SOURCES_DISAGREE in [event.reason for event in second.owed]


def test_a_battery_clock_as_file_and_as_the_kernels_structure(tmp_path: Path) -> None:
    file = tmp_path / "since_epoch"
    assert kernel.rtc_ms(file) is None
    for text, ms in (("1795334400\n", NOW), ("", None), ("soon", None), ("-1", -1000)):
        file.write_text(text)
        assert kernel.rtc_ms(file) == ms
    assert kernel.rtc_ms(Path("/dev/null")) is None, "a device that is no clock"
    answer = b"".join(n.to_bytes(4, "little") for n in (0, 0, 8, 22, 10, 126, 0, 325, 0))
    assert kernel.rtc_time(answer) == NOW
