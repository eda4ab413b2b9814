"""What an alert is: frozen values that the rules make, the life changes, and the book keeps. Pure.

Promise: an alert ends by a person's act alone (`State.RESOLVED`, `State.FALSE_ALARM`); nothing that a terminal says
closes it. All times are UTC ms, except ``due_ms`` and ``answer_due_ms``, which count steadily (`ingest.steady`).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from zhendao.protocol.wording import Text


def plain(text: str) -> str:
    """Return ``text`` as any screen may show it: what is not printable (escape sequences of a terminal) is a space."""
    return "".join(one if one.isprintable() else " " for one in text)


class AlertKind(StrEnum):
    """What it is about; a word in the store and the interface."""

    SOS = "sos"
    INCIDENT = "incident"
    DURESS = "duress"
    CALL_CORD = "call_cord"
    MATTRESS = "mattress"
    SMOKE = "smoke"
    WATER = "water"
    TAMPER = "tamper"
    MAINS = "mains"
    BATTERY = "battery"
    SENSOR = "sensor"  # one that cannot be believed, or is silent


KIND_WORDS: Final = {
    AlertKind.SOS: Text("呼救", "call for help"),
    AlertKind.INCIDENT: Text("护理员报告异常", "incident reported by the caregiver"),
    AlertKind.DURESS: Text("胁迫", "duress"),
    AlertKind.CALL_CORD: Text("拉绳呼救", "call cord"),
    AlertKind.MATTRESS: Text("夜间床垫报警", "mattress alarm at night"),
    AlertKind.SMOKE: Text("烟雾或燃气", "smoke or gas"),
    AlertKind.WATER: Text("漏水", "water"),
    AlertKind.TAMPER: Text("终端被拆动", "terminal tampered with"),
    AlertKind.MAINS: Text("停电", "mains lost"),
    AlertKind.BATTERY: Text("电池电量低", "battery low"),
    AlertKind.SENSOR: Text("传感器故障", "sensor fault"),
}


class Urgency(IntEnum):
    """How soon a person must answer."""

    CALL = 1  # somebody may be in danger: escalates until a person has it
    SOON = 2  # escalates too, with longer steps
    NOTICE = 3  # is told once, and waits


class State(StrEnum):
    """Where an alert is in its life."""

    RAISED = "raised"
    TOLD = "told"  # it reached a seat: a screen shows it, or a message was delivered
    ACKNOWLEDGED = "acknowledged"  # a person has it
    RESOLVED = "resolved"
    FALSE_ALARM = "false_alarm"


STATE_WORDS: Final = {
    State.RAISED: Text("待接", "raised"),
    State.TOLD: Text("已通知", "told"),
    State.ACKNOWLEDGED: Text("已接", "acknowledged"),
    State.RESOLVED: Text("已处理", "resolved"),
    State.FALSE_ALARM: Text("误报", "false alarm"),
}
WAITING: Final = (State.RAISED, State.TOLD)
CLOSED: Final = (State.RESOLVED, State.FALSE_ALARM)

ANSWERED: Final = frozenset({AlertKind.SOS, AlertKind.INCIDENT, AlertKind.CALL_CORD})
"""Calls of which the terminal hears what becomes of them. Never duress: nothing may show that it was heard."""


class Act(StrEnum):
    """What is written in the log of an alert."""

    RAISED = "raised"
    JOINED = "joined"  # one more fact of the same thing
    MISTAKE = "mistake"  # the terminal says: pressed by mistake; it closes nothing
    CLEARED = "cleared"  # the sensor is well again; it closes nothing
    NOBODY = "nobody"  # nobody was there to be told
    TOLD = "told"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    NOTED = "noted"
    RESOLVED = "resolved"
    FALSE_ALARM = "false_alarm"
    HEARD = "heard"  # the terminal has given the elder an answer


@dataclass(frozen=True, slots=True)
class Call:
    """The newest call of an alert, which answers are about."""

    epoch: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class Fact:
    """What one event says that is worth an alert; made by `rules` from an event alone."""

    kind: AlertKind
    urgency: Urgency
    device: bytes
    epoch: bytes
    seq: int
    h: bytes
    occurred_ms: int | None  # None: the terminal did not know the time
    received_ms: int
    subject: str = ""  # tells two things of one kind in one home apart, such as two sensors
    drill: bool = False
    doubtful: bool = False  # the sensor chatters or floods: believed, and said so
    mistake_of: int | None = None  # the call (seq) that this one takes back
    cleared: bool = False  # the end of what raised an alert; raises none itself

    @property
    def at_ms(self) -> int:
        """When it was: as the terminal knew it, else when it came."""
        return self.received_ms if self.occurred_ms is None else self.occurred_ms


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is now. ``id`` is 0 until it is in the book."""

    id: int
    kind: AlertKind
    urgency: Urgency
    device: bytes
    subject: str
    elder_id: str | None  # as registered when it was raised
    place_id: str | None
    drill: bool
    past: bool  # older than the limit when it came: shown, answered by a person, not escalated
    doubtful: bool
    state: State
    step: int  # of escalation: 0 the duty seats, then further
    reached: int  # the furthest step at which somebody was there to be told; -1: none
    nobody: bool  # it waited so long that the elder is to hear it
    count: int
    first_ms: int  # when the first and the last of its facts were
    last_ms: int
    raised_ms: int  # when the first one came
    late_ms: int  # so much later than it was, 0 where that is usual
    call: Call | None = None
    mistake_ms: int | None = None
    cleared_ms: int | None = None
    seat: str | None = None  # who was told first
    told_ms: int | None = None
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    minutes: int | None = None  # until somebody is there, as whoever acknowledged says
    closed_ms: int | None = None
    closed_by: str | None = None
    due_ms: int | None = None  # when it escalates; steady
    said: int = 0  # the last `AnswerState` sent about `call`, 0 none
    heard: int = 0  # the last one that the elder was given
    answer_due_ms: int | None = None  # when an answer is sent (again); steady; None: nothing is owed
    answer_tries: int = 0

    @property
    def waits(self) -> bool:
        """Tell whether no person has it yet."""
        return self.state in WAITING

    @property
    def closed(self) -> bool:
        """Tell whether a person has ended it."""
        return self.state in CLOSED


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log: what was done, by whom (empty: the gateway itself), with what is to be said of it."""

    act: Act
    at_ms: int
    by: str = ""
    said: str = ""
