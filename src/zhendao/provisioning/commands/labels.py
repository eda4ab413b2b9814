"""`zhendao-provision labels`: sheets of labels for door tags, cards and terminals, as a PDF to print."""

import argparse
import time
from pathlib import Path
from typing import Any

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options
from zhendao.provisioning.labels.sheets import SHEETS

_THINGS = ("door", "card", "terminal")


def _arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option("--out", required=True, metavar="FILE", type=Path, text=Text("写入的 PDF", "the PDF to write"))
    parser.option(
        "--what",
        action="append",
        choices=_THINGS,
        text=Text("门牌、卡、终端，可多次给出；缺省全部", "which labels; may be repeated; default: all"),
    )
    parser.option(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        text=Text(
            "只印持有者或地点编号相同、或编号以此开头的；可多次给出",
            "only those of this holder or place, or whose number begins so; may be repeated",
        ),
    )
    parser.option(
        "--sheet",
        choices=sorted(SHEETS),
        default="70x37",
        text=Text("A4 标签纸，每枚毫米数，缺省 70x37", "A4 sheet, by a label's size in mm, default 70x37"),
    )
    parser.option(
        "--first",
        type=int,
        default=1,
        metavar="N",
        text=Text("从这张纸的第几枚开始（用过一半的纸）", "first free label of a sheet that was used before"),
    )
    parser.option(
        "--names",
        metavar="LISTS",
        type=Path,
        text=Text("从这些清单取姓名印在卡上；缺省不印姓名", "print names on cards out of these lists; default: none"),
    )


def _run(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning import token_log  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.holdings import holdings  # noqa: PLC0415 - as above
    from zhendao.provisioning.folders import SECRET, write_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.labels.content import chosen, labels  # noqa: PLC0415 - as above
    from zhendao.provisioning.labels.printing import print_labels  # noqa: PLC0415 - nor what draws
    from zhendao.provisioning.terminals import list_terminals  # noqa: PLC0415 - as above

    sheet, now_s = SHEETS[arguments.sheet], int(time.time())
    if not 1 <= arguments.first <= sheet.count:
        raise UsageError(
            Text(
                f"--first {arguments.first}：这种纸有 {sheet.count} 枚",
                f"--first {arguments.first}: this sheet has {sheet.count}",
            ),
            Text(f"给 1 到 {sheet.count}", f"give 1 to {sheet.count}"),
        )
    authority = Authority.open(arguments.folder)
    tokens = holdings(token_log.read(authority.folder), ()).by_token.values()
    names = {} if arguments.names is None else _names(arguments.names)
    every = labels(tokens, list_terminals(authority), authority.tenant, names)
    made = chosen(every, arguments.what or _THINGS, arguments.only)
    if not made:
        raise UsageError(
            Text("没有可印的标签", "there is nothing to print"),
            Text("先写卡或批准终端，或检查 --only", "write cards or approve terminals first, or look at --only"),
        )
    pdf = print_labels(made, sheet, authority.tenant, language, now_s, arguments.first)
    write_file(arguments.out, pdf, SECRET)
    authority.note("labels", now_s, file=str(arguments.out), count=len(made))
    pages = -(-(len(made) + arguments.first - 1) // sheet.count)
    if arguments.json:
        emit_json({"file": str(arguments.out), "labels": len(made), "pages": pages, "sheet": sheet.name})
    else:
        said = Text(
            f"已写入 {arguments.out}：{len(made)} 枚，{pages} 张 {sheet.name}。打印时选“实际大小”",
            f"{arguments.out} written: {len(made)} labels on {pages} sheet(s) of {sheet.name}. Print at actual size",
        )
        line(said.in_(language))
    return 0


def _names(source: Path) -> dict[str, str]:
    """Return the names of caregivers and elders in a customer's lists, by their number."""
    from zhendao.command.roster.files import read  # noqa: PLC0415 - as above
    from zhendao.command.roster.problems import RosterError  # noqa: PLC0415 - as above

    found, problems = read(source)
    if problems:
        raise RosterError(problems)
    people: dict[str, str] = {}
    for raw in found:
        key: Any = {"caregivers": "caregiver_id", "elders": "elder_id"}.get(raw.sheet.name)
        for row in raw.rows if key else ():
            if key in row.cells and "name" in row.cells:
                people[str(row.cells[key]).strip()] = str(row.cells["name"]).strip()
    return people


COMMANDS = (
    Command(
        "labels",
        Text(
            "打印门牌、卡与终端的标签（A4 标签纸，PDF）。二维码只供清点，不作任何证明。",
            "print labels for door tags, cards and terminals (A4 label sheets, PDF). "
            "Their QR codes serve the inventory, and prove nothing.",
        ),
        _arguments,
        _run,
        Text(
            "zhendao-provision labels 机构 --out 标签.pdf --what door --sheet 63x38\n"
            "zhendao-provision labels 机构 --out 卡.pdf --what card --names 登记/ --sheet 85x54",
            "zhendao-provision labels authority --out labels.pdf --what door --sheet 63x38\n"
            "zhendao-provision labels authority --out cards.pdf --what card --names registry/ --sheet 85x54",
        ),
    ),
)
