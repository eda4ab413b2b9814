"""What can be wrong with a registry: each error names the row and says how to mend it.

Promise: a load that meets any of these changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text


class RegistryError(ZhendaoError):
    """The registry cannot be used as it is."""

    code = "registry"


class OverlapError(RegistryError):
    """Two rows speak for the same thing at the same time."""

    code = "registry-overlap"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a source: the file (or sheet), the line as a spreadsheet counts it, the column's header."""

    file: str
    line: int | None
    column: str | None
    what: Text
    cure: Text

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


class LoadError(RegistryError):
    """A source cannot be loaded; ``problems`` holds every thing wrong, and nothing was changed."""

    code = "registry-load"

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
        """Return one line for each problem, and that nothing was changed."""
        end = Text(
            f"共 {len(self.problems)} 处错误，登记未作任何更改",
            f"{len(self.problems)} problem(s); the registry was not changed",
        )
        return f"{self.what.in_(language)}\n{end.in_(language)}"
