"""`zhendao-provision rotate`, `revoke`, `terminal renew`: new keys for old, and what is believed no longer."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options

_WHAT = (
    "issuing",
    "token-issuer",
    "gateway",
    "gateway-wrap",
    "escrow",
    "tls-ca",
    "tls-broker",
    "tls-gateway",
    "tls-calls",
)
_REASONS = ("retired", "replaced", "stolen", "key-lost", "ceased")


def _rotate_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option("what", choices=_WHAT, metavar="WHAT", text=Text("轮换什么：" + "、".join(_WHAT), ", ".join(_WHAT)))
    parser.option(
        "--signer",
        default="libcrypto",
        metavar="NAME",
        text=Text("新密钥放在何处（signer ls），缺省文件", "where the new key lives (signer ls), default a file"),
    )
    options.with_root(parser)
    options.with_passphrase(parser)


def _rotate(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.rotation import rotate  # noqa: PLC0415 - help must not load cryptography

    authority = options.opened(arguments, language)
    root = options.root_of(arguments, authority, language) if arguments.what == "issuing" else None
    done = rotate(authority, arguments.what, int(time.time()), root, arguments.signer)
    if arguments.json:
        emit_json({"what": done.what, "kept": str(done.kept)})
        return 0
    line(
        Text(
            f"已轮换 {done.what}；旧证书保留在 {done.kept}\n"
            "接着运行：terminal renew --all，gateway update，broker update（见 docs/operations.md）",
            f"rotated {done.what}; the old certificate is kept in {done.kept}\n"
            "Next: terminal renew --all, gateway update, broker update (docs/operations.md).",
        ).in_(language)
    )
    return 0


def _revoke_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--certificate",
        required=True,
        metavar="CRT",
        type=Path,
        text=Text("要吊销的证书文件", "file of the certificate to be revoked"),
    )
    parser.option(
        "--since",
        metavar="WHEN",
        text=Text("自何时起不再可信（ISO 8601），缺省现在", "from when on it is not believed (ISO 8601), default now"),
    )
    parser.option(
        "--reason", choices=_REASONS, default="key-lost", text=Text("原因，缺省 key-lost", "default key-lost")
    )
    options.with_root(parser)
    options.with_passphrase(parser)


def _revoke(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.revocation import Reason  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.authority import read_certificate  # noqa: PLC0415 - as above
    from zhendao.provisioning.revoking import revoke  # noqa: PLC0415 - as above

    authority = options.opened(arguments, language)
    certificate = read_certificate(arguments.certificate.parent, arguments.certificate)
    root = options.root_of(arguments, authority, language) if certificate.role == "issuing" else None
    reason = Reason[arguments.reason.upper().replace("-", "_")]
    now_s = int(time.time())
    made = revoke(authority, certificate, moment(arguments.since, now_s), reason, now_s, root)
    if arguments.json:
        emit_json({"certificate": certificate.id.hex(), "number": made.number, "entries": len(made.entries)})
        return 0
    line(
        Text(
            f"已吊销 {certificate.common_name}；吊销列表第 {made.number} 版，共 {len(made.entries)} 张\n"
            "接着运行：gateway update，broker update",
            f"revoked {certificate.common_name}; list number {made.number}, {len(made.entries)} certificates\n"
            "Next: gateway update, broker update.",
        ).in_(language)
    )
    return 0


def _renew_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--device", metavar="ID", action="append", default=[], text=Text("终端编号，可多次给出", "a terminal")
    )
    parser.option("--all", action="store_true", text=Text("全部在用终端", "every terminal that works"))
    parser.option(
        "--out",
        metavar="FILE",
        type=Path,
        text=Text("另写一份答复到此文件（单台终端）", "also write the answer here (one terminal)"),
    )
    options.with_passphrase(parser)


def _renew(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.folders import write_file  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.rotation import ANSWER_FILE, active, renew  # noqa: PLC0415 - as above

    if arguments.all == bool(arguments.device) or (arguments.out is not None and len(arguments.device) != 1):
        raise UsageError(
            Text("请给出 --all 或 --device；--out 只用于一台终端", "give --all or --device; --out is for one terminal")
        )
    authority = options.opened(arguments, language)
    wanted = set(arguments.device)
    folders = [one for one in active(authority) if arguments.all or one.name in wanted]
    unknown = wanted - {one.name for one in folders}
    if unknown:
        raise UsageError(
            Text(
                f"没有在用的终端 {', '.join(sorted(unknown))}", f"no such terminal in use: {', '.join(sorted(unknown))}"
            )
        )
    made = [renew(authority, one, int(time.time())) for one in folders]
    if arguments.out is not None:
        write_file(arguments.out, (folders[0] / ANSWER_FILE).read_bytes())
    if arguments.json:
        emit_json([{"device": one.device.hex(), "certificate": one.certificate.id.hex()} for one in made])
        return 0
    line(
        Text(
            f"已为 {len(made)} 台终端签发新证书与答复；运行 gateway update 后由网关下发，也可用 U 盘",
            f"new certificates and answers for {len(made)} terminals; gateway update hands them on, or a stick",
        ).in_(language)
    )
    return 0


def moment(said: str | None, now_s: int) -> int:
    """Return a moment as seconds since 1970 UTC; without a zone it is local time. Raises `UsageError`."""
    if said is None:
        return now_s
    try:
        return int(datetime.fromisoformat(said).astimezone(UTC).timestamp())
    except ValueError:
        raise UsageError(
            Text(f"不是时刻：{said}", f"not a moment: {said}"),
            Text("例如 2026-11-22T09:00:00+08:00", "such as 2026-11-22T09:00:00+08:00"),
        ) from None


COMMANDS = (
    Command(
        "rotate",
        Text("换一把密钥：旧的保留，旧证据仍可核验", "a new key for an old one; old evidence goes on being verified"),
        _rotate_arguments,
        _rotate,
        Text(
            "zhendao-provision rotate 机构 gateway\n"
            "zhendao-provision rotate 机构 issuing --root-folder /media/stick/root",
            "zhendao-provision rotate authority gateway\n"
            "zhendao-provision rotate authority issuing --root-folder /media/stick/root",
        ),
    ),
    Command(
        "revoke",
        Text(
            "吊销一张证书：此前的证据有效，此后的无效",
            "believe a certificate no longer; what was signed before still holds",
        ),
        _revoke_arguments,
        _revoke,
        Text(
            "zhendao-provision revoke 机构 --certificate 机构/terminals/编号/terminal.crt --reason stolen",
            "zhendao-provision revoke authority --certificate authority/terminals/ID/terminal.crt --reason stolen",
        ),
    ),
    Command(
        "terminal renew",
        Text("给终端签发新证书与新答复", "give terminals a new certificate and a new answer"),
        _renew_arguments,
        _renew,
        Text("zhendao-provision terminal renew 机构 --all", "zhendao-provision terminal renew authority --all"),
    ),
)
