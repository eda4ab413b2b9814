"""The shapes of what the interface says of cases and corrections; the OpenAPI description is made of them."""

from pydantic import BaseModel, Field

from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.cases.corrections import Standing
from zhendao.gateway.cases.outages import WHAT
from zhendao.gateway.cases.values import STATES, Case, Entry

REASON_PATTERN = f"^({'|'.join(REASONS)})$"
_FARTHEST = 2**53


class CaseItem(BaseModel):
    """A case as it is now, without names; times in UTC ms."""

    number: int
    visit_id: str
    device: str
    state: str = Field(description="open, escalated, cleared or decided")
    zh: str
    en: str
    care_level: str | None
    elder_id: str | None
    caregiver_id: str | None
    kinds: list[str] = Field(description="what is found of the visit now")
    heard: list[str] = Field(description="sides that were heard, or could not be reached")
    explained: str | None = Field(description="the reason that a known outage gives")
    explains: list[str] = Field(description="the kinds that it covers")
    opened_ms: int
    due_ms: int
    escalated_ms: int | None
    closed_ms: int | None
    decision: str | None
    reason: str | None
    sandata: str | None = Field(description="code of the reason in Sandata's list")
    unlocked_ms: int | None


class CaseList(BaseModel):
    """Cases in the order of the queue."""

    items: list[CaseItem]


class LineItem(BaseModel):
    """A line of the log; ``by`` is empty for the gateway itself."""

    at_ms: int
    act: str
    by: str
    said: str


class Witnessed(BaseModel):
    """Begin and end as witnessed, UTC ms; none: nobody witnessed it."""

    begin_ms: int | None
    end_ms: int | None


class CorrectionItem(BaseModel):
    """A correction as it stands."""

    number: int
    visit_id: str
    state: str = Field(description="proposed, approved, refused or withdrawn")
    begin_ms: int | None
    end_ms: int | None
    reason: str
    attested: str
    by: str
    at_ms: int
    seen: Witnessed


class CorrectionList(BaseModel):
    """Corrections by number; ``after`` of the next page is the last number here."""

    items: list[CorrectionItem]


class CaseDetail(BaseModel):
    """A case, its log, and the corrections of its visit."""

    case: CaseItem
    log: list[LineItem]
    corrections: list[CorrectionItem]


class Hearing(BaseModel):
    """What one side said, or that it could not be reached and how it was tried."""

    by: str = Field(default="", max_length=40)
    side: str = Field(pattern="^(caregiver|elder)$")
    said: str = Field(min_length=1, max_length=400)
    reached: bool = True


class Deciding(BaseModel):
    """A decision."""

    by: str = Field(default="", max_length=40)
    decision: str = Field(pattern="^(fixed|acknowledged|upheld)$")
    reason: str = Field(pattern=REASON_PATTERN)
    memo: str = Field(default="", max_length=400)


class Unlocking(BaseModel):
    """The supervisors let a visit be corrected after its time."""

    by: str = Field(default="", max_length=40)
    why: str = Field(min_length=1, max_length=400)


class Unlocked(BaseModel):
    """Until when the visit may be corrected, UTC ms."""

    visit_id: str
    unlocked_ms: int


class Proposing(BaseModel):
    """A correction is proposed; times in UTC ms, none: as it was witnessed."""

    by: str = Field(default="", max_length=40)
    visit_id: str = Field(pattern="^[0-9a-f]{32}$")
    begin_ms: int | None = Field(default=None, ge=0, le=_FARTHEST)
    end_ms: int | None = Field(default=None, ge=0, le=_FARTHEST)
    reason: str = Field(pattern=REASON_PATTERN)
    attested: str = Field(min_length=1, max_length=400)
    memo: str = Field(default="", max_length=400)


class Answering(BaseModel):
    """A correction is approved, refused or withdrawn."""

    by: str = Field(default="", max_length=40)
    act: str = Field(pattern="^(approved|refused|withdrawn)$")
    memo: str = Field(default="", max_length=400)


class OutageItem(BaseModel):
    """Something was down; UTC ms, ``to_ms`` none: still; ``device`` none: for all."""

    by: str = Field(default="", max_length=40)
    what: str = Field(pattern=f"^({'|'.join(WHAT)})$")
    from_ms: int = Field(ge=0, le=_FARTHEST)
    to_ms: int | None = Field(default=None, ge=0, le=_FARTHEST)
    device: str | None = Field(default=None, pattern="^[0-9a-fA-F]{32}$")


def case_item(case: Case) -> CaseItem:
    """Return the shape of ``case``."""
    plain = {name: getattr(case, name) for name in CaseItem.model_fields if hasattr(case, name)}
    return CaseItem(
        **plain
        | {
            "visit_id": case.visit_id.hex(),
            "device": case.when.device.hex(),
            "state": case.state.value,
            "zh": STATES[case.state].zh,
            "en": STATES[case.state].en,
            "kinds": sorted(case.kinds),
            "heard": sorted(case.heard),
            "explains": sorted(case.explains),
            "decision": None if case.decision is None else case.decision.value,
            "sandata": None if case.reason is None else REASONS[case.reason].sandata,
        }
    )


def line_item(entry: Entry) -> LineItem:
    """Return the shape of a line of the log."""
    return LineItem(at_ms=entry.at_ms, act=entry.act.value, by=entry.by, said=entry.said)


def correction_item(one: Standing) -> CorrectionItem:
    """Return the shape of a correction."""
    wanted = one.wanted
    return CorrectionItem(
        number=one.number, visit_id=wanted.visit_id.hex(), state=one.act.value, begin_ms=wanted.begin_ms,
        end_ms=wanted.end_ms, reason=wanted.reason, attested=wanted.attested, by=one.by, at_ms=one.at_ms,
        seen=Witnessed(begin_ms=wanted.seen[0], end_ms=wanted.seen[1]),
    )  # fmt: skip
