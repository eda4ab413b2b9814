"""What `zhendao-gateway access` understands; what it does is loaded when it is asked for."""

from pathlib import Path

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _verify(parser: Parser) -> None:
    text = Text("第三方保存的日志头文件，一并比对", "heads of the gateway's log that somebody else kept")
    parser.option("--heads", text=text, type=Path, metavar="FILE")
    _config(parser)


COMMANDS = (
    Command(
        "access verify",
        Text(
            "核对查阅记录的链：逐行核对，并与每小时签署的链头、网关日志及其已交出的日志头比对；有改动、缺行、截尾的，"
            "指出行号，退出码 1。",
            "Check the chain of the log of accesses, row by row, against the heads that were signed each hour, and "
            "these against the gateway's log and its heads; a row that was altered, taken out or cut off is named, "
            "with exit code 1.",
        ),
        _verify,
        lazy("zhendao.gateway.accesses.commands:verify_command"),
        same("zhendao-gateway access verify --heads /mnt/notary/log-heads.jsonl --config gateway.toml"),
    ),
)
