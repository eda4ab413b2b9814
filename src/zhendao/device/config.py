"""The settings of a terminal, ``device.toml``: four tables that every file has, the rest optional with defaults.

[terminal]  data_dir
[nfc]       driver, port     (port: of a pn532; a pcsc reader is chosen by `reader`, a part of its name)
[gnss]      port, baud       (the table may be left out: a terminal without a receiver)
[broker]    url              (mqtts://HOST:PORT; plain mqtt:// for loopback only)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - the settings reader resolves the annotations
from typing import TYPE_CHECKING, Annotated

from zhendao.command import settings
from zhendao.command.errors import SettingsError
from zhendao.command.kinds import Choice, Integer, Number, Switch, Url, Words
from zhendao.device.clock import kernel as kernel_clock
from zhendao.device.clock.local import CHINA, TimeZone
from zhendao.device.clock.settings import ClockSettings
from zhendao.device.feedback.voice.settings import VoiceTable
from zhendao.device.inputs.settings import ButtonsTable, CallsTable, button_lines, of_buttons
from zhendao.device.link.uplink import UplinkSettings
from zhendao.device.meals.settings import MealsTable, manner
from zhendao.device.page.settings import PageTable
from zhendao.device.rating.settings import RatingTable
from zhendao.device.sensors.settings import SensorTable
from zhendao.device.sensors.settings import problems as of_sensors
from zhendao.device.taps.decisions import SessionSettings
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.protocol.wording import Text
from zhendao.readers.drivers import DRIVERS, ReaderSettings

if TYPE_CHECKING:
    from zhendao.device.identity.values import Identity

_SECOND = 1_000_000_000


@dataclass(frozen=True)
class TerminalTable:
    """Where the terminal keeps what is its own, how often it tells of its health, and whose local day it keeps."""

    data_dir: Path
    health_s: Annotated[int, Integer(10, 604_800)] = 900
    time_zone: Annotated[str, TimeZone()] = CHINA


@dataclass(frozen=True)
class NfcTable:
    """The reader (see `readers.drivers.ReaderSettings`); ``live_ms``: so long the gateway may take to answer a card."""

    driver: Annotated[str, Choice(*DRIVERS)]
    port: Path | None = None
    reader: Annotated[str, Words(127)] = ""
    reset_gpio: Annotated[int | None, Integer(0, 63)] = None
    gap_ms: Annotated[float, Number(0, 100)] = 1
    check_s: Annotated[float, Number(1, 86_400)] = 60
    reopen_h: Annotated[float, Number(0, 8760)] = 6
    slow_ms: Annotated[int, Integer(50, 10_000)] = 250
    live_ms: Annotated[int, Integer(0, 2000)] = 0


@dataclass(frozen=True)
class GnssTable:
    """The receiver; strengths in dB-Hz (see `gate.GateSettings` and `listening.ListeningSettings`)."""

    port: Path
    baud: Annotated[int, Integer(1200, 4_000_000)]
    find_baud: Annotated[bool, Switch()] = True
    listen_s: Annotated[float, Number(1, 60)] = 2.5
    silence_s: Annotated[float, Number(2, 3600)] = 10
    most_kib_s: Annotated[int, Integer(1, 1024)] = 32
    jam_drop: Annotated[int, Integer(3, 40)] = 10
    jam_s: Annotated[float, Number(1, 60)] = 5
    min_satellites: Annotated[int, Integer(3, 40)] = 5
    max_hdop: Annotated[float, Number(0.5, 50)] = 5
    min_cn0: Annotated[float, Number(0, 60)] = 28
    max_speed: Annotated[float, Number(0.1, 100)] = 1.5


@dataclass(frozen=True)
class BrokerTable:
    """The broker."""

    url: Annotated[str, Url("mqtts", "mqtt")]


@dataclass(frozen=True)
class SessionTable:
    """Times of the tap session (see `decisions.SessionSettings`), how times are said (`saying`), and reminders.

    ``service_min``: how long a visit is meant to be of which no plan is known, 0: no reminder then; ``remind_min``: so
    many minutes before its planned end a visit is reminded.
    """

    pairing_s: Annotated[float, Number(1, 600)] = 20
    double_tap_s: Annotated[float, Number(0, 3600)] = 120
    undo_s: Annotated[float, Number(0, 600)] = 60
    undo_hold_s: Annotated[float, Number(1, 60)] = 4
    times_hold_s: Annotated[float, Number(0, 60)] = 2.5
    privacy_hold_s: Annotated[float, Number(0, 60)] = 3
    said_bound_s: Annotated[float, Number(1, 3600)] = 60
    service_min: Annotated[int, Integer(0, 1440)] = 0
    remind_min: Annotated[int, Integer(0, 120)] = 5
    wall_grace_s: Annotated[float, Number(1, 600)] = 8
    visit_h: Annotated[float, Number(1, 168)] = 16


@dataclass(frozen=True)
class UplinkTable:
    """Bounds of what is under way (see `uplink.UplinkSettings`), and of the link (see `schedule`)."""

    in_flight: Annotated[int, Integer(1, 16)] = 3
    max_events: Annotated[int, Integer(1, 4096)] = 1000
    answer_s: Annotated[float, Number(0.1, 300)] = 10
    silence_s: Annotated[float, Number(0.1, 86_400)] = 300
    receipt_s: Annotated[float, Number(1, 3600)] = 60
    call_receipt_s: Annotated[float, Number(1, 3600)] = 5
    call_again_s: Annotated[float, Number(0.1, 60)] = 2
    keepalive_s: Annotated[int, Integer(2, 15)] = 15
    retry_s: Annotated[float, Number(0.1, 600)] = 30


@dataclass(frozen=True)
class JournalTable:
    """How much of what the gateway has committed is kept here as evidence."""

    keep_events: Annotated[int, Integer(0, 10_000_000)] = 20_000
    keep_mib: Annotated[int, Integer(1, 100_000)] = 64


@dataclass(frozen=True)
class HealthTable:
    """From when on something is the matter, and how many reports there may be in an interval beside the regular one."""

    disk_low_mib: Annotated[int, Integer(1, 1_000_000)] = 64
    memory_low_mib: Annotated[int, Integer(1, 1_000_000)] = 32
    hot_c: Annotated[int, Integer(30, 125)] = 80
    extra_reports: Annotated[int, Integer(0, 100)] = 4


@dataclass(frozen=True)
class HomeTable:
    """How a fixed terminal judges whether it was moved: of how many checks, and how many false alarms in a million."""

    fixes: Annotated[int, Integer(1, 50)] = 5
    false_alarm_ppm: Annotated[int, Integer(1, 100_000)] = 100


@dataclass(frozen=True)
class WatchTable:
    """How many seconds a part may be silent before it hangs; ``left_s``: a thread of the reader that was replaced."""

    journal_s: Annotated[int, Integer(5, 3600)] = 120
    link_s: Annotated[int, Integer(60, 3600)] = 180
    taps_s: Annotated[int, Integer(10, 3600)] = 180
    reader_s: Annotated[int, Integer(30, 3600)] = 60
    left_s: Annotated[int, Integer(60, 86_400)] = 600


@dataclass(frozen=True)
class ClockTable:
    """What the sources of time are held to (see `clock.settings.ClockSettings`); ``rtc`` may be ``/dev/rtc0`` too."""

    rtc: Path = kernel_clock.RTC
    rtc_bound_s: Annotated[int, Integer(1, 86_400)] = 600
    disagree_s: Annotated[float, Number(0.5, 60)] = 2
    step_s: Annotated[float, Number(0.1, 60)] = 0.5
    drift_ppm: Annotated[int, Integer(1, 1000)] = 50
    gnss_hold_s: Annotated[int, Integer(10, 86_400)] = 900
    gateway_s: Annotated[int, Integer(1, 3600)] = 5
    anchor_h: Annotated[int, Integer(1, 168)] = 6


@dataclass(frozen=True)
class FeedbackTable:
    """What gives the signals; pins by their BCM numbers. ``offline_s``: so long without a network is told."""

    kind: Annotated[str, Choice("console", "gpio")] = "console"
    green: Annotated[int, Integer(0, 63)] = 17
    red: Annotated[int, Integer(0, 63)] = 27
    buzzer: Annotated[int, Integer(0, 63)] = 22
    sounds: Annotated[str, Choice("all", "few")] = "all"
    offline_s: Annotated[float, Number(1, 86_400)] = 60


@dataclass(frozen=True)
class DeviceSettings:
    """The whole file."""

    terminal: TerminalTable
    nfc: NfcTable
    broker: BrokerTable
    gnss: GnssTable | None = None
    session: SessionTable = field(default_factory=SessionTable)
    uplink: UplinkTable = field(default_factory=UplinkTable)
    journal: JournalTable = field(default_factory=JournalTable)
    health: HealthTable = field(default_factory=HealthTable)
    home: HomeTable = field(default_factory=HomeTable)
    watch: WatchTable = field(default_factory=WatchTable)
    clock: ClockTable = field(default_factory=ClockTable)
    feedback: FeedbackTable = field(default_factory=FeedbackTable)
    voice: VoiceTable = field(default_factory=VoiceTable)
    buttons: ButtonsTable = field(default_factory=ButtonsTable)
    calls: CallsTable = field(default_factory=CallsTable)
    sensor: tuple[SensorTable, ...] = ()
    rating: RatingTable = field(default_factory=RatingTable)
    meals: MealsTable = field(default_factory=MealsTable)
    page: PageTable = field(default_factory=PageTable)


def read(path: Path) -> DeviceSettings:
    """Read ``path``; raises `SettingsError` with every problem, before anything is opened."""
    found = settings.read(path, DeviceSettings)
    if found.nfc.driver == "pn532" and found.nfc.port is None:
        raise SettingsError([Text(f"{path}: [nfc]: port 缺少", f"{path}: [nfc]: port is missing")])
    lights = found.feedback
    driven: tuple[int, ...] = (lights.green, lights.red, lights.buzzer) if lights.kind == "gpio" else ()
    driven += () if found.nfc.reset_gpio is None else (found.nfc.reset_gpio,)
    told = of_buttons(str(path), found.buttons, driven)
    told += of_sensors(str(path), found.sensor, (*driven, *(line.pin for line in button_lines(found.buttons))))
    if told:
        raise SettingsError(told)
    return found


def reader_settings(table: NfcTable) -> ReaderSettings:
    """Return what the reader's driver needs to know."""
    return ReaderSettings(**{name: value for name, value in vars(table).items() if name != "live_ms"})


