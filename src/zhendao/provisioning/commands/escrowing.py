"""`zhendao-provision escrow request`, `approve`, `accept`, `open`: the office's key, made and used at the office."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options

if TYPE_CHECKING:
    import argparse


def _office(parser: Parser) -> None:
    parser.option("folder", metavar="OFFICE", type=Path, text=Text("密码管理部门自己的目录", "the office's folder"))


def _request_arguments(parser: Parser) -> None:
    _office(parser)
    parser.option("--out", required=True, metavar="FILE", type=Path, text=Text("请求写入的文件", "request file"))
    parser.option("--name", default="escrow", metavar="NAME", text=Text("证书上的名称", "name on the certificate"))
    parser.option("--suite", choices=("sm", "intl"), default="sm", text=Text("密码套件，缺省 sm", "suite, default sm"))
    options.with_passphrase(parser)


def _request(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.suite import suite_by_name  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning import escrow, passphrase  # noqa: PLC0415 - as above
    from zhendao.provisioning.folders import write_file  # noqa: PLC0415 - as above

    words = passphrase.find(arguments.passphrase_file, language, new=True)
    suite = suite_by_name(arguments.suite)
    data, code = escrow.request(arguments.folder, suite, arguments.name, words, int(time.time()))
    write_file(arguments.out, data)
    if arguments.json:
        emit_json({"folder": str(arguments.folder), "code": code, "request": str(arguments.out)})
    else:
        line(
            Text(
                f"托管密钥已生成于 {arguments.folder}，不要交给任何人\n请求：{arguments.out}\n"
                f"请求码 {code}（请电话核对）",
                f"the escrow's key is in {arguments.folder}: give it to nobody\nrequest: {arguments.out}\n"
                f"request code {code} (to be compared by telephone)",
            ).in_(language)
        )
    return 0


def _approve_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option("--request", required=True, metavar="FILE", type=Path, text=Text("请求文件", "the office's request"))
    parser.option("--code", required=True, metavar="CODE", text=Text("电话核对过的请求码", "as the office says it"))
    parser.option("--out", required=True, metavar="FILE", type=Path, text=Text("证书写入的文件", "certificate file"))
    options.with_passphrase(parser)


def _approve(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning import escrow  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.authority import certificate_pem  # noqa: PLC0415 - as above
    from zhendao.provisioning.folders import write_file  # noqa: PLC0415 - as above

    authority = options.opened(arguments, language)
    certificate = escrow.approve(authority, escrow.read_request(arguments.request), arguments.code, int(time.time()))
    write_file(arguments.out, certificate_pem(certificate.der))
    if arguments.json:
        emit_json({"certificate": certificate.id.hex(), "out": str(arguments.out)})
    else:
        line(
            Text(
                f"已签发托管证书：{arguments.out}\n接着运行：terminal renew --all，gateway update",
                f"the escrow's certificate: {arguments.out}\nNext: terminal renew --all, gateway update.",
            ).in_(language)
        )
    return 0


def _accept_arguments(parser: Parser) -> None:
    _office(parser)
    for name, text in (
        ("--certificate", Text("机构签发的证书", "the certificate that came")),
        ("--root", Text("根证书", "the root certificate")),
        ("--issuing", Text("签发机构证书", "the issuing certificate")),
    ):
        parser.option(name, required=True, metavar="CRT", type=Path, text=text)
    options.with_passphrase(parser)


def _accept(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.chain import TrustStore  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning import escrow, passphrase  # noqa: PLC0415 - as above

    certificate, root, issuing = (
        escrow.certificate_in(path).der for path in (arguments.certificate, arguments.root, arguments.issuing)
    )
    words = passphrase.find(arguments.passphrase_file, language)
    kept = escrow.accept(arguments.folder, certificate, TrustStore([root], [issuing]), words, int(time.time()))
    if arguments.json:
        emit_json({"certificate": kept.id.hex(), "tenant": kept.tenant})
    else:
        line(
            Text(
                f"证书与托管密钥相符（租户 {kept.tenant}），已保存",
                f"the certificate fits the key (tenant {kept.tenant})",
            ).in_(language)
        )
    return 0


def _open_arguments(parser: Parser) -> None:
    _office(parser)
    parser.option("--database", required=True, metavar="FILE", type=Path,
                  text=Text("网关数据库的副本", "a copy of the gateway's database"))  # fmt: skip
    parser.option("--out", required=True, metavar="DIR", type=Path,
                  text=Text("写入的新目录", "new folder to write into"))  # fmt: skip
    options.with_passphrase(parser)


def _open(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning import audit, escrow, opening, passphrase  # noqa: PLC0415 - help must load no libraries

    words = passphrase.find(arguments.passphrase_file, language)
    key = escrow.own_key(arguments.folder, words)
    # Before anything is opened: there is no looking at a city's people that the office's diary does not hold.
    now_s = int(time.time())
    audit.append(arguments.folder, "escrow open", now_s, database=str(arguments.database), out=str(arguments.out))
    told = opening.open_store(arguments.database, key, arguments.out)
    opened, left = sum(told.opened.values()), sum(told.left.values())
    if arguments.json:
        emit_json({"opened": told.opened, "left": told.left})
    else:
        line(
            Text(
                f"已打开 {opened} 项，写入 {arguments.out}；打不开 {left} 项",
                f"{opened} fields opened into {arguments.out}; {left} could not be",
            ).in_(language)
        )
    return 1 if left else 0


COMMANDS = (
    Command(
        "escrow request",
        Text("（密码管理部门）生成托管密钥并写出请求", "(the office) make the escrow's key, and write a request"),
        _request_arguments,
        _request,
        Text(
            "zhendao-provision escrow request 托管 --out 托管请求.cbor --name 市密码管理局",
            "zhendao-provision escrow request office --out escrow-request.cbor --name 'cryptography office'",
        ),
    ),
    Command(
        "escrow approve",
        Text("（发证机构）为托管密钥签发证书", "(the authority) certify the escrow's key"),
        _approve_arguments,
        _approve,
        Text(
            "zhendao-provision escrow approve 机构 --request 托管请求.cbor --code 12345-6789a-bcdef --out 托管.crt",
            "zhendao-provision escrow approve authority --request escrow-request.cbor --code 12345-6789a-bcdef "
            "--out escrow.crt",
        ),
    ),
    Command(
        "escrow accept",
        Text("（密码管理部门）核对并保存证书", "(the office) see that the certificate is for its key, and keep it"),
        _accept_arguments,
        _accept,
        Text(
            "zhendao-provision escrow accept 托管 --certificate 托管.crt --root root.crt --issuing issuing.crt",
            "zhendao-provision escrow accept office --certificate escrow.crt --root root.crt --issuing issuing.crt",
        ),
    ),
    Command(
        "escrow open",
        Text(
            "（密码管理部门）只凭托管密钥与数据库副本，打开其中全部加密数据；打不开的计数，退出码 1。",
            "(the office) open all that is sealed in a gateway's database with the escrow's key alone; what cannot be "
            "opened is counted, with exit code 1.",
        ),
        _open_arguments,
        _open,
        Text(
            "zhendao-provision escrow open 托管 --database gateway.db --out 已打开",
            "zhendao-provision escrow open office --database gateway.db --out opened",
        ),
    ),
)
