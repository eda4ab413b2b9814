"""What a reminder says: to one person in a text, to a group as a list that is cut where a platform has a limit. Pure.

Promise: a group is told no more than its channel allows: how many, masked names, surnames, or names; never a home, an
elder, or more of a number than a mention needs. Each person of a list is in exactly one of its messages, and no message
is longer than its limit in bytes. rule: REMIND, PIPL
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from zhendao.gateway.registry.masking import mask
from zhendao.gateway.reminders.wording import Words, harmless

COUNT, MASKED, SURNAME, WHOLE = "count", "masked", "surname", "whole"
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is reminded. ``terminal``: that one of hers is offline, ``station`` or ``home``; None: none is."""

    reminder_id: int
    caregiver_id: str
    name: str
    phone: str | None
    organisation: str
    title: str
    terminal: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """The local moment of a message, as its words have it."""

    day: str
    time: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a group's platform takes: marks for headings and lists, or plain lines; ``limit`` bytes of UTF-8.

    ``each``: so many bytes of it are kept free for each person.
    """

    markdown: bool
    limit: int
    each: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One message to a group, and whom it is about."""

    title: str
    text: str
    people: tuple[Person, ...]


def moment_of(at_ms: int, offset_ms: int, language: str) -> Moment:
    """Return the local moment of ``at_ms`` (UTC ms)."""
    at = datetime.fromtimestamp((at_ms + offset_ms) / 1000, UTC)
    return Moment(f"{at.month}月{at.day}日" if language == "zh" else f"{at:%d %b}", f"{at:%H:%M}")


def surname(name: str) -> str:
    """Return a name of which only its beginning is shown: ``王**``."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def shown(name: str, how: str) -> str:
    """Return a name as a group sees it."""
    return {MASKED: mask("name", name), SURNAME: surname(name)}.get(how, name)


def to_one(words: Words, one: Person, at: Moment) -> tuple[str, dict[str, str]]:
    """Return the text for one phone, and what it was filled with."""
    said = {"name": surname(one.name), "organisation": harmless(one.title), "day": at.day, "time": at.time}
    if one.terminal is None:
        return words.say("sms", **said), said
    said["terminal"] = _terminal(words, one)
    return words.say("sms_offline", **said), said


def to_group(words: Words, people: Sequence[Person], at: Moment, how: str, form: Form) -> list[Part]:
    """Return the messages about ``people``, who are shown as ``how`` says."""
    listing = _Listing(words, at, how, form)
    left = sorted(people, key=lambda one: (one.title, one.organisation, one.caregiver_id))
    parts: list[Part] = []
    while left:
        fits = len(left) if how == COUNT else listing.fitting(left)
        parts.append(Part(words.say("group_title"), listing.text(left[:fits]), tuple(left[:fits])))
        left = left[fits:]
    return parts


@dataclass(frozen=True, slots=True)
class _Listing:
    """How a message to a group is written."""

    words: Words
    at: Moment
    how: str
    form: Form

    def fitting(self, people: Sequence[Person]) -> int:
        """Return how many of ``people``, at least one, are in one message."""
        low, high = 1, len(people)
        while low < high:
            middle = (low + high + 1) // 2
            if len(self.text(people[:middle]).encode()) + middle * self.form.each <= self.form.limit:
                low = middle
            else:
                high = middle - 1
        return low

    def text(self, people: Sequence[Person]) -> str:
        """Return the whole message about ``people``."""
        title = self.words.say("group_title")
        body = self._counted(people) if self.how == COUNT else self._listed(people)
        lines = [f"### {title}" if self.form.markdown else title, *body, self.words.say("group_tail")]
        # A star is a mark there, and masks are stars.
        return "\n\n".join(line.replace("*", "＊") for line in lines) if self.form.markdown else "\n".join(lines)

    def _listed(self, people: Sequence[Person]) -> Iterator[str]:
        yield self.words.say("group_head", day=self.at.day, time=self.at.time, count=len(people))
        for organisation, several in groupby(people, key=lambda one: one.organisation):
            found = list(several)
            head = self.words.say("group_organisation", organisation=found[0].title or organisation, count=len(found))
            lines = [("- " if self.form.markdown else "") + self._person(one) for one in found]
            yield "\n".join([head, *([""] if self.form.markdown else []), *lines])

    def _person(self, one: Person) -> str:
        name = shown(one.name, self.how)
        if one.terminal is None:
            return self.words.say("group_person", name=name)
        return self.words.say("group_person_offline", name=name, terminal=_terminal(self.words, one))

    def _counted(self, people: Sequence[Person]) -> Iterator[str]:
        yield self.words.say("group_count", day=self.at.day, time=self.at.time, count=len(people))
        offline = sum(one.terminal is not None for one in people)
        if offline:
            yield self.words.say("group_offline_count", count=offline)


def _terminal(words: Words, one: Person) -> str:
    if one.terminal == "station":
        return words.say("station_terminal", organisation=one.title)
    return words.say("home_terminal")
