"""`zhendao-provision import`: a customer's lists, checked row by row, made into what the gateway loads."""

import argparse
import time
from pathlib import Path

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options


def _arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "source",
        metavar="SOURCE",
        type=Path,
        text=Text("CSV 文件夹，或一个 XLSX 文件", "a folder of CSV files, or one XLSX file"),
    )
    parser.option(
        "--out",
        metavar="DIR",
        type=Path,
        text=Text(
            "写入的新目录，供 registry load；不给则只检查", "new folder for registry load; without it: check only"
        ),
    )
    parser.option(
        "--keep-good",
        action="store_true",
        text=Text(
            "保留无误的行，其余逐行说明（退出码 1）；缺省为有任何错误则全部不取",
            "keep the rows that are right and tell of the others (exit code 1); default: all or nothing",
        ),
    )
    parser.option(
        "--registered",
        metavar="LISTS",
        type=Path,
        text=Text("已登记的清单，供引用与核对重叠", "lists that are registered already: rows may refer to them"),
    )
    parser.option(
        "--time-zone",
        default="Asia/Shanghai",
        metavar="ZONE",
        text=Text(
            "没有写明时差的时间属于哪个时区，缺省 Asia/Shanghai",
            "time zone of times that name none, default Asia/Shanghai",
        ),
    )


def _run(arguments: argparse.Namespace, language: Language) -> int:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - help must not load more than it shows

    from zhendao.provisioning import importing  # noqa: PLC0415 - nor cryptography
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - as above

    try:
        zone = ZoneInfo(arguments.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            Text(f"没有时区 {arguments.time_zone}", f"there is no time zone {arguments.time_zone}"),
            Text("例如 Asia/Shanghai", "for example Asia/Shanghai"),
        ) from error
    authority = Authority.open(arguments.folder)
    known = importing.Known.of(authority)
    found = importing.check(known, arguments.source, arguments.registered, zone, authority.tenant)
    if found.problems and not arguments.keep_good:
        raise importing.ImportRefusedError(found.problems)
    if arguments.out is not None:
        importing.write(found, arguments.out, language)
        authority.note(
            "import",
            int(time.time()),
            folder=str(arguments.out),
            rows=sum(found.count().values()),
            problems=len(found.problems),
        )
    if arguments.json:
        emit_json({"rows": found.count(), "problems": [one.as_json(language) for one in found.problems]})
    else:
        for one in found.problems:
            line(one.explain(language))
        rows, wrong = sum(found.count().values()), len(found.problems)
        line(Text(f"无误 {rows} 行，错误 {wrong} 处", f"{rows} good rows, {wrong} problem(s)").in_(language))
        if arguments.out is not None:
            said = Text(
                f"已写入 {arguments.out}：zhendao-gateway registry load {arguments.out}",
                f"{arguments.out} written: zhendao-gateway registry load {arguments.out}",
            )
            line(said.in_(language))
    return 1 if found.problems else 0


COMMANDS = (
    Command(
        "import",
        Text(
            "成批导入地点、老人、护理员、标签与终端的清单：逐行检查，并与机构写过的卡、批准过的终端核对",
            "take in lists of homes, elders, caregivers, tokens and terminals: checked row by row, "
            "and against the cards written and the terminals approved here",
        ),
        _arguments,
        _run,
        Text(
            "zhendao-provision import 机构 客户清单.xlsx --out 登记\n"
            "zhendao-provision import 机构 客户清单/ --out 登记 --keep-good",
            "zhendao-provision import authority customer.xlsx --out registry\n"
            "zhendao-provision import authority customer/ --out registry --keep-good",
        ),
    ),
)
