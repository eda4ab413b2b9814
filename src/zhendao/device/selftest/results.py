"""What the self-test found of one part: values, and their form in the signed record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zhendao.device.selftest.troubles import TROUBLES
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.protocol.errors import ZhendaoError


class Outcome(StrEnum):
    """How a part came through."""

    PASSED = "passed"
    NOTED = "noted"
    """It works; something about it should be known."""
    SKIPPED = "skipped"
    """It was not tried, and why is said."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """One part. ``code``: a stable word for what is wrong, "" for nothing; figures are whole numbers or words."""

    part: str
    outcome: Outcome
    what: Text
    cure: Text | None = None
    code: str = ""
    took_ms: int = 0
    figures: dict[str, int | str | None] = field(default_factory=dict)

    def took(self, ms: int) -> Result:
        """Return it with the time that it took."""
        return replace(self, took_ms=ms)

    def as_json(self) -> dict[str, Any]:
        """Return it as facts of the record, in both languages."""
        return {
            "part": self.part,
            "outcome": self.outcome.value,
            "code": self.code,
            "what": {"zh": self.what.zh, "en": self.what.en},
            "cure": None if self.cure is None else {"zh": self.cure.zh, "en": self.cure.en},
            "took_ms": self.took_ms,
            "figures": self.figures,
        }


def passed(part: str, what: Text, **figures: int | str | None) -> Result:
    """Return what is as it should be."""
    return Result(part, Outcome.PASSED, what, figures=figures)


def trouble(part: str, code: str, outcome: Outcome = Outcome.FAILED, /, **details: int | str | None) -> Result:
    """Return what is wrong, by its row of `TROUBLES`; ``details`` fill the sentence, and are the figures."""
    row = TROUBLES[code]
    words = {name: "" if value is None else str(value) for name, value in details.items()}
    return Result(part, outcome, row.what(words), row.cure, code, figures=details)


def of_error(part: str, error: ZhendaoError) -> Result:
    """Return an error of ours as a failure; its sentence and cure are its own."""
    return Result(part, Outcome.FAILED, error.what, error.cure, error.code)


def halves(said: Text, cure: Text) -> tuple[Text, Text]:
    """Return what is wrong and what to do about it; ``said`` may hold both (`ZhendaoError.explained`)."""
    (zh, _, cure_zh), (en, _, cure_en) = said.zh.partition(" → "), said.en.partition(" -> ")
    return Text(zh, en), Text(cure_zh, cure_en) if cure_zh and cure_en else cure
