"""`zhendao-sim soak`: real terminals, broker, gateway and platform under random faults; then the books must balance.

Exit code 0 only where signalled = stored = delivered once; else 1 with each difference in a line, and the folder kept.
"""

import argparse
import asyncio
import json
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zhendao.command import output
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.demo.commands import command
from zhendao.simulators.errors import OrderError, SimulatorError
from zhendao.simulators.soak import disks
from zhendao.simulators.soak.books import rows
from zhendao.simulators.soak.clocks import FAKETIME
from zhendao.simulators.soak.run import Soak

MOST_HOMES = 99
INTERRUPTED = 130
_HEADERS = (
    Text("终端", "terminal"),
    Text("亮灯", "signalled"),
    Text("网关", "stored"),
    Text("平台", "delivered"),
    Text("丢失", "lost"),
    Text("重复", "twice"),
    Text("被杀前已存", "stored, killed before the light"),
    Text("坏信号", "bad signals"),
    Text("故障", "faults"),
)

STORY = Text(
    """\
护理员在每户不停签到签退；终端、代理、网关、平台被杀、停顿，网络中断、半开，读卡器被拔，磁盘写满，时钟错乱。
时间到后故障全部结束，等待送达，然后对账：亮过灯的 = 网关保存的 = 平台收到一次的。

示例：
  zhendao-sim soak --minutes 3 --seed 7
  zhendao-sim soak --minutes 30 --homes 6 --json 结果.json --keep /tmp/soak""",
    """\
Caregivers check in and out at every home without end; terminals, broker, gateway and platform are killed and frozen,
links cut and half open, readers unplugged, disks filled, clocks set wrong. When the time is up all faults end, what is
on its way arrives, and the books must balance: signalled = stored = delivered once.

examples:
  zhendao-sim soak --minutes 3 --seed 7
  zhendao-sim soak --minutes 30 --homes 6 --json result.json --keep /tmp/soak""",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of the soak."""
    parser.epilog = STORY.in_(language)
    texts = {
        "minutes": Text("故障持续的分钟数（默认 30）", "minutes of trouble (default 30)"),
        "seed": Text("随机种子（默认随机，总会显示）", "seed (default: a random one; it is shown)"),
        "homes": Text("终端数（默认 4）", "how many terminals (default 4)"),
        "keep": Text("保留所有文件和日志的目录（须为空）", "folder for all files and logs, kept; must be empty or new"),
        "file": Text("把结果写入 JSON 文件", "write the result to a JSON file"),
    }
    parser.add_argument("--minutes", type=float, default=30, metavar="N", help=texts["minutes"].in_(language))
    parser.add_argument("--seed", type=int, metavar="N", help=texts["seed"].in_(language))
    parser.add_argument("--homes", type=int, default=4, metavar="N", help=texts["homes"].in_(language))
    parser.add_argument("--keep", type=Path, metavar="DIR", help=texts["keep"].in_(language))
    parser.add_argument("--json", type=Path, metavar="FILE", dest="json_file", help=texts["file"].in_(language))


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Soak; return the exit code."""
    _check(arguments)
    seed = secrets.randbelow(1_000_000) if arguments.seed is None else arguments.seed
    small = disks.settle(tuple(command("zhendao-sim", *_again(arguments, seed, language))))
    folder = _folder(arguments.keep)
    begun = time.monotonic()

    def tell(where: str, text: Text) -> None:
        seconds = int(time.monotonic() - begun)
        output.line(f"{seconds // 60:3d}:{seconds % 60:02d}  {where:<8}  {text.in_(language)}".rstrip())

    tell("", Text(f"种子 {seed}，目录 {folder}", f"seed {seed}, folder {folder}"))
    if not small:
        tell("", Text("此机不允许挂载，磁盘不会写满", "no mounts are allowed here: no disk gets full"))
    if FAKETIME is None:
        tell("", Text("没有 libfaketime，时钟不会出错", "there is no libfaketime: no clock goes wrong"))
    soak = Soak(seed, arguments.minutes, arguments.homes, small, tell)
    interrupted = asyncio.run(_until_told(soak, folder))
    different = [] if interrupted else soak.different()
    _report(soak, language)
    if arguments.json_file is not None:
        arguments.json_file.write_text(
            json.dumps(_as_json(soak, different), ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
    for text in different:
        output.line(text.in_(language))
    if interrupted:
        return INTERRUPTED
    if different:
        again = f"--seed {seed} --minutes {arguments.minutes:g} --homes {arguments.homes}"
        tell(
            "",
            Text(
                f"账目不平：{len(different)} 处；{again}；保留 {folder}",
                f"{len(different)} differences; {again}; kept: {folder}",
            ),
        )
        return 1
    tell(
        "",
        Text(
            f"账目相符（{soak.drained_s or 0:.1f} 秒内全部送达）",
            f"the books balance ({soak.drained_s or 0:.1f} s to drain)",
        ),
    )
    if arguments.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if not 0 < arguments.homes <= MOST_HOMES:
        raise OrderError(
            f"--homes {arguments.homes}", Text(f"终端数为 1 至 {MOST_HOMES}", f"1 to {MOST_HOMES} terminals")
        )
    if not arguments.minutes > 0:
        raise OrderError(f"--minutes {arguments.minutes:g}", Text("分钟数须大于 0", "more than 0 minutes"))


def _again(arguments: argparse.Namespace, seed: int, language: Language) -> list[object]:
    """Return the words that say the same again."""
    words: list[object] = [
        "--lang",
        language,
        "soak",
        "--minutes",
        arguments.minutes,
        "--seed",
        seed,
        "--homes",
        arguments.homes,
    ]
    for name, value in (("--keep", arguments.keep), ("--json", arguments.json_file)):
        words += [name, value] if value is not None else []
    return words


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="zhendao-soak-"))
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise SimulatorError(
            Text(f"{keep} 不是空目录", f"{keep} is not an empty folder"), Text("请换一个目录", "name another one")
        )
    keep.mkdir(parents=True, exist_ok=True)
    return keep.absolute()


async def _until_told(soak: Soak, folder: Path) -> bool:
    """Run it; return whether somebody ended it early."""
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, me.cancel if me else sys.exit)
    try:
        await soak.run(folder)
    except asyncio.CancelledError:
        return True
    return False


def _report(soak: Soak, language: Language) -> None:
    figures = rows(soak.account, soak.devices.values())
    lines: list[tuple[object, ...]] = []
    for home, device in soak.devices.items():
        row = figures[device]
        faults = ", ".join(f"{kind} {n}" for kind, n in sorted(soak.had.get(home, Counter()).items()))
        lines.append(
            (home, row.signalled, row.stored, row.delivered, row.lost, row.twice, row.unseen, soak.bad[home], faults)
        )
    for lane in ("gateway", "broker", "platform"):
        faults = ", ".join(f"{kind} {n}" for kind, n in sorted(soak.had.get(lane, Counter()).items()))
        lines.append((lane, *("",) * 7, faults))
    output.table([header.in_(language) for header in _HEADERS], lines)


def _as_json(soak: Soak, different: list[Text]) -> dict[str, Any]:
    figures = rows(soak.account, soak.devices.values())
    return {
        "seed": soak.seed,
        "minutes": soak.minutes,
        "terminals": {home: asdict(figures[device]) | {"device": device} for home, device in soak.devices.items()},
        "faults": {lane: dict(had) for lane, had in soak.had.items()},
        "drained_s": soak.drained_s,
        "differences": [asdict(text) for text in different],
    }
