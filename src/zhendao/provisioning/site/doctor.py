"""The laptop's doctor: this machine, the authority's folder, a reader, a terminal's records. Changes nothing."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

from zhendao.command.findings import Finding, Grade, bad, good, note, of_error
from zhendao.command.paper import find_font
from zhendao.protocol.errors import ProtocolError, ZhendaoError
from zhendao.protocol.statement import STATEMENT_BYTES, of_json, open_statement
from zhendao.protocol.wording import Text
from zhendao.provisioning import audit
from zhendao.provisioning.authority import GATEWAY, Authority
from zhendao.provisioning.folders import read_file
from zhendao.provisioning.passphrase import given
from zhendao.provisioning.site.forms import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zhendao.protocol.certificates import Certificate
    from zhendao.protocol.statement import Statement

_BUILT_S = 1_790_000_000
"""2026-09-21: a clock before this is wrong for certain."""
_SOON_S = 90 * 86_400
_DAY_S = 86_400
_LOW_MIB = 64
_OTHERS = 0o077


def examine(folder: Path | None, port: str | None, records: Sequence[Path], words: Path | None) -> Iterator[Finding]:
    """Yield findings, each as soon as it is known."""
    yield clock(time.time())
    yield _font()
    if folder is not None:
        yield from _authority(folder, words, int(time.time()))
    if port is not None:
        yield _reader(port)
    for path in records:
        yield from _record(path)


def _of(part: str, error: ZhendaoError) -> Finding:
    return bad(part, error.what, error.cure or Text("请核对路径与 U 盘", "check the path and the stick"))


def clock(now_s: float) -> Finding:
    """Judge this machine's clock: what is signed with a wrong one is not valid yet, or no more."""
    if now_s < _BUILT_S:
        return bad(
            "clock",
            Text("本机时钟明显错误", "this machine's clock is wrong for certain"),
            Text("请先校时：timedatectl set-ntp true", "set it right first: timedatectl set-ntp true"),
        )
    day = time.strftime("%Y-%m-%d %H:%M", time.gmtime(now_s))
    return good("clock", f"本机时间 {day} UTC", f"it is {day} UTC here")


def _font() -> Finding:
    try:
        return good("font", f"中文字体 {find_font().name}", f"Chinese font {find_font().name}")
    except ZhendaoError as error:
        return of_error("font", error, Grade.NOTE)


def _authority(folder: Path, words: Path | None, now_s: int) -> Iterator[Finding]:
    try:
        authority = Authority.open(folder, given(words))
        yield good("authority", f"机构 {authority.tenant}", f"authority of {authority.tenant}")
        for part, one in (
            ("issuing", authority.issuing),
            ("token-issuer", authority.token_issuer_certificate),
            ("gateway", authority.certificate(GATEWAY)),
        ):
            yield dates(part, one, now_s)
        yield from _keys(folder)
        yield _diary(folder)
        yield _room(folder)
        if authority.passphrase is not None:
            authority.issuing_key()
            yield good("passphrase", "口令正确", "the passphrase opens the issuing key")
    except ZhendaoError as error:
        yield _of("authority", error)


def dates(part: str, certificate: Certificate, now_s: int) -> Finding:
    """Judge until when a certificate is good."""
    day = time.strftime("%Y-%m-%d", time.gmtime(certificate.not_after_s))
    cure = Text("请轮换它：zhendao-provision rotate", "replace it: zhendao-provision rotate")
    if now_s < certificate.not_before_s:
        what = Text(
            f"{part} 证书尚未生效：本机时钟落后？", f"the {part} certificate is not valid yet: is this clock behind?"
        )
        return bad(part, what, Text("请先校时", "set the clock right first"))
    if now_s > certificate.not_after_s:
        return bad(part, Text(f"{part} 证书已于 {day} 到期", f"the {part} certificate expired on {day}"), cure)
    if certificate.not_after_s - now_s < _SOON_S:
        days = (certificate.not_after_s - now_s) // _DAY_S
        return note(
            part, Text(f"{part} 证书还有 {days} 天到期", f"the {part} certificate expires in {days} days"), cure
        )
    return good(part, f"{part} 证书有效至 {day}", f"the {part} certificate is good until {day}")


