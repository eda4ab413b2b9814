"""From the page of a story to its steps: each line is one sentence of a known form, or the page is refused.

A page tells the story twice, in Chinese and then in English, each half under its own title; both must say the same.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samples.storied.words import LANGUAGES, SLOTS, StoryError

Doing = Callable[..., None]


@dataclass(frozen=True)
class Sentence:
    """A form of sentence in both languages, and what it does."""

    doing: Doing
    patterns: dict[str, re.Pattern[str]]


@dataclass
class Step:
    """A sentence of a story: what it does, with which words, and the table below it."""

    sentence: Sentence
    values: dict[str, Any]
    where: str
    table: list[list[str]] = field(default_factory=list)

    @property
    def shared(self) -> tuple[Any, ...]:
        """What must be the same in the other language."""
        told = {name: value for name, value in self.values.items() if not SLOTS[name].free}
        return self.sentence.doing, told, self.table[1:]


@dataclass(frozen=True)
class Half:
    """One language's telling."""

    title: str
    steps: list[Step]


class Book:
    """The sentences that are understood."""

    def __init__(self) -> None:
        self.sentences: list[Sentence] = []

    def says(self, zh: str, en: str) -> Callable[[Doing], Doing]:
        """Have a function do what a sentence says: ``{slot}`` is a word of a kind, ``[…]`` may be left out."""

        def taken(doing: Doing) -> Doing:
            patterns = {lang: re.compile(_pattern(form, lang)) for lang, form in zip(LANGUAGES, (zh, en), strict=True)}
            self.sentences.append(Sentence(doing, patterns))
            return doing

        return taken

    def step(self, line: str, language: str, where: str) -> Step:
        """Return what ``line`` says."""
        found = [
            Step(one, {k: SLOTS[k].means(v, language) for k, v in told.groupdict().items() if v is not None}, where)
            for one in self.sentences
            if (told := one.patterns[language].fullmatch(line))
        ]
        if len(found) != 1:
            raise StoryError(f"{where}: {len(found)} meanings: {line}")
        return found[0]

    def read(self, page: Path) -> dict[str, Half]:
        """Return both halves of a story, which say the same."""
        told = re.split(r"^# ", page.read_text("utf-8"), flags=re.MULTILINE)
        if len(told) != 3 or told[0].strip():
            raise StoryError(f"{page.name}: a title and a story in Chinese, then in English")
        halves = {lang: self._half(text, lang, page.name) for lang, text in zip(LANGUAGES, told[1:], strict=True)}
        one, other = halves.values()
        for left, right in zip(one.steps, other.steps, strict=False):
            if left.shared != right.shared:
                raise StoryError(f"not the same: {left.where} {left.shared} and {right.where} {right.shared}")
        if len(one.steps) != len(other.steps):
            raise StoryError(f"{page.name}: {len(one.steps)} sentences in Chinese, {len(other.steps)} in English")
        return halves

    def _half(self, text: str, language: str, name: str) -> Half:
        title, *lines = text.splitlines()
        return Half(title, list(self._steps(lines, language, name)))

    def _steps(self, lines: list[str], language: str, name: str) -> Iterator[Step]:
        step: Step | None = None
        for number, line in enumerate(lines, 2):
            where = f"{name} ({language}) {number}"
            words = line.strip()
            if words.startswith("|"):
                if step is None:
                    raise StoryError(f"{where}: a table belongs to a sentence")
                cells = [cell.strip() for cell in words.strip("|").split("|")]
                if not all(re.fullmatch("-+", cell) for cell in cells):
                    step.table.append(cells)
            elif words:
                if step is not None:
                    yield step
                step = self.step(words.removeprefix("- ").removeprefix("## "), language, where)
        if step is not None:
            yield step


def _pattern(form: str, language: str) -> str:
    pieces = re.split(r"(\{\w+\}|\[|\])", form)
    return "".join(_piece(one, language) for one in pieces)


def _piece(piece: str, language: str) -> str:
    if piece in {"[", "]"}:
        return "(?:" if piece == "[" else ")?"
    if re.fullmatch(r"\{\w+\}", piece):
        name = piece[1:-1]
        return f"(?P<{name}>{SLOTS[name].patterns[language]})"
    return re.escape(piece)
