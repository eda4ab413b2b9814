"""`zhendao-sim demo`: sets the line up, plays a day, compares what the platform holds with what was signalled.

Exit code with ``--once``: 0 only when the platform has exactly what it should, else 1 with each difference in a line.
However it ends, none of its processes is left.
"""

import argparse
import asyncio
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from zhendao.command import output
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.demo import screen
from zhendao.simulators.demo.board import Board, Row
from zhendao.simulators.demo.errors import first
from zhendao.simulators.demo.expectation import Rules, Visit, differences, expected, missing_or_more
from zhendao.simulators.demo.line import Line
from zhendao.simulators.demo.play import Play
from zhendao.simulators.demo.received import checks, visits
from zhendao.simulators.demo.registry import RADIUS_M
from zhendao.simulators.demo.script import DAY, MIN_SERVICE_S
from zhendao.simulators.errors import SimulatorError

PATIENCE_S = 20.0
"""How long the platform is waited for after the last signal; a receipt takes a fraction of a second."""
INTERRUPTED = 130
HOMES = {day.home.key: day.home for day in DAY}
RULES = Rules(MIN_SERVICE_S, RADIUS_M)


STORY = Text(
    """\
一天里会发生：一次如实的上门；重复刷卡；时间不足的上门；终端连同门牌被带走；一张没登记的卡；一户断网期间上门，恢复后补传；
老人按下红色按钮，值班人员接了。密钥、证书、标签、登记表都由真实命令生成，服务最短 4 秒由服务代码规定。

示例：
  zhendao-sim demo
  zhendao-sim demo --once --json 经过.json
  zhendao-sim demo --once --keep /tmp/一天    （保留日志、数据库、设置文件）""",
    """\
What happens: an honest visit; a double tap; a visit too short; a terminal carried away with its door tag;
an unknown card; a home that is offline during the visit and delivers afterwards; an elder who presses the red
button, and hears that the duty seat has it. Keys, certificates, tags and registry are made by the real commands;
that four seconds are enough is what the service code says.

examples:
  zhendao-sim demo
  zhendao-sim demo --once --json day.json
  zhendao-sim demo --once --keep /tmp/day    (keeps logs, databases, settings)""",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of the demo."""
    parser.epilog = STORY.in_(language)
    once = Text("演完即结束，平台收到的正确才返回 0", "end by itself, with 0 only if the platform has what it should")
    kept = Text("保留所有文件和日志的目录（须为空）", "folder for all files and logs, kept; must be empty or new")
    file = Text("把经过写入 JSON 文件", "write what happened to a JSON file")
    parser.add_argument("--once", action="store_true", help=once.in_(language))
    parser.add_argument("--json", type=Path, metavar="FILE", dest="json_file", help=file.in_(language))
    parser.add_argument("--keep", type=Path, metavar="DIR", help=kept.in_(language))


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Play the demo; return its exit code."""
    if arguments.json_file is not None:
        _write(arguments.json_file, {"finished": False})  # a place that cannot be written to is told before the day
    folder, forget = _folder(arguments.keep)
    try:
        report = asyncio.run(_until_told(folder, language, once=arguments.once))
    finally:
        forget()
    if arguments.json_file is not None:
        _write(arguments.json_file, report.as_json())
    return report.code(once=arguments.once)


def _folder(keep: Path | None) -> tuple[Path, Callable[[], None]]:
    """Return the folder to work in, and what to do with it in the end."""
    if keep is None:
        made = Path(tempfile.mkdtemp(prefix="zhendao-demo-"))
        return made, lambda: shutil.rmtree(made, ignore_errors=True)
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise SimulatorError(
            Text(f"{keep} 不是空目录", f"{keep} is not an empty folder"),
            Text("请换一个目录", "name another one"),
        )
    keep.mkdir(parents=True, exist_ok=True)
    return keep.absolute(), lambda: None


def _write(file: Path, value: dict[str, Any]) -> None:
    try:
        file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise SimulatorError(
            Text(f"无法写入 {file}：{error.strerror}", f"cannot write {file}: {error.strerror}")
        ) from error


@dataclass(slots=True)
class Report:
    """What a demo came to."""

    board: Board
    play: Play
    wanted: tuple[Visit, ...] = ()
    held: tuple[Visit, ...] = ()
    different: list[Text] = field(default_factory=list)
    finished: bool = False
    interrupted: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def code(self, *, once: bool) -> int:
        """Return the exit code."""
        if self.interrupted and (once or not self.finished):
            return INTERRUPTED
        return 1 if self.different or not self.finished else 0

    def as_json(self) -> dict[str, Any]:
        """Return all of it for a file."""
        return {
            "finished": self.finished,
            "seconds": {name: round(value, 1) for name, value in self.seconds.items()},
            "happened": [
                {"at_s": round(h.at_s, 3), "home": h.home, "zh": h.text.zh, "en": h.text.en}
                for h in self.board.happenings
            ],
            "signals": [asdict(one) for one in self.play.signals],
            "expected": [asdict(one) for one in self.wanted],
            "platform": [asdict(one) for one in self.held],
            "receipts": [dict(one) for one in self.play.taken],
            "differences": [asdict(one) for one in self.different],
        }


async def _until_told(folder: Path, language: Language, *, once: bool) -> Report:
    board = Board({key: Row(home.elder) for key, home in HOMES.items()})
    shown = screen.choose(board, language)
    report = Report(board, Play(board, shown))
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, me.cancel if me else lambda: None)
    try:
        with shown.shown():
            await _demo(report, folder, once=once)
    except asyncio.CancelledError:
        report.interrupted = True
    except BaseExceptionGroup as group:
        # Of several homes that fail for one reason, one is told.
        raise first(group) from None
    for text in report.different:
        output.line(text.in_(language))
    return report


async def _demo(report: Report, folder: Path, *, once: bool) -> None:
    begun = time.monotonic()
    report.play.tell(None, Text(f"准备密钥、证书、标签（{folder}）", f"making keys, certificates, tags ({folder})"))
    async with Line(folder, DAY, report.play.listen) as line:
        await line.set_up()
        report.seconds["set_up"] = time.monotonic() - begun
        report.play.tell(None, Text("全部就绪，一天开始", "everything is ready, the day begins"))
        await report.play.play(line)
        report.seconds["day"] = time.monotonic() - begun - report.seconds["set_up"]
        await _compare(report)
        report.finished = True
        _conclude(report)
        if not once:
            report.play.tell(None, Text("按 Ctrl-C 结束", "Ctrl-C ends it"))
            await asyncio.Event().wait()
        # What is still on its way when everybody ends must not change the outcome.
        await line.stop_all()
        _judge(report)


async def _compare(report: Report) -> None:
    """Wait until the platform has what it should, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                report.play.news.clear()
                _judge(report)
                if not report.different:
                    return
                await report.play.news.wait()


def _judge(report: Report) -> None:
    report.wanted = expected(report.play.signals, HOMES, RULES)
    report.held = visits(report.play.taken)
    report.different = [
        *missing_or_more(report.play.signals, checks(report.play.taken)),
        *differences(report.wanted, report.held),
    ]
    if not report.play.signals:
        report.different.append(Text("没有任何打卡得到确认", "not one check was confirmed"))


def _conclude(report: Report) -> None:
    checks, held = len(report.play.signals), len(report.held)
    text = (
        Text(f"平台与门口一致：{checks} 次打卡，{held} 次上门", f"the platform agrees: {checks} checks, {held} visits")
        if not report.different
        else Text(f"平台与门口不一致：{len(report.different)} 处", f"the platform differs in {len(report.different)}")
    )
    report.play.tell(None, text)
