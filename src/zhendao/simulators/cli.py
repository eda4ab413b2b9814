"""`zhendao-sim`: one registry of simulators, each a process of its own that speaks what the real thing speaks.

A simulator is one module with `add_arguments` and `run` and one line in `SIMULATORS`; only the chosen one is imported,
so that a simulator never pays for the libraries of another.
"""

import argparse
import importlib
from dataclasses import dataclass
from typing import Protocol, cast

from zhendao.command.parser import Command, Parser, Program
from zhendao.command.run import run
from zhendao.protocol.wording import Language, Text


class Simulator(Protocol):
    """What the module of a simulator offers."""

    def add_arguments(self, parser: argparse.ArgumentParser, language: Language) -> None:
        """Declare the simulator's own arguments, helped in ``language``."""

    def run(self, arguments: argparse.Namespace, language: Language) -> int:
        """Run until told to end; return the exit code. May raise `ZhendaoError`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a simulator lives and what `zhendao-sim --help` says about it."""

    module: str
    summary: Text


SIMULATORS: dict[str, Entry] = {
    "aggregator": Entry(
        "zhendao.simulators.aggregators.process",
        Text(
            "按各自格式收上门记录的平台（Sandata、HHAX、CareBridge、ZKTeco）：按公开规则核对，按需出错",
            "aggregators of other formats (Sandata, HHAX, CareBridge, ZKTeco): enforce what is published, fail as told",
        ),
    ),
    "attacks": Entry(
        "zhendao.simulators.attacks.main",
        Text(
            "对令牌的攻击：每种攻击 × 每个等级，在真实进程上演，列出何处发现",
            "attacks on tokens: each at each grade against the real line, and where it is noticed",
        ),
    ),
    "city": Entry(
        "zhendao.simulators.city.main",
        Text(
            "一座真相已知的城：登记表、终端见证的事实，差错、故障与作弊各有其率",
            "a city of known truth: registry and facts, with mistakes, outages and frauds at stated rates",
        ),
    ),
    "demo": Entry(
        "zhendao.simulators.demo.main",
        Text(
            "一整天的演示：三户人家、代理、网关、平台，全是真实进程",
            "a whole day: three homes, broker, gateway, platform, all real processes",
        ),
    ),
    "duty": Entry(
        "zhendao.simulators.duty.main",
        Text(
            "值班一方：核对签名的 webhook、短信服务商、急救号码接口，按需出错",
            "the duty side: webhooks with their signatures checked, SMS provider, emergency number; fails as told",
        ),
    ),
    "gnss": Entry(
        "zhendao.simulators.gnss.process",
        Text(
            "卫星定位接收机（伪终端）：移动、漂移、失锁、回放录音",
            "a GNSS receiver on a pseudo-terminal: moves, drifts, replays",
        ),
    ),
    "groups": Entry(
        "zhendao.simulators.groups.main",
        Text(
            "钉钉与企业微信的群机器人：核对签名、时间、频率、长度，按需出错",
            "bots of DingTalk and WeCom groups: check signature, time, pace and size; fail as told",
        ),
    ),
    "pcsc": Entry(
        "zhendao.simulators.pcsc.process",
        Text("刷在虚拟 PC/SC 读卡器（vpcd）上的卡", "cards held to a virtual PC/SC reader (vpcd)"),
    ),
    "pins": Entry(
        "zhendao.simulators.pins.main",
        Text(
            "没有开发板的引脚：运行我们的命令，在套接字上按按钮、看灯",
            "the pins of a board that is not there, under one of our commands: pressed and watched on a socket",
        ),
    ),
    "platform": Entry(
        "zhendao.simulators.platform.process",
        Text("中心平台：接收记录，按需出错", "the central platform: takes records, fails as told"),
    ),
    "pn532": Entry(
        "zhendao.simulators.pn532.main",
        Text("PN532 读卡器与标签（伪终端，逐字节）", "a PN532 reader with tags, byte for byte on a pseudo-terminal"),
    ),
    "soak": Entry(
        "zhendao.simulators.soak.main",
        Text(
            "耐久试验：随机故障之后，亮灯、网关、平台三本账必须相符",
            "random faults for half an hour; then signals, gateway and platform must agree",
        ),
    ),
    "world": Entry(
        "zhendao.simulators.world.main",
        Text(
            "瓶中世界：一个进程、一个种子、许多年；不变式自始至终受检",
            "the world in a bottle: one process, one seed, years; invariants checked all along",
        ),
    ),
}


def _command(name: str, entry: Entry) -> Command:
    """Return the sub-command of one simulator; its module is imported when it is the one asked for."""

    def simulator() -> Simulator:
        return cast("Simulator", importlib.import_module(entry.module))

    def add_arguments(parser: Parser) -> None:
        simulator().add_arguments(parser, parser.language)

    def serve(arguments: argparse.Namespace, language: Language) -> int:
        return simulator().run(arguments, language)

    return Command(name, entry.summary, add_arguments, serve)


PROGRAM = Program(
    "zhendao-sim",
    Text(
        "模拟器：真到在现场遇到的设备与系统，各为一个进程",
        "Simulators of what Zhendao meets in the field, each a process of its own.",
    ),
    tuple(_command(name, entry) for name, entry in SIMULATORS.items()),
    Text(
        "zhendao-sim demo --once\nzhendao-sim pn532 --link /tmp/reader\nzhendao-sim platform --listen 127.0.0.1:9000\n"
        "zhendao-sim world --seed 7",
        "zhendao-sim demo --once\nzhendao-sim pn532 --link /tmp/reader\nzhendao-sim platform --listen 127.0.0.1:9000\n"
        "zhendao-sim world --seed 7",
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Run `zhendao-sim`; return its exit code."""
    return run(PROGRAM, argv)
