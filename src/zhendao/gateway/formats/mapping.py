"""A mapping: how a visit is told in one format. Values only; `reading` makes one from a file.

Promise: frozen; two gateways with the same file say the same of the same visit.
"""

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from zhendao.gateway.formats.conversions import Around, Conversion
from zhendao.protocol.wording import Text

Shape = Literal["rows", "tree"]
"""A row of columns for each visit or check, or a tree of names as JSON has them."""


ONE: Final = "[]"
"""Behind a word of a name: an array with one object, in which what follows lies."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``source`` is one of ``words``; without words: it is known and not false. ``negated``: the opposite."""

    source: str
    words: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A conversion with the words behind it."""

    conversion: Conversion
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field or column: whose value it has, and how.

    ``each``: it is an array, an item of ``fields`` for each item of that list for which ``only`` holds. ``literal``:
    always this.
    """

    name: str
    source: str | None = None
    literal: Any = None
    steps: tuple[Step, ...] = ()
    when: tuple[Condition, ...] = ()
    required: bool = False
    otherwise: str | None = None
    most: int | None = None
    cut: bool = False
    each: str | None = None
    only: tuple[Condition, ...] = ()
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """How rows become a file. ``name``: with ``{own.x}``, ``{time}`` in it; ``test`` stands before it in tests."""

    name: str = "{time}.csv"
    test: str = ""
    separator: str = ","
    header: bool = True
    quoted: bool = True
    encoding: str = "utf-8"
    line_end: str = "\r\n"
    most: int = 500


@dataclass(frozen=True, slots=True)
class Response:
    """The platform's file of answers: ``name`` with ``{stem}``; which columns say of which record what.

    ``good``: words in ``status`` that mean taken; a record that the file does not name is taken where ``only_errors``.
    """

    name: str
    separator: str
    key: str
    reason: str
    status: str | None = None
    good: tuple[str, ...] = ()
    only_errors: bool = False


@dataclass(frozen=True, slots=True)
class Rejections:
    """Words in a platform's refusals: ``unknown`` people, that are tried again; a number that it has ``used``."""

    unknown: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """One format. ``fields`` of what: ``visit``, ``elder``, ``caregiver``."""

    name: str
    title: Text
    shape: Shape
    example: bool
    around: Around
    fields: Dictionary[str, tuple[Field, ...]]
    each: str | None = None
    send: tuple[Condition, ...] = ()
    withdrawn: bool = True
    own: Dictionary[str, str] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()
    """Names of ``own`` without which nothing can be sent."""
    file: File = field(default_factory=File)
    response: Response | None = None
    rejections: Rejections = field(default_factory=Rejections)
    service: Dictionary[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The platform's time zone."""
        return self.around.zone

    def with_own(self, own: Dictionary[str, str]) -> "Mapping":
        """Return it with ``own`` in place of what the file says."""
        return replace(self, own={**self.own, **own})

    def lacking(self) -> list[str]:
        """Return the names of ``own`` that are needed and empty."""
        return sorted(name for name in self.needed if not self.own.get(name))
