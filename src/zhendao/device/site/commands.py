"""The sub-commands of an installation: survey, selftest, accept. What they do is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.parser import Command, lazy
from zhendao.protocol.wording import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.command.parser import Parser


def commands(config: Callable[[Parser], None]) -> tuple[Command, ...]:
    """Return all; ``config`` adds the option that names the settings file."""

    def survey(parser: Parser) -> None:
        config(parser)
        parser.option(
            "--fixes",
            text=Text("记录多少次定位，缺省 60", "how many fixes, default 60"),
            type=int,
            default=60,
            metavar="N",
        )
        parser.option(
            "--seconds",
            text=Text("最多等多少秒，缺省 30 + 2N", "how long to wait at most, default 30 + 2N"),
            type=float,
            metavar="S",
        )
        _out(parser)
        parser.option(
            "--no-keep",
            text=Text("不把位置记为本终端的家", "do not keep the place as this terminal's home"),
            action="store_true",
        )

    return (
        Command(
            "survey",
            Text(
                "安装测量：记录多次定位，签名，并记住终端的位置",
                "record fixes where it hangs, sign them, learn the place",
            ),
            survey,
            lazy("zhendao.device.site.survey:survey"),
            same("zhendao-device survey --config device.toml --fixes 60 --out survey.json"),
        ),
    )


def _out(parser: Parser) -> None:
    parser.option("--out", text=Text("签名记录写入的文件", "file for the signed record"), metavar="FILE", type=Path)
