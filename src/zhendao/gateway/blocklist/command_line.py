"""What `zhendao-gateway blocklist` understands; what it does is loaded when it is asked for."""

import argparse
import re

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same

_CONFIG = Text("设置文件（TOML）", "settings file (TOML)")


def _config(parser: Parser) -> None:
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")


def _hex(least: int, most: int, text: str) -> bytes:
    digits = re.sub(r"[\s:-]", "", text)
    if not re.fullmatch(rf"([0-9a-fA-F]{{2}}){{{least},{most}}}", digits):
        raise argparse.ArgumentTypeError(f"{text!r}: not {2 * least}…{2 * most} hexadecimal digits")
    return bytes.fromhex(digits)


def token_id(text: str) -> bytes:
    """Return 16 bytes."""
    return _hex(16, 16, text)


def uid(text: str) -> bytes:
    """Return 4 to 10 bytes."""
    return _hex(4, 10, text)


def _add(parser: Parser) -> None:
    parser.option("--token", text=Text("标签编号", "a token id"), type=token_id, metavar="HEX")
    parser.option("--uid", text=Text("芯片号（没有标签编号的卡）", "a chip number (of a card without a token id)"),
                  type=uid, metavar="HEX")  # fmt: skip
    parser.option("--person", text=Text("护理员编号：其全部卡", "a caregiver's id: all cards"), metavar="ID")
    parser.option(
        "--reason",
        text=Text("lost 遗失，revoked 停用，barred 行业禁入（人员）", "lost, revoked, or barred for life (a person)"),
        choices=("lost", "revoked", "barred"),
        required=True,
    )
    parser.option("--note", text=Text("备注", "a note"), default="", metavar="TEXT")
    for name, zh, en in (
        ("street", "街道", "the sub-district"),
        ("civil", "民政", "civil affairs"),
        ("police", "公安", "the police"),
    ):
        parser.option(
            f"--{name}",
            text=Text(f"{zh}的确认记录（barred 必填）", f"the record of {en} (needed for barred)"),
            default="",
            metavar="TEXT",
        )
    _config(parser)


def _remove(parser: Parser) -> None:
    parser.option("entry", text=Text("第几项，见 blocklist ls", "number of the entry, see blocklist ls"), type=int,
                  metavar="N")  # fmt: skip
    parser.option("--note", text=Text("原因", "why"), required=True, metavar="TEXT")
    _config(parser)


def _ls(parser: Parser) -> None:
    parser.option("--all", text=Text("也列出已移出的", "those taken off, too"), action="store_true")
    _config(parser)


def _status(parser: Parser) -> None:
    parser.option("--behind", text=Text("只列落后的终端", "only terminals that are behind"), action="store_true")
    _config(parser)


def _export(parser: Parser) -> None:
    parser.option("--out", text=Text("写入的文件", "the file to write"), required=True, metavar="FILE")
    _config(parser)


COMMANDS = (
    Command(
        "blocklist add",
        Text(
            "把遗失或停用的标签、被禁入的人员列入停用名单；运行中的网关随即发往终端。",
            "Put a lost or revoked token, or a barred person, on the blocklist; a running gateway sends it at once.",
        ),
        _add,
        lazy("zhendao.gateway.blocklist.commands:add_command"),
        Text(
            "zhendao-gateway blocklist add --token d0d0…d0 --reason lost --config gateway.toml\n"
            "zhendao-gateway blocklist add --person C001 --reason barred --street '街道文 12 号' "
            "--civil '民政文 3 号' --police '公安文 7 号' --config gateway.toml",
            "zhendao-gateway blocklist add --token d0d0…d0 --reason lost --config gateway.toml\n"
            "zhendao-gateway blocklist add --person C001 --reason barred --street 'no. 12' --civil 'no. 3' "
            "--police 'no. 7' --config gateway.toml",
        ),
    ),
    Command(
        "blocklist remove",
        Text("移出名单（记录保留）。", "Take an entry off the list; it stays on record."),
        _remove,
        lazy("zhendao.gateway.blocklist.commands:remove_command"),
        Text(
            "zhendao-gateway blocklist remove 4 --note 已找回 --config gateway.toml",
            "zhendao-gateway blocklist remove 4 --note 'found again' --config gateway.toml",
        ),
    ),
    Command(
        "blocklist ls",
        Text("列出名单上的各项。", "List what is on it."),
        _ls,
        lazy("zhendao.gateway.blocklist.commands:ls_command"),
        same("zhendao-gateway blocklist ls --all --config gateway.toml"),
    ),
    Command(
        "blocklist status",
        Text("哪些终端已有哪一版名单。", "Which terminal holds which version."),
        _status,
        lazy("zhendao.gateway.blocklist.commands:status_command"),
        same("zhendao-gateway blocklist status --behind --config gateway.toml"),
    ),
    Command(
        "blocklist export",
        Text(
            "写出签名的名单，用 U 盘带给离线的终端。",
            "Write the signed list, for a USB stick to a terminal that is offline.",
        ),
        _export,
        lazy("zhendao.gateway.blocklist.commands:export_command"),
        same("zhendao-gateway blocklist export --out blocklist.zdb --config gateway.toml"),
    ),
)
