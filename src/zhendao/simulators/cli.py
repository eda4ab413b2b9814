"""`zhendao-sim`: one registry of simulators, each a process of its own that speaks what the real thing speaks.

A simulator is one module with `add_arguments` and `run` and one line in `SIMULATORS`; only the chosen one is imported,
so that a simulator never pays for the libraries of another.
"""

import argparse
import importlib
import sys
from dataclasses import dataclass
from typing import Protocol, cast

from zhendao.protocol.errors import ZhendaoError
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
    "platform": Entry(
        "zhendao.simulators.platform.process",
        Text("中心平台：接收记录，按需出错", "the central platform: takes records, fails as told"),
    ),
    "pn532": Entry(
        "zhendao.simulators.pn532.main",
        Text("PN532 读卡器与标签（伪终端，逐字节）", "a PN532 reader with tags, byte for byte on a pseudo-terminal"),
    ),
}


def program(argv: list[str], language: Language) -> int:
    """Parse ``argv`` and run the simulator that it names."""
    summary = Text("模拟器：真到在现场遇到的设备与系统", "Simulators of what Zhendao meets in the field")
    parser = argparse.ArgumentParser(prog="zhendao-sim", description=summary.in_(language))
    commands = parser.add_subparsers(dest="simulator", required=True, metavar="SIMULATOR")
    chosen: Simulator | None = None
    for name, entry in SIMULATORS.items():
        text = entry.summary.in_(language)
        sub = commands.add_parser(name, help=text, description=text)
        if name in argv[:3]:
            chosen = cast("Simulator", importlib.import_module(entry.module))
            chosen.add_arguments(sub, language)
    arguments = parser.parse_args(argv)
    if chosen is None:
        parser.error(summary.in_(language))
    return chosen.run(arguments, language)


def main(argv: list[str] | None = None) -> int:
    """Run `zhendao-sim`; return its exit code."""
    try:
        return program(sys.argv[1:] if argv is None else argv, "en")
    except ZhendaoError as error:
        sys.stderr.write(error.explain("en") + "\n")
        return error.exit_code
