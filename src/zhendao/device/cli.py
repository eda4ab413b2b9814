"""`zhendao-device`: what is done at a terminal. Each sub-command is imported when it is the one asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.command.parser import Command, Program, lazy
from zhendao.command.run import run
from zhendao.device import enrolling
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.command.parser import Parser

_CONFIG = Text("设置文件 device.toml", "the settings file, device.toml")


def _config(parser: Parser) -> None:
    parser.option("--config", text=_CONFIG, metavar="FILE", default="/etc/zhendao/device.toml")


def _journal(parser: Parser) -> None:
    _config(parser)
    parser.option("--last", text=Text("只列最后几条", "only the last so many"), metavar="N", type=int, default=20)


PROGRAM = Program(
    "zhendao-device",
    Text(
        "上门打卡终端：读门牌与工卡，签名、加密、落盘后才给出成功提示，并上传到网关",
        "The terminal: reads door tag and card, signs, seals, journals, and only then gives the good signal; uploads.",
    ),
    (
        enrolling.COMMAND,
        Command(
            "run",
            Text("运行终端，直到 SIGTERM", "run the terminal until SIGTERM"),
            _config,
            lazy("zhendao.device.running:run"),
            Text("zhendao-device run --config device.toml", "zhendao-device run --config device.toml"),
        ),
        Command(
            "status",
            Text("终端的身份、日志与未确认的记录数", "identity, journal, and how much the gateway has not confirmed"),
            _config,
            lazy("zhendao.device.inspection:status"),
        ),
        Command(
            "journal ls",
            Text(
                "列出日志中的记录（内容已加密，只见编号与状态）", "list the journal (sealed: numbers and states only)"
            ),
            _journal,
            lazy("zhendao.device.inspection:journal_ls"),
        ),
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Run `zhendao-device`; return its exit code."""
    return run(PROGRAM, argv)
