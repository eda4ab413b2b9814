"""A finding of a doctor: what was looked at, how it is, and what to do. Values, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from zhendao.command.output import line
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhendao.protocol.errors import ZhendaoError


class Grade(Enum):
    """How bad it is."""

    GOOD = "good"
    """As it should be."""
    NOTE = "note"
    """Not as it should be; what is being done goes on all the same."""
    BAD = "bad"
    """What it is there for cannot be done, or not for long."""


MARKS = {Grade.GOOD: "✓", Grade.NOTE: "!", Grade.BAD: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``part`` is a stable word."""

    part: str
    grade: Grade
    what: Text
    cure: Text | None = None

    def as_json(self, language: Language) -> dict[str, Any]:
        """Return it as one object."""
        cure = None if self.cure is None else self.cure.in_(language)
        return {"part": self.part, "grade": self.grade.value, "what": self.what.in_(language), "cure": cure}


def good(part: str, zh: str, en: str) -> Finding:
    """Return what is as it should be."""
    return Finding(part, Grade.GOOD, Text(zh, en))


def note(part: str, what: Text, cure: Text | None = None) -> Finding:
    """Return what ought to be looked at."""
    return Finding(part, Grade.NOTE, what, cure)


def bad(part: str, what: Text, cure: Text | None = None) -> Finding:
    """Return what keeps the work from being done."""
    return Finding(part, Grade.BAD, what, cure)


def of_error(part: str, error: ZhendaoError, grade: Grade = Grade.BAD) -> Finding:
    """Return an error of ours as a finding."""
    return Finding(part, grade, error.what, error.cure)


def worst(findings: Iterable[Finding]) -> Grade:
    """Return the worst grade, GOOD if there is none."""
    order = list(Grade)
    return max((one.grade for one in findings), key=order.index, default=Grade.GOOD)


def show(one: Finding, language: Language) -> None:
    """Print one finding, with its cure where it is not as it should be."""
    line(f"{MARKS[one.grade]} {one.what.in_(language)}")
    if one.cure is not None and one.grade is not Grade.GOOD:
        line(f"    → {one.cure.in_(language)}")
