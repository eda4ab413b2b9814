"""What is wrong with a list that a person keeps: where, what, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text

MOST_TOLD: Final = 100
"""Of a list that is wrong throughout so many lines are enough to see how: more would only push them off the screen."""


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
    """A list cannot be taken; ``problems`` holds all that is wrong, of which the first are told, and how many more.

    ``ending``: what became of the list, after a count.
    """

    code = "roster"
    ending = Text("未作任何更改", "nothing was changed")

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep ``problems`` in their order."""
        left = len(problems) - MOST_TOLD
        more = [] if left <= 0 else [Text(f"……另有 {left} 处", f"... and {left} more")]
        told = problems[:MOST_TOLD]
        super().__init__(
            Text(
                "\n".join([*(one.explain("zh") for one in told), *(one.zh for one in more)]),
                "\n".join([*(one.explain("en") for one in told), *(one.en for one in more)]),
            )
        )
        self.problems = tuple(problems)

    def explain(self, language: Language) -> str:
        """Return one line for each problem, and what became of the list."""
        count = len(self.problems)
        end = Text(f"共 {count} 处错误，{self.ending.zh}", f"{count} problem(s); {self.ending.en}")
        return f"{self.what.in_(language)}\n{end.in_(language)}"
