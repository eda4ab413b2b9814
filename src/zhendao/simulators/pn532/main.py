"""`zhendao-sim pn532`: its arguments, and the process made from them."""

import argparse
import sys
from pathlib import Path

from zhendao.protocol.wording import Language, Text
from zhendao.simulators.ordered import read_script
from zhendao.simulators.pn532.emulator import Emulator
from zhendao.simulators.pn532.line import Line
from zhendao.simulators.pn532.orders import FAULTS, HELP
from zhendao.simulators.pn532.shelf import Shelf
from zhendao.simulators.pn532.tags.kinds import KINDS

_LINK = Text("指向伪终端的符号链接路径", "where the symlink to the pseudo-terminal is made")
_STATE = Text("保存标签内容的目录", "folder that keeps the tags' contents")
_SCRIPT = Text(
    "从文件读取命令，之后运行至 SIGTERM；否则从标准输入读取，输入结束即退出",
    "take the orders from FILE, then serve until SIGTERM; else they come on standard input, whose end ends all",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of the emulator."""
    parser.epilog = _epilog(language)
    parser.add_argument("--link", type=Path, required=True, metavar="PATH", help=_LINK.in_(language))
    parser.add_argument("--state", type=Path, metavar="DIR", help=_STATE.in_(language))
    parser.add_argument("--script", type=Path, metavar="FILE", help=_SCRIPT.in_(language))


def _epilog(language: Language) -> str:
    """Return what a person needs to give the first order."""
    kinds = Text("种类", "kinds").in_(language)
    faults = Text("故障", "faults").in_(language)
    example = Text("示例", "example").in_(language)
    return (
        f"{HELP.in_(language)}\n{kinds}: {' '.join(KINDS)}\n{faults}: {' '.join(FAULTS)}\n"
        f"{example}:\n  zhendao-sim pn532 --link /tmp/reader\n"
        "  tag door ntag215 uid=04A1B2C3D4E5F6\n  present door\n  fault late-reply 700"
    )


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Serve until told to end."""
    del language
    shelf = Shelf(arguments.state)
    shelf.load()
    script = read_script(arguments.script) if arguments.script else None
    orders_fd = None if arguments.script else sys.stdin.fileno()
    Emulator(Line(arguments.link), shelf, sys.stdout).run(script, orders_fd)
    return 0
