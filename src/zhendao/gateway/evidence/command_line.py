"""What `zhendao-gateway evidence` and `log` understand; what they do is loaded when it is asked for."""

import argparse
import re
from pathlib import Path

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _id(text: str) -> bytes:
    if not re.fullmatch("[0-9a-fA-F]{32}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: not 32 hexadecimal digits")
    return bytes.fromhex(text)


def _evidence(parser: Parser) -> None:
    parser.option("--visit", text=Text("上门编号（32 位十六进制）", "id of the visit, 32 hex digits"), type=_id,
                  required=True, metavar="ID")  # fmt: skip
    parser.option("--out", text=Text("写入的文件（不得已存在）", "file to write, which must not be there yet"),
                  type=Path, required=True, metavar="FILE")  # fmt: skip
    _config(parser)


def _log(parser: Parser) -> None:
    parser.option(
        "--out",
        text=Text("追加到该文件，缺省为 data_dir 中的", "append to this file, default that in data_dir"),
        type=Path,
        metavar="FILE",
    )
    _config(parser)


COMMANDS = (
    Command(
        "evidence",
        Text(
            "把一次上门的全部证据写入一个文件：终端签署的原始事实、证书、登记摘录、结论与更正、日志中的位置。"
            "任何人凭该文件与根证书即可核验（zhendao-verify FILE）。",
            "Write all that is known of one visit into a file: what terminals signed, certificates, extracts of the "
            "registry, conclusions and corrections, their places in the log. Anybody can check it with the root "
            "certificate alone (zhendao-verify FILE).",
        ),
        _evidence,
        lazy("zhendao.gateway.evidence.commands:evidence_command"),
        same(
            "zhendao-gateway evidence --visit 5f0e…(32) --out visit.zde --config gateway.toml\n"
            "zhendao-verify visit.zde --root root.crt"
        ),
    ),
    Command(
        "log head",
        Text(
            "签署日志头并写入留存文件（运行中的网关每小时自行完成）；把该文件交给第三方保存。",
            "Sign the head of the log and write it to the file that others keep (a running gateway does it each hour).",
        ),
        _log,
        lazy("zhendao.gateway.evidence.commands:log_head_command"),
        same("zhendao-gateway log head --out /mnt/notary/log-heads.jsonl --config gateway.toml"),
    ),
)
