"""`zhendao-provision site …`: the survey of a home, its acceptance, and its certificate."""

import argparse
import re
import time
from pathlib import Path

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options
from zhendao.provisioning.commands.surveying import SURVEY


def _accept_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--selftest",
        required=True,
        type=Path,
        metavar="FILE",
        text=Text("终端的自检记录（zhendao-device selftest --out）", "the record of zhendao-device selftest --out"),
    )
    parser.option(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        text=Text("待终端签名的证书", "certificate for the terminal to sign"),
    )
    parser.option(
        "--despite-failures",
        action="store_true",
        text=Text(
            "自检有未通过项也验收，并写入备注", "accept though parts of the self-test failed; they stand in the remarks"
        ),
    )


def _accept(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.folders import write_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.site import acceptance, shelf  # noqa: PLC0415 - as above

    now_s = int(time.time())
    authority = Authority.open(arguments.folder)
    tested = acceptance.statement(arguments.selftest, "self-test")
    device = acceptance.check_terminal(authority, tested, now_s)
    failed = acceptance.failures(tested)
    if failed and not arguments.despite_failures:
        first = failed[0]
        raise acceptance.SiteError(
            Text(f"自检未通过：{first['what']['zh']}", f"the self-test is not passed: {first['what']['en']}"),
            Text(f"{first['cure']['zh']}；再测一次", f"{first['cure']['en']}; then test again")
            if first["cure"]
            else None,
        )
    site = shelf.known(authority, device)
    record = acceptance.statement(shelf.folder_of(authority, device) / shelf.SURVEY, "survey")
    made = acceptance.draft(site, record, tested, authority.tenant, now_s * 1000)
    write_file(arguments.out, made.encode())
    authority.note("site accept", now_s, device=device, place=site["place"], outcome=made.facts["outcome"])
    remarks = made.facts["remarks"]
    if arguments.json:
        emit_json({"device": device, "outcome": made.facts["outcome"], "remarks": remarks, "out": str(arguments.out)})
        return 0
    for one in remarks:
        line(f"! {Text(one['zh'], one['en']).in_(language)}")
    line(
        Text(
            f"待签证书 {arguments.out}：请在终端上运行 zhendao-device accept --draft …",
            f"{arguments.out} waits for the terminal: zhendao-device accept --draft …",
        ).in_(language)
    )
    return 0


def _certify_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--signed",
        required=True,
        type=Path,
        metavar="FILE",
        text=Text("终端已签名的证书", "the certificate, signed by the terminal"),
    )
    parser.option(
        "--out", required=True, type=Path, metavar="FILE", text=Text("会签后的证书（JSON）", "the certificate (JSON)")
    )
    parser.option("--pdf", type=Path, metavar="FILE", text=Text("打印件（一页 PDF）", "one page to print (PDF)"))
    parser.option(
        "--url",
        metavar="URL",
        text=Text("二维码改为网址：URL/终端/校验值", "the code on the page leads to URL/terminal/check value"),
    )
    options.with_passphrase(parser)


def _certify(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.folders import write_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.passphrase import find  # noqa: PLC0415 - as above
    from zhendao.provisioning.site import acceptance, certificate_page, shelf  # noqa: PLC0415 - as above

    if arguments.url is not None and not re.fullmatch(r"https?://[!-~]{1,200}", arguments.url):
        raise UsageError(Text("--url：应为 http(s):// 网址", "--url: an address of http(s)://"))
    now_s = int(time.time())
    authority = Authority.open(arguments.folder, find(arguments.passphrase_file, language))
    signed = acceptance.statement(arguments.signed, "acceptance")
    device = acceptance.check_terminal(authority, signed, now_s)
    done = acceptance.certify(authority, signed, shelf.known(authority, device), now_s)
    value = done.check_value()
    page = None if arguments.pdf is None else certificate_page.draw(done, arguments.url)
    write_file(shelf.folder_of(authority, device) / f"acceptance-{value[:16]}.json", done.encode())
    write_file(arguments.out, done.encode())
    if page is not None:
        write_file(arguments.pdf, page)
    authority.note("site certify", now_s, device=device, check_value=value, outcome=done.facts["outcome"])
    if arguments.json:
        pdf = None if arguments.pdf is None else str(arguments.pdf)
        emit_json(
            {
                "device": device,
                "check_value": value,
                "outcome": done.facts["outcome"],
                "out": str(arguments.out),
                "pdf": pdf,
            }
        )
        return 0
    line(
        Text(f"验收证书 {arguments.out}，校验值 {value}", f"certificate {arguments.out}, check value {value}").in_(
            language
        )
    )
    return 0


COMMANDS = (
    SURVEY,
    Command(
        "site accept",
        Text("由测量与自检生成验收证书，交终端签名", "make the certificate of acceptance from survey and self-test"),
        _accept_arguments,
        _accept,
        Text(
            "zhendao-provision site accept 机构 --selftest selftest.json --out draft.json",
            "zhendao-provision site accept authority --selftest selftest.json --out draft.json",
        ),
    ),
    Command(
        "site certify",
        Text(
            "核对终端签名的验收证书，会签，并生成打印件", "check the signed certificate, countersign it, and print it"
        ),
        _certify_arguments,
        _certify,
        Text(
            "zhendao-provision site certify 机构 --signed signed.json --out acceptance.json --pdf acceptance.pdf",
            "zhendao-provision site certify authority --signed signed.json --out acceptance.json --pdf acceptance.pdf",
        ),
    ),
)
