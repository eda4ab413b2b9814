"""`zhendao-provision install`: one person, one home, from the wiring to the certificate of acceptance."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text, same
from zhendao.provisioning.commands import options

if TYPE_CHECKING:
    from zhendao.provisioning.guide.journey import Journey


def _arguments(parser: Parser) -> None:
    options.authority(parser)
    config = Text(
        "终端的设置文件，缺省 /etc/zhendao/device.toml；没有就在安装中写成",
        "settings of the terminal, default /etc/zhendao/device.toml; written on the way if there are none",
    )
    parser.option("--config", metavar="FILE", type=Path, default=Path("/etc/zhendao/device.toml"), text=config)
    parser.option(
        "--files",
        metavar="DIR",
        type=Path,
        text=Text(
            "安装的文件放在哪里，缺省为设置文件旁的 install", "where its files go, default: install beside the settings"
        ),
    )
    parser.option(
        "--answers",
        metavar="FILE",
        type=Path,
        text=Text("事先写好的回答（TOML），不再询问", "answers written beforehand (TOML); nothing is asked"),
    )
    parser.option(
        "--data-dir",
        metavar="DIR",
        default="/var/lib/zhendao/device",
        text=Text("新写设置文件时终端的数据目录", "the terminal's data folder, for settings that are written here"),
    )
    parser.option(
        "--fixes",
        metavar="N",
        type=int,
        default=60,
        text=Text("测量多少次定位，缺省 60", "fixes to record, default 60"),
    )
    parser.option(
        "--signals",
        choices=("ask", "yes", "no", "skip"),
        default="ask",
        text=Text("灯与蜂鸣：当场询问，或直接回答", "light and buzzer: ask, or the answer"),
    )
    options.with_passphrase(parser)


def _install(arguments: argparse.Namespace, language: Language) -> int:
    from functools import cache  # noqa: PLC0415 - with what follows: help must stay light

    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.guide import record  # noqa: PLC0415 - as above
    from zhendao.provisioning.guide.acts import Acts  # noqa: PLC0415 - as above
    from zhendao.provisioning.guide.dialogue import Keyboard, Script  # noqa: PLC0415 - as above
    from zhendao.provisioning.guide.steps import STEPS  # noqa: PLC0415 - as above
    from zhendao.provisioning.guide.tools import Tools  # noqa: PLC0415 - as above
    from zhendao.provisioning.guide.walking import Walk  # noqa: PLC0415 - as above
    from zhendao.provisioning.passphrase import find  # noqa: PLC0415 - as above

    Authority.open(arguments.folder)
    config = arguments.config.absolute()
    folder = config.parent / "install" if arguments.files is None else arguments.files.absolute()
    file = folder / record.FILE
    person = Keyboard(language) if arguments.answers is None else Script.read(arguments.answers, language)
    journey, aside = record.take_up(file, STEPS)
    if aside is not None:
        line(Text(f"安装记录损坏，已移到 {aside}", f"the record was damaged and is now {aside}").in_(language))
    acts = Acts(
        Tools(language),
        person,
        arguments.folder.absolute(),
        config,
        folder,
        cache(lambda: find(arguments.passphrase_file, language)),
        str(Path(arguments.data_dir).absolute()),
        arguments.fixes,
        arguments.signals,
    )
    walk = Walk(journey, acts.all(), person, file, language, lambda: int(time.time()))
    try:
        done = walk.run()
    except KeyboardInterrupt:
        line(Text("\n已中断；再运行 install 从这一步继续", "\nstopped; install goes on at this step").in_(language))
        raise
    if arguments.json:
        emit_json(_as_json(walk.journey))
    return 0 if done else 1


def _as_json(journey: "Journey") -> dict[str, object]:
    return {
        "done": journey.next is None,
        "seconds": journey.seconds,
        "steps": {
            step.name: {
                "outcome": journey.stand(step.name).outcome.value,
                "seconds": journey.stand(step.name).seconds,
                "found": dict(journey.stand(step.name).found or {}),
            }
            for step in journey.steps
        },
    }


COMMANDS = (
    Command(
        "install",
        Text(
            "引导安装一户：接线、门牌、入网、测量、自检、验收；可随时中断再继续",
            "bring one home into service, step by step; can be stopped anywhere and goes on there",
        ),
        _arguments,
        _install,
        same("zhendao-provision install authority --config /etc/zhendao/device.toml"),
    ),
)