def _keys(folder: Path) -> Iterator[Finding]:
    seen = sorted(folder.rglob("*.key"))
    for path in seen:
        if path.stat().st_mode & _OTHERS:
            yield bad(
                "keys",
                Text(f"{path} 可被其他用户读取", f"{path} can be read by others"),
                Text(f"chmod 600 {path}", f"chmod 600 {path}"),
            )
    if any(path.name == "root.key" for path in seen):
        yield note(
            "root",
            Text("根密钥还在本机上", "the root key is on this machine"),
            Text(
                "请移到离线介质，日常不需要它", "move it to a medium that is kept offline: daily work needs none of it"
            ),
        )


def _diary(folder: Path) -> Finding:
    broken = audit.check(folder)
    if broken is None:
        return good("diary", "操作记录完整", "the diary is unbroken")
    return bad(
        "diary",
        Text(
            f"操作记录从第 {broken} 行起对不上：被改动过",
            f"the diary does not follow from line {broken} on: it was changed",
        ),
        Text("请用备份比对 audit.jsonl，并查明原因", "compare audit.jsonl with the copy, and find out why"),
    )


def _room(folder: Path) -> Finding:
    free_mib = shutil.disk_usage(folder).free >> 20
    if not os.access(folder, os.W_OK):
        return bad(
            "disk",
            Text(f"{folder} 不能写入", f"{folder} cannot be written"),
            Text("请检查权限；U 盘可能是只读的", "check its rights; a stick may be read-only"),
        )
    if free_mib < _LOW_MIB:
        return bad(
            "disk",
            Text(f"磁盘只剩 {free_mib} MiB", f"only {free_mib} MiB are free"),
            Text("请腾出空间", "free some space"),
        )
    return good("disk", f"磁盘剩余 {free_mib} MiB", f"{free_mib} MiB are free")


def _reader(port: str) -> Finding:
    from zhendao.readers.drivers import reader_at  # noqa: PLC0415 - only where one is asked for

    try:
        reader_at(port).close()
    except ZhendaoError as error:
        return _of("reader", error)
    return good("reader", f"读卡器应答正常（{port}）", f"the reader answers ({port})")


def _record(path: Path) -> Iterator[Finding]:
    """Explain what a signed record says; failures of a self-test keep their own cures."""
    try:
        found = check(open_statement(read_file(path, STATEMENT_BYTES)))
        inside = _inside(found)
    except ProtocolError as error:
        yield bad(
            "record",
            Text(
                f"{path} 不是有效的签名记录：{error.detail}", f"{path} is no signed record that holds: {error.detail}"
            ),
            Text("请在终端上重新生成", "make it again on the terminal"),
        )
        return
    except ZhendaoError as error:
        yield _of("record", error)
        return
    device = str(found.facts.get("device"))[:8]
    yield good(
        "record", f"{path.name}：终端 {device} 的 {found.kind}", f"{path.name}: {found.kind} of terminal {device}"
    )
    for one in [] if inside is None else inside.facts["parts"]:
        yield from _part(one)
    if found.kind == "survey" and not found.facts.get("fixes"):
        yield note(
            "survey",
            Text("测量时没有定位：室内常有，可以继续", "the survey has no fix: ordinary indoors, go on"),
            Text("如可能请把天线移到窗边再测一次", "move the antenna to a window and survey again, if you can"),
        )


def _inside(found: Statement) -> Statement | None:
    """Return the self-test in a record, None in a survey. Raises `ProtocolError`."""
    if found.kind == "acceptance":
        return check(of_json(found.facts.get("self_test"), "self-test"))
    return found if found.kind == "self-test" else None


def _part(one: dict[str, Any]) -> Iterator[Finding]:
    if one["outcome"] not in {"failed", "noted"}:
        return
    grade = Grade.BAD if one["outcome"] == "failed" else Grade.NOTE
    cure = one["cure"]
    what = Text(one["what"]["zh"], one["what"]["en"])
    yield Finding(f"selftest-{one['part']}", grade, what, None if cure is None else Text(cure["zh"], cure["en"]))
