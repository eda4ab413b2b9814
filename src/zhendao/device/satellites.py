"""The sub-commands `gnss setup` and `gnss watch`: their arguments; what they do is imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.command.parser import Command, lazy
from zhendao.protocol.wording import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.command.parser import Parser

MODULES = ("atgm336h", "l76k", "ublox-m8", "ublox-m10", "um220")


def commands(config: Callable[[Parser], None]) -> tuple[Command, ...]:
    """Return both; ``config`` adds the option that names the settings file."""

    def setup(parser: Parser) -> None:
        config(parser)
        parser.option("--module", text=Text("接收机型号", "the receiver's family"), choices=MODULES, required=True)
        parser.option(
            "--baud",
            text=Text("改用这个波特率；缺省保持现有的", "change to this baud rate; default: as it is"),
            metavar="N",
            type=int,
        )
        parser.option(
            "--save", text=Text("检查无误后保存到接收机", "make it last, once all was found well"), action="store_true"
        )
        parser.option("--dry-run", text=Text("只显示要发送的内容", "only show what would be sent"), action="store_true")
        parser.option(
            "--seconds",
            text=Text("最多听多少秒来核对，缺省 30", "how long to listen to what came of it at most, default 30"),
            metavar="N",
            type=float,
            default=30.0,
        )

    def watch(parser: Parser) -> None:
        config(parser)
        parser.option(
            "--seconds",
            text=Text("多少秒后结束；缺省直到按 Ctrl-C", "end after so many seconds; default: at Ctrl-C"),
            metavar="N",
            type=float,
        )

    return (
        Command(
            "gnss setup",
            Text(
                "设置卫星定位接收机：GPS + 北斗，每秒一次，并核对结果（先停止终端）",
                "set the receiver up for GPS + BeiDou once a second, and check what came of it (stop the terminal)",
            ),
            setup,
            lazy("zhendao.device.receiver_setup:setup"),
            same(
                "zhendao-device gnss setup --config device.toml --module atgm336h --dry-run\n"
                "zhendao-device gnss setup --config device.toml --module atgm336h --baud 38400 --save"
            ),
        ),
        Command(
            "gnss watch",
            Text(
                "实时查看接收机：卫星、信号强度、定位与判定（先停止终端）",
                "a live look at the receiver: satellites, strengths, fix and verdict (stop the terminal first)",
            ),
            watch,
            lazy("zhendao.device.receiver_setup:watch"),
            same("zhendao-device gnss watch --config device.toml --seconds 60"),
        ),
    )
