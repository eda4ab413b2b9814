"""`zhendao-verify`: checks what a terminal signed, offline, with a root certificate and nothing else.

Exit code 0: everything holds; 1: something does not, and is named; 2: wrong use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser, Program, lazy
from zhendao.command.run import run
from zhendao.protocol.limits import MAX_BATCH_BYTES
from zhendao.protocol.wording import Language, Text, same
from zhendao.verifier import given
from zhendao.verifier.bundle import command_line as bundle
from zhendao.verifier.errors import UnreadableFileError

if TYPE_CHECKING:
    import argparse

    from zhendao.verifier.examination import Examination

_NOT_PROVED = Text(
    "未证明：事件的内容（已加密封存）；持卡者是否为本人（卡可转借）",
    "not proved: what the events say (they are sealed); that the holder of a card is its owner (a card can be lent)",
)


def _batch_arguments(parser: Parser) -> None:
    parser.option("file", metavar="FILE", text=Text("要核验的文件", "the file to check"), type=Path)
    parser.option("--root", text=Text("根证书", "the root certificate"), metavar="CRT", type=Path, required=True)
    parser.option(
        "--issuing",
        text=Text("签发机构证书，可多次给出（含已轮换的）", "the issuing certificate; may be repeated, for older ones"),
        metavar="CRT",
        type=Path,
        required=True,
        action="append",
    )
    parser.option(
        "--revoked",
        text=Text("吊销列表，可多次给出", "a revocation list; may be repeated"),
        metavar="LIST",
        type=Path,
        action="append",
        default=[],
    )
    parser.option(
        "--terminal",
        text=Text("终端证书（批次未携带时）", "the terminal's certificate, for a batch that does not carry it"),
        metavar="CRT",
        type=Path,
    )
    parser.option(
        "--at",
        metavar="WHEN",
        text=Text(
            "证书应有效的时刻（ISO 8601），缺省为现在", "when the certificate must be valid (ISO 8601), default now"
        ),
    )


def verify_batch_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine a batch in a file; print each step and return 0 if all hold, else 1."""
    from zhendao.verifier.examination import examine  # noqa: PLC0415 - loads OpenSSL's own bindings

    trust, revoked = given.trust(arguments), given.revoked(arguments)
    terminal = None if arguments.terminal is None else given.certificate(arguments.terminal)
    found = examine(given.read(arguments.file, MAX_BATCH_BYTES), trust, terminal, given.moment(arguments.at), revoked)
    _print(found, language, as_json=arguments.json)
    return 0 if found.holds else 1


def verify_journal_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine a journal in a file; print a row for each epoch and return 0 if all hold, else 1."""
    from zhendao.protocol.carried import unpack  # noqa: PLC0415 - not needed for help
    from zhendao.verifier.carried_journal import Examiner  # noqa: PLC0415 - as above

    terminal = None if arguments.terminal is None else given.certificate(arguments.terminal)
    found = Examiner(given.trust(arguments), terminal, given.moment(arguments.at), given.revoked(arguments))
    try:
        with arguments.file.open("rb") as file:
            found.take(unpack(file.read))
    except OSError as error:
        raise UnreadableFileError(arguments.file, error.strerror or str(error)) from error
    epochs = list(found.epochs.values())
    if arguments.json:
        rows = [
            {
                "device": one.device.hex(),
                "epoch": one.epoch.hex(),
                "first": one.first,
                "last": one.last,
                "events": one.events,
                "holes": one.holes,
                "broken": one.broken,
            }
            for one in epochs
        ]
        emit_json({"holds": found.holds, "epochs": rows, "unreadable": found.unreadable})
        return 0 if found.holds else 1
    table(
        [one.in_(language) for one in _COLUMNS],
        [
            [
                *(one.device.hex()[:8], one.epoch.hex()[:8], one.first, one.last, one.events),
                *(" ".join(f"{first}-{last}" for first, last in one.holes), "✗" if one.broken else "✓"),
            ]
            for one in epochs
        ],
    )
    for name, detail in [*((f"{one.epoch.hex()[:8]} {seq}", why) for one in epochs for seq, why in one.broken)][:20]:
        line(f"✗ {name}: {detail}")
    for detail in found.unreadable[:20]:
        line(f"✗ {detail}")
    line(f"· {_NOT_PROVED.in_(language)}")
    return 0 if found.holds else 1


def _acceptance_arguments(parser: Parser) -> None:
    _batch_arguments(parser)
    parser.option(
        "--check",
        metavar="VALUE",
        text=Text("纸面上的校验值（32 位十六进制）", "the check value on the paper, 32 hex digits"),
    )


def verify_acceptance_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine a certificate of acceptance; print each step and return 0 if all hold, else 1."""
    from zhendao.protocol.statement import STATEMENT_BYTES  # noqa: PLC0415 - not needed for help
    from zhendao.verifier.accepted import examine_acceptance  # noqa: PLC0415 - as above
    from zhendao.verifier.examination import Examination  # noqa: PLC0415 - as above

    data = given.read(arguments.file, STATEMENT_BYTES)
    at_s = None if arguments.at is None else given.moment(arguments.at)
    found = examine_acceptance(data, given.trust(arguments), at_s, arguments.check, given.revoked(arguments))
    examination = Examination(tuple(found), None)
    if arguments.json:
        _print(examination, language, as_json=True)
    else:
        for one in found:
            line(f"{'✓' if one.holds else '✗'} {one.text.in_(language)}")
        line(f"· {_NOT_PROVED_OF_A_SITE.in_(language)}")
    return 0 if examination.holds else 1


