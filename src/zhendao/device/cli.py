"""`zhendao-device`: what is done at a terminal. Each sub-command is imported when it is the one asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.command.parser import Command, Program, lazy
from zhendao.command.run import run
from zhendao.device import enrolling
from zhendao.protocol.wording import Text, same

if TYPE_CHECKING:
    from zhendao.command.parser import Parser

_DEFAULT = "/etc/zhendao/device.toml"
_CONFIG = Text(f"设置文件，缺省 {_DEFAULT}", f"the settings file, default {_DEFAULT}")


def _config(parser: Parser) -> None:
    parser.option("--config", text=_CONFIG, metavar="FILE", default=_DEFAULT)


def _journal(parser: Parser) -> None:
    _config(parser)
    parser.option(
        "--last",
        text=Text("只列最后几条，缺省 20", "only the last so many, default 20"),
        metavar="N",
        type=int,
        default=20,
    )


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
            same("zhendao-device run --config device.toml"),
        ),
        Command(
            "status",
            Text("终端的身份、日志与未确认的记录数", "identity, journal, and how much the gateway has not confirmed"),
            _config,
            lazy("zhendao.device.inspection:status"),
            same("zhendao-device status --config device.toml --json"),
        ),
        Command(
            "journal ls",
            Text(
                "列出日志中的记录（内容已加密，只见编号与状态）", "list the journal (sealed: numbers and states only)"
            ),
            _journal,
            lazy("zhendao.device.inspection:journal_ls"),
            same("zhendao-device journal ls --last 100 --config device.toml"),
        ),
    ),
    same(
        "zhendao-device enrol --config device.toml --request request.cbor\n"
        "zhendao-device enrol --config device.toml --answer answer.cbor\n"
        "zhendao-device run --config device.toml"
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Run `zhendao-device`; return its exit code."""
    return run(PROGRAM, argv)
