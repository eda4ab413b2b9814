"""What `zhendao-gateway answers` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text


def _arguments(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")
    parser.option("--waiting", text=Text("只列尚未接受的终端", "only those that wait"), action="store_true")


COMMANDS = (
    Command(
        "answers ls",
        Text(
            "哪些终端已接受机构的新答复（轮换后据此判断能否进行下一步）。",
            "Which terminals have taken the authority's newest answer: when a rotation may take its next step.",
        ),
        _arguments,
        lazy("zhendao.gateway.enrolment.commands:answers_command"),
        Text(
            "zhendao-gateway answers ls --waiting --config gateway.toml",
            "zhendao-gateway answers ls --waiting --config gateway.toml",
        ),
    ),
)
