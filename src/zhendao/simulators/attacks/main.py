"""`zhendao-sim attacks`: plays every attack at every grade against the real line, and says which were noticed.

Exit code: 0 when everything that is promised to be noticed was, else 1. However it ends, none of its processes is left.
"""

import argparse
import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from zhendao.command import output
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.attacks import table
from zhendao.simulators.attacks.acts import PLAYERS
from zhendao.simulators.attacks.catalogue import AFTERWARDS, ATTACKS, HONEST, OFF_WALL
from zhendao.simulators.attacks.grades import Grade
from zhendao.simulators.attacks.home import AttackedHome
from zhendao.simulators.attacks.scene import Scene
from zhendao.simulators.attacks.witness import Act, arrived
from zhendao.simulators.demo.children import Child, Said
from zhendao.simulators.demo.errors import first
from zhendao.simulators.errors import SimulatorError

PATIENCE_S = 60.0
"""How long the platform is waited for after the last act."""
INTERRUPTED = 130
QUIET_S = 3.0
"""So long nothing new comes to the platform, and it has all."""
_TIP = Text(
    "示例：\n  zhendao-sim attacks\n  zhendao-sim attacks --only relayed,revoked --grade dynamic-fresh\n"
    "  zhendao-sim attacks --write docs/attacks.md",
    "examples:\n  zhendao-sim attacks\n  zhendao-sim attacks --only relayed,revoked --grade dynamic-fresh\n"
    "  zhendao-sim attacks --write docs/attacks.md",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments."""
    keys = ", ".join(attack.key for attack in ATTACKS)
    parser.epilog = f"{keys}\n\n{_TIP.in_(language)}"
    only = Text("只演这些攻击（逗号分隔）", "play these attacks only, separated by commas")
    grade = Text("只演这一等级，可重复", "play at this grade only; may be repeated")
    write = Text(
        "全部符合承诺时，把结果表写入 Markdown 文件", "write the table to a Markdown file, if all is as promised"
    )
    kept = Text("保留所有文件和日志的目录", "folder for all files and logs, kept")
    parser.add_argument("--only", metavar="KEYS", default="", help=only.in_(language))
    parser.add_argument("--grade", action="append", choices=[one.value for one in Grade], help=grade.in_(language))
    parser.add_argument("--write", type=Path, metavar="FILE", help=write.in_(language))
    parser.add_argument("--keep", type=Path, metavar="DIR", help=kept.in_(language))
    parser.set_defaults(language=language)


@dataclass(slots=True)
class Report:
    """What was played, and what the platform took."""

    acts: list[Act] = field(default_factory=list)
    taken: list[Said] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 0.0

    def listen(self, child: Child, said: Said) -> None:
        """Take in what a process said."""
        if child.name == "platform" and "taken" in said:
            self.taken.append(said)
            self.news.set()


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Play the attacks; return the exit code."""
    wanted = _wanted(arguments.only)
    grades = tuple(Grade(one) for one in arguments.grade) if arguments.grade else tuple(Grade)
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="zhendao-attacks-"))
    folder = folder.absolute()
    try:
        report = asyncio.run(_play(folder, grades, wanted))
    except asyncio.CancelledError:
        return INTERRUPTED
    except BaseExceptionGroup as group:
        raise first(group) from None
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    cells = table.judged(report.acts, report.taken, grades)
    broken = [cell for cell in cells if not cell.kept]
    away = table.turned_away(report.acts)
    if arguments.write is not None and not broken and not away:
        arguments.write.write_text(document(cells, grades), "utf-8")
    if arguments.json:
        told = {"seconds": round(report.seconds, 1), "cells": [cell.as_json() for cell in cells]}
        output.emit_json({**told, "turned_away": [asdict(act) for act in away]})
    else:
        output.table(table.headers(grades, language), table.rows(cells, grades, language))
        played = sum(cell.played and cell.attack is not HONEST for cell in cells)
        output.line(_verdict(played, len(broken), report.seconds).in_(language))
        for act in away:
            text = Text(f"如实的人未能打卡：{act}", f"an honest one was turned away: {act}")
            output.line(text.in_(language))
    return 1 if broken or away else 0


