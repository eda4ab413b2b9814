"""Talking with the person before the screen: questions with checked answers, from a keyboard or from a file.

Promise: an answer is checked before it is used; a wrong one is asked again (three times from a keyboard, never from a
file); an end of input ends the installation where it stands, as an interruption does. What is secret is not echoed.
"""

from __future__ import annotations

import getpass
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import AnswerError
from zhendao.provisioning.folders import read_file
from zhendao.provisioning.guide.screen import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from zhendao.protocol.wording import Language

TRIES = 3
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``name`` is its key in an answers file; ``check`` raises ValueError for what is no answer."""

    name: str
    text: Text
    check: Callable[[str], str]
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several. ``options``: the words that may be answered, with what each means."""

    name: str
    text: Text
    options: Mapping[str, Text]
    default: str


class Person(Protocol):
    """Who is asked."""

    def say(self, lines: Sequence[str]) -> None:
        """Show ``lines``."""

    def ask(self, question: Question) -> str:
        """Return a checked answer. Raises `AnswerError` when there is none."""

    def choose(self, choice: Choice) -> str:
        """Return one of the words of ``choice``. Raises `AnswerError` when none was given."""


def as_question(choice: Choice, language: Language) -> Question:
    """Return ``choice`` as a question whose answer is one of its words, or its number."""
    words = list(choice.options)

    def check(answer: str) -> str:
        if answer in words:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(words):
            return words[int(answer) - 1]
        raise ValueError(answer)

    listed = "\n".join(f" {at} {text.in_(language)}" for at, text in enumerate(choice.options.values(), 1))
    text = f"{choice.text.in_(language)}\n{listed}"
    return Question(choice.name, Text(text, text), check, choice.default)


@dataclass
class Keyboard:
    """A person at the terminal."""

    language: Language

    def say(self, lines: Sequence[str]) -> None:
        """Show ``lines``."""
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()

    def ask(self, question: Question) -> str:
        """Return a checked answer; an empty one takes the default."""
        for _ in range(TRIES):
            self.say(wrapped(question.text.in_(self.language)))
            try:
                answer = self._read(question).strip() or (question.default or "")
                return question.check(answer)
            except EOFError:
                break
            except ValueError:
                self.say([Text("× 不对，请再输入", "× not right, once more").in_(self.language)])
        raise AnswerError(question.name)

    def choose(self, choice: Choice) -> str:
        """Return one of the words of ``choice``."""
        return self.ask(as_question(choice, self.language))

    def _read(self, question: Question) -> str:
        shown = "> " if question.default is None else f"[{question.default}] > "
        if question.secret and sys.stdin.isatty():
            return getpass.getpass(shown)
        return input(shown)


@dataclass
class Script:
    """Answers written down beforehand; what is shown goes to standard output all the same."""

    answers: Mapping[str, str]
    language: Language

    @classmethod
    def read(cls, path: Path, language: Language) -> Script:
        """Read a TOML file of ``name = "answer"`` lines.

        Raises:
            AnswerError: it is no such file.
            FolderUnusableError: it cannot be read.
        """
        try:
            answers = tomllib.loads(read_file(path, _MOST_BYTES).decode())
        except ValueError as error:
            raise AnswerError(str(path)) from error
        for name, answer in answers.items():
            if not isinstance(answer, str):
                raise AnswerError(name)
        return cls(answers, language)

    def say(self, lines: Sequence[str]) -> None:
        """Show ``lines``."""
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()

    def ask(self, question: Question) -> str:
        """Return the answer that is written down, else the default."""
        answer = self.answers.get(question.name, question.default)
        if answer is None:
            raise AnswerError(question.name)
        try:
            return question.check(answer)
        except ValueError as error:
            raise AnswerError(question.name) from error

    def choose(self, choice: Choice) -> str:
        """Return the word that is written down, else the default."""
        return self.ask(as_question(choice, self.language))
