"""`zhendao-provision doctor`: what an engineer's laptop needs, and what is wrong by the records of a terminal."""

import argparse
from pathlib import Path

from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning import passphrase


def _arguments(parser: Parser) -> None:
    parser.option(
        "folder",
        metavar="DIR",
        nargs="?",
        type=Path,
        text=Text("发证机构目录（可省）", "folder of the authority, if any"),
    )
    parser.option(
        "--port",
        metavar="PORT",
        text=Text("读卡器：串口路径或 pcsc:名称", "a reader: its serial path, or pcsc:NAME"),
    )
    parser.option(
        "--record",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        text=Text("测量、自检或验收文件，可多次给出", "a survey, self-test or certificate; may be repeated"),
    )
    parser.option("--passphrase-file", metavar="FILE", type=Path, text=passphrase.HELP)


def _doctor(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.command.findings import Finding, Grade, show, worst  # noqa: PLC0415 - help must stay light
    from zhendao.provisioning.site import doctor  # noqa: PLC0415 - as above

    found: list[Finding] = []
    for one in doctor.examine(arguments.folder, arguments.port, arguments.record, arguments.passphrase_file):
        found.append(one)
        if not arguments.json:
            show(one, language)
    grade = worst(found)
    if arguments.json:
        emit_json({"grade": grade.value, "findings": [one.as_json(language) for one in found]})
    else:
        line(_VERDICTS[grade.value].in_(language))
    return 1 if grade is Grade.BAD else 0


_VERDICTS = {
    "good": Text("一切正常", "all is well"),
    "note": Text("可以工作；请留意带 ! 的各项", "it can be worked with; look at what is marked with !"),
    "bad": Text("需要处理：见带 ✗ 的各项", "something must be done: see what is marked with ✗"),
}
COMMANDS = (
    Command(
        "doctor",
        Text(
            "检查本机、机构目录与读卡器，并说明各记录中的问题与处理办法",
            "look at laptop, authority, reader and records, and say what to do",
        ),
        _arguments,
        _doctor,
        Text(
            "zhendao-provision doctor 机构 --port /dev/ttyUSB0\nzhendao-provision doctor --record selftest.json",
            "zhendao-provision doctor authority --port /dev/ttyUSB0\nzhendao-provision doctor --record selftest.json",
        ),
    ),
)
