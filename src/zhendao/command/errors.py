"""Errors of the command line: a command used in a wrong way, settings that cannot be obeyed."""

from collections.abc import Sequence

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text


class UsageError(ZhendaoError):
    """The command was called in a way that it does not understand. Exit code 2."""

    code = "usage"
    exit_code = 2


class SettingsError(ZhendaoError):
    """A settings file cannot be obeyed. ``problems`` holds one line for each thing wrong. Exit code 2."""

    code = "settings"
    exit_code = 2

    def __init__(self, problems: Sequence[Text]) -> None:
        super().__init__(Text("\n".join(p.zh for p in problems), "\n".join(p.en for p in problems)))
        self.problems = tuple(problems)

    def explain(self, language: Language) -> str:
        """Return every problem, one line each."""
        return "\n".join(problem.in_(language) for problem in self.problems)
