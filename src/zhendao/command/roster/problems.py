"""What is wrong with a list that a person keeps: where, what, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a source: the file (or sheet), the line as a spreadsheet counts it, the column's header."""

    file: str
    line: int | None
    column: str | None
    what: Text
    cure: Text

    @property
    def row(self) -> tuple[str, int] | None:
        """Return which row it is (file and line), None where the file itself is at fault."""
        return None if self.line is None else (self.file, self.line)

    def as_json(self, language: Language) -> dict[str, Any]:
        """Return it for machines; the texts in ``language``."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "what": self.what.in_(language),
            "cure": self.cure.in_(language),
        }

    def explain(self, language: Language) -> str:
        """Return the problem as one line for a person."""
        place = self.file
        if self.line is not None:
            place += f"，第 {self.line} 行" if language == "zh" else f", line {self.line}"
        if self.column is not None:
            place += f"，{self.column} 列" if language == "zh" else f", column {self.column}"
        colon, arrow = ("：", " → ") if language == "zh" else (": ", " -> ")
        line = f"{place}{colon}{self.what.in_(language)}{arrow}{self.cure.in_(language)}"
        # Headers and tab names come from the file: no control character of theirs reaches a terminal.
        return "".join(c if c.isprintable() else "?" for c in line)


class RosterError(ZhendaoError):
    """A list cannot be taken; ``problems`` holds all that is wrong. ``ending``: what became of it, after a count."""

    code = "roster"
    ending = Text("未作任何更改", "nothing was changed")

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep ``problems`` in their order."""
        super().__init__(
            Text(
                "\n".join(problem.explain("zh") for problem in problems),
                "\n".join(problem.explain("en") for problem in problems),
            )
        )
        self.problems = tuple(problems)

    def explain(self, language: Language) -> str:
        """Return one line for each problem, and what became of the list."""
        count = len(self.problems)
        end = Text(f"共 {count} 处错误，{self.ending.zh}", f"{count} problem(s); {self.ending.en}")
        return f"{self.what.in_(language)}\n{end.in_(language)}"