def _verdict(played: int, broken: int, seconds: float) -> Text:
    if broken:
        return Text(
            f"{played} 项中有 {broken} 项应当发现而没有发现",
            f"{broken} of {played} should have been noticed and were not",
        )
    return Text(f"{played} 项与承诺一致，用时 {seconds:.0f} 秒", f"{played} as promised, in {seconds:.0f} s")


def _wanted(only: str) -> tuple[str, ...]:
    """Return the keys of the attacks to be played. Raises `SimulatorError`."""
    keys = tuple(one.key for one in ATTACKS)
    chosen = tuple(word.strip() for word in only.split(",") if word.strip())
    unknown = [word for word in chosen if word not in keys]
    if unknown:
        raise SimulatorError(
            Text(f"没有这种攻击：{'、'.join(unknown)}", f"no such attack: {', '.join(unknown)}"),
            Text(f"可选：{'、'.join(keys)}", f"there are: {', '.join(keys)}"),
        )
    return tuple(key for key in keys if key in chosen) if chosen else keys


def document(cells: Sequence[table.Cell], grades: Sequence[Grade]) -> str:
    """Return the page that `docs/attacks.md` is."""
    return HEAD + table.markdown(cells, grades, "en") + "\n" + TAIL + table.markdown(cells, grades, "zh")


HEAD = """\
# Attacks on tokens

Made by `zhendao-sim attacks --write docs/attacks.md`: each attack is played against the real line (terminal, broker,
gateway and platform as processes, cards written by the real writer), and the command ends with 1 if something that is
promised to be noticed is not. The words are those of the terminal's signal (`forged`, `blocklisted`, `unknown`,
`unreadable`) and of the visit's flags and tokens (docs/gateway.md). The first row is what honest people get: a flag
that stands there says nothing about an attack. "Noticed" never means "refused", but for forged, foreign and blocked
cards (docs/decisions/unknown-cards.md).

"""
TAIL = """\
A live relay forwards the true card's own answers: nothing that a card can say tells it from the card, and at most its
lateness does. `token_slow` is a hint for review, with the rate of false alarms that docs/gateway.md states; a relay
that adds less than the terminal's own scatter is not noticed. A card that its owner lends is the true card.

"""


async def _play(folder: Path, grades: tuple[Grade, ...], wanted: tuple[str, ...]) -> Report:
    begun, report = time.monotonic(), Report()
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, me.cancel if me else lambda: None)
    wall = OFF_WALL in wanted and Grade.FRESH in grades
    async with Scene(folder, grades, report.listen, wall=wall) as scene:
        await scene.set_up()
        await scene.block()
        async with asyncio.TaskGroup() as group:
            for home in scene.attacked.values():
                group.create_task(_attack(report, home, _other(scene, home), wanted))
            if scene.wall is not None:
                group.create_task(_take_off(report, scene.wall))
        await _settle(report)
    report.seconds = time.monotonic() - begun
    return report


def _other(scene: Scene, home: AttackedHome) -> AttackedHome:
    """Return the home whose door tag is carried here: one of the same grade's kind, or any."""
    homes = list(scene.attacked.values())
    return homes[(homes.index(home) + 1) % len(homes)]


async def _attack(report: Report, home: AttackedHome, other: AttackedHome, wanted: tuple[str, ...]) -> None:
    report.acts.append(await home.check(HONEST.key))
    report.acts.append(await home.check(HONEST.key))
    for attack in ATTACKS:
        if attack.key in wanted and home.grade in attack.promised and attack.key in PLAYERS:
            report.acts += await PLAYERS[attack.key](home, other)


async def _take_off(report: Report, home: AttackedHome) -> None:
    """Take a terminal off its wall, between honest checks there."""
    report.acts += [await home.check(HONEST.key) for _ in range(2)]
    report.acts.append(await home.off_wall(OFF_WALL))
    report.acts += [await home.check(AFTERWARDS.key) for _ in range(2)]


async def _settle(report: Report) -> None:
    """Wait until the platform has what was recorded, has heard what was promised, and hears nothing more."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                report.news.clear()
                complete = all(arrived(act, report.taken) for act in report.acts)
                kept = complete and all(cell.kept for cell in table.judged(report.acts, report.taken, tuple(Grade)))
                try:
                    async with asyncio.timeout(QUIET_S if kept else None):
                        await report.news.wait()
                except TimeoutError:
                    return
