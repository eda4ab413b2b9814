"""What a sensor senses, by the word in ``device.toml``: its class on the wire, what is an alarm, what is told here.

Promise: one row for each word; nothing else decides by class. rule: EDGE-NODES
"""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.protocol.vocabulary import SensorClass
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Sensed:
    """One class.

    Attributes:
        text: what it is called.
        wire: its class in `sensor` events; None: it is the terminal's own case, told as `tamper`.
        alarm: whether becoming active goes at once, and is taken for active where it cannot be told apart.
        stuck_h: so many hours active and it is stuck, unless the settings say otherwise; 0: never.
    """

    text: Text
    wire: SensorClass | None
    alarm: bool = False
    stuck_h: float = 24


CALL_CORD = "call-cord"
"""The word of the one class by which somebody calls with their own hand: they are told what becomes of it."""

CLASSES: dict[str, Sensed] = {
    "case": Sensed(Text("机壳", "the case"), None, alarm=True, stuck_h=0),
    "mains": Sensed(Text("市电", "mains"), SensorClass.MAINS, alarm=True, stuck_h=0),
    "battery": Sensed(Text("电池", "the battery"), SensorClass.BATTERY, alarm=True, stuck_h=0),
    "door": Sensed(Text("门磁", "the door contact"), SensorClass.DOOR_CONTACT),
    "mattress": Sensed(Text("床垫", "the mattress pad"), SensorClass.MATTRESS, alarm=True),
    "smoke": Sensed(Text("烟雾或燃气", "smoke or gas"), SensorClass.SMOKE_OR_GAS, alarm=True),
    "water": Sensed(Text("漏水", "water"), SensorClass.WATER, alarm=True),
    CALL_CORD: Sensed(Text("呼叫拉绳", "the call cord"), SensorClass.CALL_CORD, alarm=True, stuck_h=1),
    "other": Sensed(Text("其他", "other"), SensorClass.OTHER),
}