def _webhook_arguments(parser: Parser) -> None:
    _batch_arguments(parser)
    parser.option(
        "--headers",
        metavar="FILE",
        text=Text("收到的 HTTP 头，每行一个“名称: 值”", "the HTTP headers as received, a line `Name: value` for each"),
        type=Path,
        required=True,
    )
    parser.option(
        "--gateway", metavar="CRT", text=Text("网关的签名证书", "the gateway's certificate"), type=Path, required=True
    )


def verify_webhook_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine a webhook's body and headers; print each step and return 0 if all hold, else 1."""
    from zhendao.protocol.webhook import BODY_BYTES, RECORDS_BYTES  # noqa: PLC0415 - not needed for help
    from zhendao.verifier.examination import Examination  # noqa: PLC0415 - as above
    from zhendao.verifier.webhook import examine_webhook, headers_in  # noqa: PLC0415 - as above

    headers = headers_in(arguments.headers, given.read(arguments.headers, BODY_BYTES))
    body, at_s = given.read(arguments.file, RECORDS_BYTES), given.moment(arguments.at)
    gateway, revoked = given.certificate(arguments.gateway), given.revoked(arguments)
    found = examine_webhook(body, headers, gateway, given.trust(arguments), at_s, revoked)
    _print(Examination(tuple(found), None), language, as_json=arguments.json, unproved=None)
    return 0 if all(one.holds for one in found) else 1


_NOT_PROVED_OF_A_SITE = Text(
    "未证明：谁住在那里、工程师所写的地点编号属实（由机构会签负责）",
    "not proved: who lives there, and that the place is the one named (the countersignature vouches for it)",
)
_COLUMNS = (
    Text("终端", "terminal"),
    Text("纪元", "epoch"),
    Text("首条", "first"),
    Text("末条", "last"),
    Text("条数", "events"),
    Text("缺号", "missing"),
    Text("成立", "holds"),
)


def _print(found: Examination, language: Language, *, as_json: bool, unproved: Text | None = _NOT_PROVED) -> None:
    if as_json:
        steps = [{"step": one.step, "holds": one.holds, "text": one.text.in_(language)} for one in found.findings]
        emit_json({"holds": found.holds, "steps": steps})
        return
    for one in found.findings:
        line(f"{'✓' if one.holds else '✗'} {one.text.in_(language)}")
    if found.holds and unproved is not None:
        line(f"· {unproved.in_(language)}")


PROGRAM = Program(
    "zhendao-verify",
    Text(
        "核验终端签署的事实：只需根证书，无需联网",
        "Check what a terminal signed, with a root certificate alone and no network.",
    ),
    (
        *bundle.COMMANDS,
        Command(
            "batch",
            Text(
                "核验一个上传批次：格式、证书、签名、次序",
                "check a batch: form, certificate, signatures, order",
            ),
            _batch_arguments,
            lazy("zhendao.verifier.cli:verify_batch_file"),
            same(
                "zhendao-verify batch check.zdb --root root.crt --issuing issuing.crt\n"
                "zhendao-verify batch check.zdb --root root.crt --issuing issuing.crt --at 2026-11-22T09:00:00+08:00\n"
                "zhendao-verify batch check.zdb --root root.crt --issuing issuing.crt --revoked revoked.cbor"
            ),
        ),
        Command(
            "journal",
            Text(
                "核验导出的日志：每条的签名、次序与缺号",
                "check an exported journal: each signature, the order, and what is missing",
            ),
            _batch_arguments,
            lazy("zhendao.verifier.cli:verify_journal_file"),
            same("zhendao-verify journal journal.zdj --root root.crt --issuing issuing.crt"),
        ),
        Command(
            "webhook",
            Text(
                "核验一条网关消息（webhook）：证书、签名、时刻",
                "check a message of the gateway over HTTP (a webhook): certificate, signature, moment",
            ),
            _webhook_arguments,
            lazy("zhendao.verifier.cli:verify_webhook_file"),
            same(
                "zhendao-verify webhook body.json --headers headers.txt --gateway gateway.crt "
                "--root root.crt --issuing issuing.crt"
            ),
        ),
        Command(
            "acceptance",
            Text(
                "核验安装验收证书：签名、测量与自检、位置、与纸面是否一致",
                "check a certificate of acceptance: signatures, survey and self-test, position, and the paper",
            ),
            _acceptance_arguments,
            lazy("zhendao.verifier.cli:verify_acceptance_file"),
            same("zhendao-verify acceptance acceptance.json --root root.crt --issuing issuing.crt --check VALUE"),
        ),
    ),
    same(
        "zhendao-verify visit.zde --root root.crt\nzhendao-verify batch visit.zdb --root root.crt --issuing issuing.crt"
    ),
)


def _is_evidence(said: str) -> bool:
    return not said.startswith("-") and (Path(said).suffix == bundle.SUFFIX or Path(said).is_file())


def main(argv: list[str] | None = None) -> int:
    """Run `zhendao-verify`; return its exit code. A file where a command is expected is one of evidence."""
    said = sys.argv[1:] if argv is None else argv
    names = {one.name for one in PROGRAM.commands}
    if not names.intersection(said) and any(_is_evidence(one) for one in said):
        said = [bundle.EVIDENCE, *said]
    return run(PROGRAM, said)
