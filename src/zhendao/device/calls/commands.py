"""The sub-command `drill`: its arguments; what it does is imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.command.parser import Command, lazy
from zhendao.device.calls.drill import MOST_MINUTES
from zhendao.protocol.wording import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.command.parser import Parser

USUAL_MINUTES = 10


def command(settings_file: Callable[[Parser], None]) -> Command:
    """Return the sub-command; ``settings_file`` adds the option that names the settings file."""

    def add_arguments(parser: Parser) -> None:
        settings_file(parser)
        parser.option(
            "--minutes",
            text=Text(
                f"演练多少分钟（0 为结束；至多 {MOST_MINUTES}；缺省 {USUAL_MINUTES}）",
                f"for how many minutes (0: end it; {MOST_MINUTES} at most; default {USUAL_MINUTES})",
            ),
            metavar="N",
            type=int,
            default=USUAL_MINUTES,
        )

    return Command(
        "drill",
        Text(
            "呼叫演练：一段时间内此终端的求助与异常报告标为演练",
            "a drill: for some minutes this terminal's calls and incidents say that they are drills",
        ),
        add_arguments,
        lazy("zhendao.device.calls.drilling:drill"),
        same("zhendao-device drill --config device.toml --minutes 10"),
    )
