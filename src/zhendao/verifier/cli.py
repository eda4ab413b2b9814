"""`zhendao-verify`: checks what a terminal signed, offline, with a root certificate and nothing else.

Exit code 0: everything holds; 1: something does not, and is named; 2: wrong use.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser, Program, lazy
from zhendao.command.run import run
from zhendao.protocol.errors import CertificateError, ProtocolError
from zhendao.protocol.limits import MAX_BATCH_BYTES
from zhendao.protocol.wording import Language, Text, same
from zhendao.verifier.errors import UnreadableFileError

if TYPE_CHECKING:
    import argparse

    from zhendao.protocol.chain import TrustStore
    from zhendao.protocol.revocation import Revocations
    from zhendao.verifier.examination import Examination

_CERTIFICATE_FILE_BYTES = 16_384
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

    trust, revoked = _trust(arguments), _revoked(arguments)
    terminal = None if arguments.terminal is None else _certificate(arguments.terminal)
    found = examine(_read(arguments.file, MAX_BATCH_BYTES), trust, terminal, _moment(arguments.at), revoked)
    _print(found, language, as_json=arguments.json)
    return 0 if found.holds else 1


def verify_journal_file(arguments: argparse.Namespace, language: Language) -> int:
    """Examine a journal in a file; print a row for each epoch and return 0 if all hold, else 1."""
    from zhendao.protocol.carried import unpack  # noqa: PLC0415 - not needed for help
    from zhendao.verifier.carried_journal import Examiner  # noqa: PLC0415 - as above

    terminal = None if arguments.terminal is None else _certificate(arguments.terminal)
    found = Examiner(_trust(arguments), terminal, _moment(arguments.at), _revoked(arguments))
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

    data = _read(arguments.file, STATEMENT_BYTES)
    at_s = None if arguments.at is None else _moment(arguments.at)
    found = examine_acceptance(data, _trust(arguments), at_s, arguments.check, _revoked(arguments))
    examination = Examination(tuple(found), None)
    if arguments.json:
        _print(examination, language, as_json=True)
    else:
        for one in found:
            line(f"{'✓' if one.holds else '✗'} {one.text.in_(language)}")
        line(f"· {_NOT_PROVED_OF_A_SITE.in_(language)}")
    return 0 if examination.holds else 1


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


def _trust(arguments: argparse.Namespace) -> TrustStore:
    from zhendao.protocol.chain import TrustStore  # noqa: PLC0415 - loads OpenSSL's own bindings

    root = _certificate(arguments.root)
    try:
        TrustStore([root])
    except CertificateError as error:
        raise UnreadableFileError(arguments.root, error.detail) from error
    issuing = []
    for path in arguments.issuing:
        issuing.append(_certificate(path))
        try:
            TrustStore([root], issuing)
        except CertificateError as error:
            raise UnreadableFileError(path, error.detail) from error
    return TrustStore([root], issuing)


def _revoked(arguments: argparse.Namespace) -> Revocations | None:
    """Return what the lists say that were given; each must be signed by an authority of this root."""
    from zhendao.protocol.certificates import Certificate  # noqa: PLC0415 - not needed for help
    from zhendao.protocol.revocation import LIST_BYTES, Revocations, open_list  # noqa: PLC0415 - as above

    trust = _trust(arguments)
    issuing = [Certificate.parse(_certificate(path)) for path in arguments.issuing]
    lists = []
    for path in arguments.revoked:
        try:
            lists.append(open_list(_read(path, LIST_BYTES)))
            Revocations(trust, issuing, lists)
        except ProtocolError as error:
            raise UnreadableFileError(path, error.detail) from error
    return Revocations(trust, issuing, lists) if lists else None


def _print(found: Examination, language: Language, *, as_json: bool) -> None:
    if as_json:
        steps = [{"step": one.step, "holds": one.holds, "text": one.text.in_(language)} for one in found.findings]
        emit_json({"holds": found.holds, "steps": steps})
        return
    for one in found.findings:
        line(f"{'✓' if one.holds else '✗'} {one.text.in_(language)}")
    if found.holds:
        line(f"· {_NOT_PROVED.in_(language)}")


def _moment(said: str | None) -> int:
    if said is None:
        return int(datetime.now(UTC).timestamp())
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise UsageError(
            Text(f"--at：不是时刻：{said}", f"--at: not a moment: {said}"),
            Text("例如 2026-11-22T09:00:00+08:00", "such as 2026-11-22T09:00:00+08:00"),
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _certificate(path: Path) -> bytes:
    from asn1crypto import pem  # noqa: PLC0415 - not needed for help

    data = _read(path, _CERTIFICATE_FILE_BYTES)
    if not pem.detect(data):
        return data
    try:
        return bytes(pem.unarmor(data)[2])
    except ValueError as error:
        raise UnreadableFileError(path, str(error)) from error


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from error
    if len(data) > most:
        raise UnreadableFileError(path, f"> {most} bytes")
    return data


PROGRAM = Program(
    "zhendao-verify",
    Text(
        "核验终端签署的事实：只需根证书，无需联网",
        "Check what a terminal signed, with a root certificate alone and no network.",
    ),
    (
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
    Text(
        "zhendao-verify batch visit.zdb --root root.crt --issuing issuing.crt",
        "zhendao-verify batch visit.zdb --root root.crt --issuing issuing.crt",
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Run `zhendao-verify`; return its exit code."""
    return run(PROGRAM, argv)
