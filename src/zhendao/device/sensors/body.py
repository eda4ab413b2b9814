"""What a report of a sensor becomes: the body of its event, what a person at the terminal is told, a notice. Pure.

Promise: a moment is told when something changes, never because a terminal began; one that says that something is
recorded needs a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.feedback.moment import Moment
from zhendao.device.sensors.classes import CLASSES
from zhendao.protocol.bodies import Sensor, Tamper
from zhendao.protocol.vocabulary import SensorCondition, TamperCause
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.device.sensors.conditioning import Report
    from zhendao.device.sensors.settings import SensorTable

_CHANGED: dict[str, tuple[Moment | None, Moment]] = {
    "case": (Moment.TAMPER_CLOSED, Moment.TAMPER_OPEN),
    "mains": (Moment.MAINS_BACK, Moment.MAINS_LOST),
    "battery": (None, Moment.BATTERY_LOW),
}
"""What is told when it comes to rest, and when it becomes active."""
NEEDS_RECORD = frozenset({Moment.TAMPER_OPEN})
"""They say that something is recorded; the others are true though the disk is full."""
_WORDS = {
    SensorCondition.WELL: Text("正常", "is well"),
    SensorCondition.CHATTERING: Text("抖动", "chatters"),
    SensorCondition.STUCK: Text("卡住不动", "is stuck"),
    SensorCondition.FLOODING: Text("信号泛滥", "floods"),
    SensorCondition.IMPLAUSIBLE: Text("读数不可信", "says what cannot be"),
    SensorCondition.SILENT: Text("没有读数", "is silent"),
}


def body(row: SensorTable, report: Report) -> Sensor | Tamper:
    """Return what is journalled."""
    sensed = CLASSES[row.kind].wire
    if sensed is not None:
        return Sensor(row.name, sensed, report.value, report.suppressed, condition=report.condition)
    said = None
    if report.suppressed or report.condition is not SensorCondition.WELL:
        said = f"{report.condition.name.lower()}, {report.suppressed} suppressed"
    return Tamper(TamperCause.CASE, bool(report.value), detail=said)


def moments(row: SensorTable, before: Report | None, report: Report) -> list[Moment]:
    """Return what a person is told of ``report``, after ``before``."""
    found: list[Moment] = []
    was_active, was = (False, SensorCondition.WELL) if before is None else (bool(before.value), before.condition)
    if row.kind in _CHANGED and bool(report.value) is not was_active:
        moment = _CHANGED[row.kind][bool(report.value)]
        found += [] if moment is None else [moment]
    if (report.condition is SensorCondition.WELL) is not (was is SensorCondition.WELL):
        found.append(Moment.SENSOR_WELL if report.condition is SensorCondition.WELL else Moment.SENSOR_FAULT)
    return found


def notice(row: SensorTable, report: Report) -> Text:
    """Return the line for whoever looks after the terminal."""
    what, how = CLASSES[row.kind].text, _WORDS[report.condition]
    return Text(f"传感器 {row.name}（{what.zh}）{how.zh}", f"sensor {row.name} ({what.en}) {how.en}")
