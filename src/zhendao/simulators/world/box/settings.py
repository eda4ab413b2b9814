"""The settings of every terminal in a world: the defaults of a real one, but for what sets how often it does nothing.

A world must not pay for quiet hours by the second. What differs, and why: `health_s` a day instead of a quarter of an
hour, and `anchor_h` a day instead of six hours (in a world of more than a week: a week each): each writes an event of
its own, which is work and no news.
`keep_events` 64 instead of 20,000: what the gateway has is dropped within weeks and not in years, so that a short world
sees it happen, and the daily look at all that is kept stays small.
`max_events` 4 instead of 1,000: a day without a network is a backlog of many batches, several under way at once, which
overtake each other as those of months do in a real one.
"""

from pathlib import Path

from zhendao.device.config import (
    BrokerTable,
    ClockTable,
    DeviceSettings,
    GnssTable,
    JournalTable,
    NfcTable,
    TerminalTable,
    UplinkTable,
)
from zhendao.simulators.world.box.reader import PORT

DATA_DIR = Path("/var/lib/zhendao-device")
DAY_S = 86_400


def settings(*, receiver: bool, reports_s: int = DAY_S) -> DeviceSettings:
    """Return them; ``receiver``: whether it has one for satellites; ``reports_s``: between two of its own reports."""
    return DeviceSettings(
        terminal=TerminalTable(DATA_DIR, health_s=reports_s),
        nfc=NfcTable("pn532", Path(PORT)),
        broker=BrokerTable("mqtts://broker:8883"),
        gnss=GnssTable(Path("/dev/zhendao-gnss"), 9600) if receiver else None,
        uplink=UplinkTable(max_events=4),
        journal=JournalTable(keep_events=64),
        clock=ClockTable(anchor_h=reports_s // 3600),
    )
