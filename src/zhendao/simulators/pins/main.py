"""`zhendao-sim pins`: one of our commands in this process, with the pins of a board that is not there.

The command runs as it would on its board; whoever connects to the Unix socket presses its buttons and is told of every
lamp that goes on or off. For tests, the demo and measurements: nothing of it is in the command.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    from zhendao.simulators.pins.panel import Panel

_EXAMPLE = "  zhendao-sim pins --socket /tmp/pins zhendao.device.cli run --config device.toml"
_ORDERS = Text(
    "套接字命令：close PIN…；open PIN…；press PIN… MS；bounce PIN 通 断 通 …（毫秒）；storm PIN HZ MS；look",
    "orders on the socket: close PIN…; open PIN…; press PIN… MS; bounce PIN ON OFF ON … (ms); storm PIN HZ MS; look",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments."""
    example = Text(f"示例：\n{_EXAMPLE}", f"example:\n{_EXAMPLE}").in_(language)
    parser.epilog = f"{_ORDERS.in_(language)}\n{example}"
    texts = {
        "socket": Text("按按钮、看灯的 Unix 套接字", "the Unix socket where buttons are pressed and lamps are seen"),
        "module": Text("要运行的模块，或 .py 文件", "the module to run, or a .py file"),
        "words": Text("传给它的参数", "its arguments"),
    }
    parser.add_argument("--socket", type=Path, required=True, metavar="PATH", help=texts["socket"].in_(language))
    parser.add_argument("module", metavar="MODULE", help=texts["module"].in_(language))
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="…", help=texts["words"].in_(language))


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Run the command to its end; return its exit code. Raises `SimulatorError`."""
    del language
    panel = _panel(arguments.socket)
    sys.argv = [arguments.module, *arguments.words]
    try:
        if arguments.module.endswith(".py"):
            sys.path.insert(0, str(Path(arguments.module).parent))
            runpy.run_path(arguments.module, run_name="__main__")
        else:
            sys.exit(runpy.run_module(arguments.module, run_name="zhendao")["main"](arguments.words))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        panel.close()
    return 0


def _panel(path: Path) -> Panel:
    from gpiozero import Device  # noqa: PLC0415 - only this simulator pays for it

    from zhendao.simulators.pins.board import Board  # noqa: PLC0415 - as above
    from zhendao.simulators.pins.panel import Panel  # noqa: PLC0415 - as above

    panel = Panel(path)
    Device.pin_factory = panel.board = Board(panel.report)
    panel.start()
    return panel
