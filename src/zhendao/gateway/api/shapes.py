"""The shapes of what the interface answers; the OpenAPI description is made of them."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """A page, newest first; ``next`` is given as ``before`` to get the next one, null at the end."""

    items: list[T]
    next: str | None


class EventItem(BaseModel):
    """A fact as it was received; ``event`` is the JSON form of docs/protocol.md section 3, null where unreadable."""

    id: int
    device: str
    epoch: str
    seq: int
    h: str = Field(description="head of the chain at this event, hex")
    received_ms: int
    event: dict[str, Any] | None


class Person(BaseModel):
    """A person; the name is masked unless it was asked for by somebody who may."""

    id: str
    name: str | None


class VisitItem(BaseModel):
    """A visit as concluded now; ``record`` is what is forwarded to the platform."""

    id: str
    device: str
    revision: int
    state: str
    elder: Person | None
    caregiver: Person | None
    begin_ms: int | None
    end_ms: int | None
    changed_ms: int
    findings: list[str] = Field(description="kinds of what is found of it now; docs/anomalies")
    record: dict[str, Any]


class TerminalItem(BaseModel):
    """A terminal: where it is registered, and what is heard of it."""

    device: str
    placement: str | None
    place_id: str | None
    elder_id: str | None
    online: bool | None
    epoch: str | None
    seq: int | None
    unacknowledged: int | None
    heard_ms: int | None
    open_gaps: int
    open_findings: int


class QuarantineItem(BaseModel):
    """A message that was set aside, without its bytes; ``device`` is null where nobody's is known."""

    id: int
    device: str | None
    reason: str
    zh: str = Field(description="what the reason means")
    en: str = Field(description="what the reason means")
    size: int
    complete: bool
    received_ms: int


class TokenFindingItem(BaseModel):
    """Something wrong with a card or door tag: caught where (terminal and event), as what."""

    id: int
    device: str
    epoch: str
    seq: int
    h: str = Field(description="head of the chain at the event, hex")
    event: str = Field(description="kind of the event")
    token: str = Field(description="door or card")
    uid: str = Field(description="hex; all but the last digits masked unless asked for by somebody who may")
    finding: str = Field(description="a stable word, the same as the flag of the visit")
    zh: str
    en: str
    found_ms: int
    healed_ms: int | None = Field(description="later facts explain it")


class AccessItem(BaseModel):
    """Somebody read something."""

    id: int
    at_ms: int
    token_id: str
    role: str
    resource: str
    filters: str
    items: int
    names: bool


class ErrorBody(BaseModel):
    """What was wrong."""

    code: str
    zh: str
    en: str
    details: list[dict[str, str]] | None = None


class ErrorAnswer(BaseModel):
    """Every error has this shape."""

    error: ErrorBody
