"""What `zhendao-gateway survey` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _survey(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


COMMANDS = (
    Command(
        "survey",
        Text(
            "立即查看全体护理员与老人之间的规律（平时网关在每日结束后自行查看）。",
            "Look at once for patterns among all caregivers and elders (a running gateway does so when a day is over).",
        ),
        _survey,
        lazy("zhendao.gateway.surveys.commands:survey_command"),
        same("zhendao-gateway survey --config gateway.toml"),
    ),
)
