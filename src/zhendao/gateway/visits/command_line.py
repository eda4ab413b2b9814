"""What `zhendao-gateway replay` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _arguments(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


COMMANDS = (
    Command(
        "replay",
        Text(
            "从事实重新推算全部结论，与库中所存比较；不改动任何东西，有出入则退出码为 1。",
            "Compute every conclusion anew from the facts and compare it with what stands; nothing is changed, "
            "the exit code is 1 where they differ.",
        ),
        _arguments,
        lazy("zhendao.gateway.visits.commands:replay_command"),
        same("zhendao-gateway replay --config gateway.toml --json"),
    ),
)
