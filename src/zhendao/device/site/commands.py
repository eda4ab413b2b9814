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

    def selftest(parser: Parser) -> None:
        config(parser)
        _out(parser)
        parser.option(
            "--wait",
            text=Text("等待门牌、工卡各多少秒，缺省 30", "seconds to wait for door tag and card, each; default 30"),
            type=float,
            default=30.0,
            metavar="S",
        )
        parser.option(
            "--gnss-seconds",
            text=Text("最多等多少秒定位，缺省 20", "seconds to wait for a fix, default 20"),
            type=float,
            default=20.0,
            metavar="S",
        )
        parser.option(
            "--signals",
            text=Text(
                "灯与蜂鸣：当场询问（ask），或直接回答 yes、no、skip",
                "light and buzzer: ask whoever is there, or the answer: yes, no, skip",
            ),
            choices=("ask", "yes", "no", "skip"),
            default="ask",
        )

    def accept(parser: Parser) -> None:
        config(parser)
        draft = Text("待签的验收证书（zhendao-provision site accept）", "what zhendao-provision site accept has made")
        parser.option("--draft", required=True, text=draft, metavar="FILE", type=Path)
        parser.option(
            "--out",
            required=True,
            text=Text("签名后写入的文件", "where to write it, signed"),
            metavar="FILE",
            type=Path,
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
        Command(
            "selftest",
            Text(
                "安装自检：磁盘、密钥、消息代理、定位、时钟、读卡器与两张卡、声光；签名记录",
                "try every part: disk, key, broker, receiver, clock, reader with both tokens, signals; sign the record",
            ),
            selftest,
            lazy("zhendao.device.selftest.command:selftest"),
            same("zhendao-device selftest --config device.toml --out selftest.json"),
        ),
        Command(
            "accept",
            Text(
                "用终端的密钥签署它自己的验收证书",
                "sign the certificate of this terminal's acceptance with its own key",
            ),
            accept,
            lazy("zhendao.device.site.accept:accept"),
            same("zhendao-device accept --config device.toml --draft draft.json --out signed.json"),
        ),
    )


def _out(parser: Parser) -> None:
    parser.option("--out", text=Text("签名记录写入的文件", "file for the signed record"), metavar="FILE", type=Path)
