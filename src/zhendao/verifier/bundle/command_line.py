"""What `zhendao-verify FILE` and `heads` understand; what they do is loaded when it is asked for."""

from pathlib import Path

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same

EVIDENCE = "evidence"


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
        text=Text("他处留存的日志头（JSONL）", "heads of the log that somebody else kept (JSONL)"),
        metavar="FILE",
        type=Path,
    )


def _heads_arguments(parser: Parser) -> None:
    parser.option("file", metavar="FILE", text=Text("日志头文件（JSONL）", "the file of heads (JSONL)"), type=Path)
    parser.option("--root", text=Text("根证书", "the root certificate"), metavar="CRT", type=Path, required=True)


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
            "zhendao-verify visit.zde --root root.crt --heads log-heads.jsonl"
        ),
    ),
    Command(
        "heads",
        Text(
            "核验留存的网关日志头：签名，且逐一相接",
            "check heads of a gateway's log that were kept: signatures, and each goes on from the one before",
        ),
        _heads_arguments,
        lazy("zhendao.verifier.bundle.commands:heads_file"),
        same("zhendao-verify heads log-heads.jsonl --root root.crt"),
    ),
)
