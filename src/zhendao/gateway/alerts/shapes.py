"""The shapes of what the interface says of alerts; the OpenAPI description is made of them."""

from pydantic import BaseModel, Field

from zhendao.gateway.alerts.answering import answer_state
from zhendao.gateway.alerts.book import Line
from zhendao.gateway.alerts.false_alarms import REASON_PATTERN
from zhendao.gateway.alerts.values import KIND_WORDS, STATE_WORDS, Alert
from zhendao.protocol.vocabulary import AnswerState


class AlertItem(BaseModel):
    """An alert as it is now, without names; times in UTC ms."""

    id: int
    kind: str
    zh: str = Field(description="what it is about, and where it stands")
    en: str
    urgency: str = Field(description="call, soon or notice")
    device: str
    subject: str = Field(description="which sensor, or what was tampered with")
    elder_id: str | None
    place_id: str | None
    drill: bool
    past: bool = Field(description="too old when it came: is not escalated")
    doubtful: bool = Field(description="the sensor chatters or floods")
    state: str = Field(description="raised, told, acknowledged, resolved or false_alarm")
    step: int = Field(description="of escalation, from 0 on")
    reached: int = Field(description="the furthest step at which somebody was there to be told; -1: nobody yet")
    count: int = Field(description="so many facts of the same thing")
    first_ms: int
    last_ms: int
    raised_ms: int
    late_ms: int = Field(description="so much later than it was did it come; 0 where that is usual")
    mistake_ms: int | None = Field(description="the terminal says that it was pressed by mistake; it closes nothing")
    cleared_ms: int | None = Field(description="the sensor is well again; it closes nothing")
    seat: str | None = Field(description="whom it reached first")
    told_ms: int | None
    acknowledged_ms: int | None
    acknowledged_by: str | None
    minutes: int | None = Field(description="until somebody is there")
    closed_ms: int | None
    closed_by: str | None
    answer: str | None = Field(description="what is true for the elder now")
    said: str | None = Field(description="the last that was said to the terminal")
    heard: str | None = Field(description="the last that the elder was given")


class LogItem(BaseModel):
    """A line of the log; ``by`` is empty for the gateway itself."""

    id: int
    at_ms: int
    act: str
    by: str
    said: str


class FactItem(BaseModel):
    """An event on which the alert stands."""

    device: str
    epoch: str
    seq: int
    h: str


class AlertDetail(BaseModel):
    """An alert, its log and its facts."""

    alert: AlertItem
    log: list[LogItem]
    facts: list[FactItem]


class Taking(BaseModel):
    """Somebody takes an alert."""

    by: str = Field(default="", max_length=40, description="who, beside the name of the token")
    minutes: int | None = Field(default=None, ge=0, le=1440, description="until somebody is there; the elder hears it")
    note: str = Field(default="", max_length=400)


class Ending(BaseModel):
    """Somebody ends an alert."""

    by: str = Field(default="", max_length=40, description="who, beside the name of the token")
    false_alarm: bool = False
    reason: str | None = Field(default=None, pattern=REASON_PATTERN, description="of a false alarm, a word")
    note: str = Field(default="", max_length=400)


class Drilling(BaseModel):
    """Somebody begins a drill."""

    device: str = Field(pattern="^[0-9a-fA-F]{32}$")
    by: str = Field(default="", max_length=40)


class SeatItem(BaseModel):
    """A duty of a seat, without names."""

    seat: str
    rank: int
    days: str
    hours: str
    regions: list[str]
    on_duty: bool


class SeatList(BaseModel):
    """The seats, and who is on duty now."""

    items: list[SeatItem]


def alert_item(alert: Alert) -> AlertItem:
    """Return the shape of ``alert``."""
    kind, state, answer = KIND_WORDS[alert.kind], STATE_WORDS[alert.state], answer_state(alert)
    plain = {name: getattr(alert, name) for name in AlertItem.model_fields if hasattr(alert, name)}
    return AlertItem(
        **plain
        | {
            "kind": alert.kind.value,
            "state": alert.state.value,
            "urgency": alert.urgency.name.lower(),
            "device": alert.device.hex(),
            "zh": f"{kind.zh}，{state.zh}",
            "en": f"{kind.en}, {state.en}",
            "answer": None if answer is None else answer.name.lower(),
            "said": _word(alert.said),
            "heard": _word(alert.heard),
        }
    )


def log_item(line: Line) -> LogItem:
    """Return the shape of a line of the log."""
    entry = line.entry
    return LogItem(id=line.id, at_ms=entry.at_ms, act=entry.act.value, by=entry.by, said=entry.said)


def _word(state: int) -> str | None:
    return AnswerState(state).name.lower() if state else None
