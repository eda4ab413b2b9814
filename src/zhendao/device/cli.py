"""`zhendao-device`: what is done at a terminal. Each sub-command is imported when it is the one asked for."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.parser import Command, Program, lazy
from zhendao.command.run import run
from zhendao.device import enrolling, satellites
from zhendao.device.calls import commands as calls
from zhendao.device.site.commands import commands as site_commands
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


def _file(parser: Parser) -> None:
    _config(parser)
    parser.option(
        "--file", text=Text("另一个日志文件（如已搁置的）", "another journal, such as one set aside"), metavar="FILE"
    )


def _export(parser: Parser) -> None:
    _file(parser)
    parser.option("--out", text=Text("写入的文件", "the file to write"), metavar="FILE", required=True)


def _salvage(parser: Parser) -> None:
    _file(parser)
    parser.option(
        "--dry-run", text=Text("只查看，不写入", "look only, write nothing"), action="store_true", default=False
    )


def _stick(parser: Parser) -> None:
    parser.option("file", text=Text("网关导出的名单文件", "a list that the gateway exported"), metavar="FILE")
    _config(parser)


def _privacy(parser: Parser) -> None:
    _config(parser)
    parser.option("--speak", text=Text("并朗读出来", "and say it aloud"), action="store_true", default=False)


def _number(text: str) -> bytes:
    digits = re.sub(r"[\s:-]", "", text)
    if not re.fullmatch(r"([0-9a-fA-F]{2}){4,10}|[0-9a-fA-F]{32}", digits):
        raise argparse.ArgumentTypeError(f"{text!r}: not 8…20/32 hexadecimal digits")
    return bytes.fromhex(digits)


def _list(parser: Parser) -> None:
    _config(parser)
    parser.option(
        "--number",
        text=Text("查一个标签编号或芯片号是否在名单上", "tell whether this token id or chip number is on it"),
        metavar="HEX",
        type=_number,
    )


def _retire(parser: Parser) -> None:
    _config(parser)
    parser.option(
        "--out",
        text=Text("注销声明写入的文件", "where the statement goes"),
        metavar="FILE",
        type=Path,
        required=True,
    )
    parser.option(
        "--anyway",
        text=Text("即使网关尚未收到全部记录", "even if the gateway does not have everything"),
        action="store_true",
    )


def _voices(parser: Parser) -> None:
    _config(parser)
    parser.option("--say", text=Text("播放其中一条", "play one of them"), metavar="NAME")
    parser.option(
        "--ours", text=Text("自带语音的目录，缺省随软件", "the folder of our own prompts"), metavar="DIR", type=Path
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
            Text(
                "终端现状：读卡器、链路、时钟、日志与未确认的记录数",
                "how the terminal is: reader, link, clock, journal, and how much is not confirmed",
            ),
            _config,
            lazy("zhendao.device.upkeep.status:status"),
            same("zhendao-device status --config device.toml --json"),
        ),
        Command(
            "page",
            Text(
                "状态页：把终端现在的状态显示在屏幕或显示屏上，直到 SIGTERM",
                "the status page: shows how the terminal is on a screen or a display, until SIGTERM",
            ),
            _config,
            lazy("zhendao.device.page.showing:run"),
            same("zhendao-device page --config device.toml"),
        ),
        Command(
            "privacy",
            Text(
                "隐私：本机今天存了什么、存多久、发出了什么，用大白话；可朗读",
                "privacy: what is stored here today, for how long, what was sent, in plain words; aloud if wanted",
            ),
            _privacy,
            lazy("zhendao.device.privacy.command:run"),
            same("zhendao-device privacy --config device.toml\nzhendao-device privacy --speak --config device.toml"),
        ),
        Command(
            "doctor",
            Text(
                "逐项检查终端，说明问题与处理办法；不改动任何东西",
                "look at everything a terminal needs, say what is wrong and what to do; changes nothing",
            ),
            _config,
            lazy("zhendao.device.upkeep.doctor:doctor"),
            same("zhendao-device doctor --config device.toml"),
        ),
        Command(
            "journal ls",
            Text(
                "列出日志中的记录（内容已加密，只见编号与状态）", "list the journal (sealed: numbers and states only)"
            ),
            _journal,
            lazy("zhendao.device.upkeep.listing:ls"),
            same("zhendao-device journal ls --last 100 --config device.toml"),
        ),
        Command(
            "journal verify",
            Text("核验每条记录的散列与签名", "hash every event again, and check every signature"),
            _file,
            lazy("zhendao.device.upkeep.proving:verify"),
            same("zhendao-device journal verify --config device.toml"),
        ),
        Command(
            "journal export",
            Text(
                "把日志导出为文件，可用 zhendao-verify journal 核验",
                "write the journal into a file that zhendao-verify journal can check",
            ),
            _export,
            lazy("zhendao.device.upkeep.exporting:export"),
            same("zhendao-device journal export --out journal.zdj --config device.toml"),
        ),
        Command(
            "journal salvage",
            Text(
                "抢救已搁置的损坏日志：能证明的记录放回日志并上传（须先停止终端）",
                "save what a damaged journal still holds: what is proved goes back and is sent (stop it first)",
            ),
            _salvage,
            lazy("zhendao.device.upkeep.salvaging:salvage"),
            same(
                "systemctl stop zhendao-device\n"
                "zhendao-device journal salvage --dry-run --config device.toml\n"
                "zhendao-device journal salvage --config device.toml"
            ),
        ),
        Command(
            "blocklist load",
            Text(
                "把 U 盘带来的停用名单交给终端（验签；只进不退）",
                "give the terminal a blocklist from a USB stick (proved; never an older one)",
            ),
            _stick,
            lazy("zhendao.device.upkeep.blocklists:load"),
            same("zhendao-device blocklist load /media/usb/blocklist.zdb --config device.toml"),
        ),
        Command(
            "blocklist show",
            Text("终端持有哪一版停用名单", "which blocklist the terminal holds"),
            _list,
            lazy("zhendao.device.upkeep.blocklists:show"),
            same("zhendao-device blocklist show --number 04a1b2c3d4e5f6 --config device.toml"),
        ),
        Command(
            "voices",
            Text(
                "列出全部语音及其文字、用谁的录音、哪些有问题；或播放一条",
                "every spoken prompt with its words, whose recording is said, what is wrong with which; or play one",
            ),
            _voices,
            lazy("zhendao.device.upkeep.voices:voices"),
            same(
                "zhendao-device voices --config device.toml\n"
                "zhendao-device voices --say checked-in --config device.toml"
            ),
        ),
        Command(
            "retire",
            Text(
                "注销终端：签署最后的声明，然后覆写并删除密钥与日志（须先停止终端）",
                "end this terminal: it signs a last statement, then wipes its key and its journal (stop it first)",
            ),
            _retire,
            lazy("zhendao.device.upkeep.retiring:retire"),
            same("zhendao-device retire --config device.toml --out retirement.cbor"),
        ),
        calls.command(_config),
        *satellites.commands(_config),
        *site_commands(_config),
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
