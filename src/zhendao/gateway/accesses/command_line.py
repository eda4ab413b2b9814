"""What `zhendao-gateway access` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


COMMANDS = (
    Command(
        "access verify",
        Text(
            "核对查阅记录的链：逐行核对，并与每小时签署的链头比对；有改动、缺行、截尾的，指出行号，退出码 1。",
            "Check the chain of the log of accesses, row by row and against the heads that were signed each hour; a "
            "row that was altered, taken out or cut off is named, with exit code 1.",
        ),
        _config,
        lazy("zhendao.gateway.accesses.commands:verify_command"),
        same("zhendao-gateway access verify --config gateway.toml"),
    ),
)