def reader_warning(table: NfcTable, who: Identity) -> Text | None:
    """Return what is to be said of a reader that cannot do what this terminal's mounting asks; None if it can."""
    if table.driver == "pn532" or who.placement is not Placement.HOME or who.mounting is not Mounting.WALL:
        return None
    return Text(
        "门牌装在墙上需要能同时读两张标签的 PN532；PC/SC 读卡器只能读一张，无法打卡",
        "a door tag on the wall needs a PN532, which reads two tags at a time; behind PC/SC no check is possible",
    )


def uplink_settings(table: UplinkTable) -> UplinkSettings:
    """Return the bounds of the uplink."""
    return UplinkSettings(
        in_flight=table.in_flight,
        max_events=table.max_events,
        answer_ns=int(table.answer_s * _SECOND),
        silence_ns=int(table.silence_s * _SECOND),
        receipt_ns=int(table.receipt_s * _SECOND),
        call_receipt_ns=int(table.call_receipt_s * _SECOND),
        call_again_ns=int(table.call_again_s * _SECOND),
    )


def clock_settings(table: ClockTable) -> ClockSettings:
    """Return the thresholds of the clock."""
    return ClockSettings(
        drift_ppm=table.drift_ppm,
        disagree_ms=int(table.disagree_s * 1000),
        step_ms=int(table.step_s * 1000),
        gnss_hold_s=table.gnss_hold_s,
        rtc_bound_s=table.rtc_bound_s,
        gateway_bound_ms=table.gateway_s * 1000,
        anchor_every_s=table.anchor_h * 3600,
    )


def session_settings(table: SessionTable, who: Identity, meals: MealsTable | None = None) -> SessionSettings:
    """Return the thresholds of the session on this terminal."""
    return SessionSettings(
        placement=who.placement,
        mounting=who.mounting,
        own_door=who.own_door,
        pairing_ns=int(table.pairing_s * _SECOND),
        guard_ns=int(table.double_tap_s * _SECOND),
        undo_ns=int(table.undo_s * _SECOND),
        undo_hold_ns=int(table.undo_hold_s * _SECOND),
        times_hold_ns=int(table.times_hold_s * _SECOND),
        privacy_hold_ns=int(table.privacy_hold_s * _SECOND),
        wall_grace_ns=int(table.wall_grace_s * _SECOND),
        visit_ns=int(table.visit_h * 3600 * _SECOND),
        meals=None if meals is None else manner(meals, who.placement),
    )
