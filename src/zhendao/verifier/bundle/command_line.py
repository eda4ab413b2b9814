"""What `zhendao-verify FILE`, `heads` and `receipt` understand; what they do is loaded when it is asked for."""

from pathlib import Path

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same

EVIDENCE = "evidence"
SUFFIX = ".zde"
"""By which a file of evidence is known where a command could stand."""


def _evidence_arguments(parser: Parser) -> None:
    parser.option("file", metavar="FILE", text=Text("证据文件", "the file of evidence"), type=Path)
    parser.option("--root", text=Text("根证书", "the root certificate"), metavar="CRT", type=Path, required=True)
    parser.option(
        "--revoked",
        text=Text("另有的吊销列表，可多次给出", "a revocation list beside those in the file; may be repeated"),
        metavar="LIST",
        type=Path,
        action="append",
        default=[],
    )
    parser.option(
        "--heads",
        text=Text(
            "他处留存的日志头（JSONL），可多次给出；可再加网关自己的文件以补上其间的",
            "heads of the log that others kept (JSONL); may be repeated, with the gateway's own for those between",
        ),
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
    )
    parser.option("--page", text=Text("另写一页 PDF", "write one page of PDF as well"), metavar="PDF", type=Path)


def _heads_arguments(parser: Parser) -> None:
    parser.option(
        "file",
        metavar="FILE",
        text=Text(
            "日志头文件（JSONL）；多份则一并比对", "a file of heads (JSONL); several are held against each other"
        ),
        type=Path,
        nargs="+",
    )
    parser.option("--root", text=Text("根证书", "the root certificate"), metavar="CRT", type=Path, required=True)


def _receipt_arguments(parser: Parser) -> None:
    parser.option("code", metavar="CODE", text=Text("回执号，六位数字", "the receipt, six digits"))
    parser.option("--terminal", metavar="HEX", text=Text("终端编号（32 位十六进制）", "the terminal, 32 hex digits"))
    parser.option("--date", metavar="DAY", text=Text("哪一天，如 2026-11-23", "the day, such as 2026-11-23"))
    parser.option("--url", metavar="URL", text=Text("网关地址", "the gateway"))
    parser.option("--ca", metavar="FILE", text=Text("网关证书的签发机构", "authority of the gateway"), type=Path)
    parser.option(
        "--journal", metavar="FILE", text=Text("导出的日志（无需联网）", "an exported journal; no network"), type=Path
    )


COMMANDS = (
    Command(
        EVIDENCE,
        Text(
            "核验一次上门的证据文件（可省去本词）：终端签名、时间、更正、日志，只需根证书",
            "check evidence of a visit (this word may be left out): signatures, times, corrections, log",
        ),
        _evidence_arguments,
        lazy("zhendao.verifier.bundle.commands:evidence_file"),
        same(
            "zhendao-verify evidence visit.zde --root root.crt\n"
            "zhendao-verify visit.zde --root root.crt --heads log-heads.jsonl --page visit.pdf"
        ),
    ),
    Command(
        "heads",
        Text(
            "核验留存的网关日志头：签名，且逐一相接；不同人留存的须属于同一历史",
            "check heads of a gateway's log that were kept: signatures, and each goes on from the one before; "
            "what several people kept must be one history",
        ),
        _heads_arguments,
        lazy("zhendao.verifier.bundle.commands:heads_file"),
        same(
            "zhendao-verify heads log-heads.jsonl --root root.crt\n"
            "zhendao-verify heads office.jsonl platform.jsonl --root root.crt"
        ),
    ),
    Command(
        "receipt",
        Text(
            "凭打卡时的六位回执号，查询是否已记录、已送达、已被平台接收",
            "find out by the six digits of a tap whether it was recorded, sent, accepted",
        ),
        _receipt_arguments,
        lazy("zhendao.verifier.receipt:receipt_command"),
        same(
            "zhendao-verify receipt 482913 --terminal 5e5e… --date 2026-11-23 --url https://gateway.example\n"
            "zhendao-verify receipt 482913 --journal journal.zdj"
        ),
    ),
)
