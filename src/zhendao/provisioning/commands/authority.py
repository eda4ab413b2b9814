"""`zhendao-provision init`: found an authority."""

import argparse
import time
from dataclasses import replace
from pathlib import Path

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options


def _arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--tenant",
        metavar="T",
        text=Text("租户名：小写字母、数字、-；有 --under 时不需要", "tenant: a-z, 0-9 and -; not with --under"),
    )
    parser.option(
        "--under",
        metavar="ROOT",
        type=Path,
        text=Text(
            "已有根的目录：在其下再建一个签发机构", "folder of a root that is there: found another authority below it"
        ),
    )
    parser.option(
        "--name",
        metavar="NAME",
        default="issuing",
        text=Text("签发机构的名称（如城市或单位），同一根下不得重复", "name of the issuing authority, such as a city"),
    )
    options.with_root(parser)
    parser.option(
        "--suite",
        choices=("sm", "intl"),
        default="sm",
        text=Text("密码套件，缺省 sm（国密）", "cryptographic suite, default sm"),
    )
    parser.option(
        "--host",
        action="append",
        default=[],
        metavar="NAME",
        text=Text(
            "MQTT 服务器对外的主机名或地址，可多次给出",
            "name or address by which the broker is reached; may be repeated",
        ),
    )
    options.with_passphrase(parser)


def _run(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.suite import suite_by_name  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.founding import Above, found  # noqa: PLC0415 - as above
    from zhendao.provisioning.passphrase import find  # noqa: PLC0415 - as above
    from zhendao.provisioning.roots import open_root  # noqa: PLC0415 - as above

    if (arguments.tenant is None) == (arguments.under is None):
        raise UsageError(Text("请给出 --tenant 或 --under 之一", "give either --tenant or --under"))
    words = find(arguments.passphrase_file, language, new=True)
    suite, tenant, above = suite_by_name(arguments.suite), arguments.tenant, Above(None, arguments.root_folder)
    if arguments.under is not None:
        root_words = words
        if arguments.root_passphrase_file is not None:
            root_words = find(arguments.root_passphrase_file, language)
        root = open_root(arguments.under, root_words)
        suite, tenant, above = root.certificate.suite, root.certificate.tenant, Above(root)
    above = replace(above, name=arguments.name)
    made = found(arguments.folder, tenant, words, suite, tuple(arguments.host), int(time.time()), above)
    place = arguments.under or arguments.root_folder or made.folder / "root"
    if arguments.json:
        emit_json(
            {"folder": str(made.folder), "tenant": made.tenant, "suite": made.suite.name, "root": made.root.id.hex()}
        )
    else:
        line(
            Text(
                f"已建立发证机构：{made.folder}（租户 {made.tenant}，套件 {made.suite.name}）\n"
                f"根证书：{made.root.id.hex()}\n请把 {place} 移到离线介质（日常不需要），"
                f"备份 {made.folder}，口令另存。",
                f"authority founded: {made.folder} (tenant {made.tenant}, suite {made.suite.name})\n"
                f"root certificate: {made.root.id.hex()}\n"
                f"Move {place} to a stick in a safe (nothing daily needs it), keep a copy of {made.folder}, "
                "and the passphrase somewhere else.",
            ).in_(language)
        )
    return 0


_ON = ("device", "holder", "token_id", "certificate", "what", "invitation", "folder", "file", "tenant")
"""What an act was done to: the first of these facts that its line has."""


def _audit(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning import audit  # noqa: PLC0415 - help must not load more than it shows

    entries, broken = audit.read(arguments.folder), audit.check(arguments.folder)
    if arguments.json:
        emit_json({"entries": entries, "first_broken_line": broken})
    else:
        rows = [
            [one.get("at"), one.get("act"), one.get("by"), next((one[name] for name in _ON if one.get(name)), None)]
            for one in entries
        ]
        table(Text("时间,操作,操作人,对象", "when,act,by,what").in_(language).split(","), rows)
        verdict = (
            Text("日志完好：每一行都接着上一行", "the diary is whole: each line follows from the one before")
            if broken is None
            else Text(
                f"第 {broken} 行不接上一行：日志被改动过", f"line {broken} does not follow: the diary was changed"
            )
        )
        line(verdict.in_(language))
    return 0 if broken is None else 1


COMMANDS = (
    Command(
        "init",
        Text(
            "建立发证机构：根、签发、令牌、网关、托管密钥与 TLS 证书", "found an authority: all keys and certificates"
        ),
        _arguments,
        _run,
        Text(
            "zhendao-provision init 机构 --tenant xuhui --host mqtt.example.org",
            "zhendao-provision init authority --tenant xuhui --host mqtt.example.org",
        ),
    ),
    Command(
        "audit",
        Text(
            "列出机构做过的每件事，并检查日志是否被改动",
            "list what the authority did, and see whether the list is whole",
        ),
        options.authority,
        _audit,
        Text("zhendao-provision audit 机构", "zhendao-provision audit authority"),
    ),
)
