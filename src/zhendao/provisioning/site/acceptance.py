"""From a surveyed and tested site to its certificate of acceptance: a draft, the terminal's signature, the authority's.

What the terminal found stands in it as its own signed statements; nothing is countersigned that does not hold together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import CertificateError, ProtocolError
from zhendao.protocol.statement import STATEMENT_BYTES, Statement, of_json, open_draft, open_statement, sign
from zhendao.protocol.wording import Text
from zhendao.provisioning.authority import ISSUING
from zhendao.provisioning.errors import ProvisioningError
from zhendao.provisioning.folders import read_file
from zhendao.provisioning.revoking import revocations
from zhendao.provisioning.site.forms import check

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.protocol.statement import Kind
    from zhendao.provisioning.authority import Authority

OLD_MS = 24 * 3_600_000
"""A self-test this much before the acceptance says little of today."""


class SiteError(ProvisioningError):
    """A survey, a self-test or a certificate of acceptance that cannot be taken."""

    code = "site"


def statement(path: Path, kind: Kind) -> Statement:
    """Return the signed statement in a file. Raises `SiteError`, `FolderUnusableError`."""
    data = read_file(path, STATEMENT_BYTES)
    try:
        return check(open_statement(data, kind))
    except ProtocolError as error:
        raise _bad(path, kind, error) from error


def draft_in(path: Path) -> Statement:
    """Return the unsigned acceptance in a file. Raises `SiteError`, `FolderUnusableError`."""
    data = read_file(path, STATEMENT_BYTES)
    try:
        return open_draft(data, "acceptance")
    except ProtocolError as error:
        raise _bad(path, "acceptance", error) from error


def _bad(path: Path, kind: str, error: ProtocolError) -> SiteError:
    return SiteError(
        Text(f"{path} 不是有效的 {kind} 文件：{error.detail}", f"{path} is no good {kind}: {error.detail}"),
        Text("请在终端上重新生成", "make it again on the terminal"),
    )


def check_terminal(authority: Authority, found: Statement, now_s: int) -> str:
    """Return the device id of a statement that a terminal of this authority has signed. Raises `SiteError`."""
    signature = found.signature("terminal")
    if signature is None:
        raise SiteError(
            Text("没有终端的签名", "the terminal has not signed it"),
            Text("请在终端上运行 zhendao-device accept", "run zhendao-device accept on the terminal"),
        )
    device = signature.certificate.common_name
    try:
        trust = TrustStore([authority.root.der], [authority.issuing.der, *(one.der for one in authority.old(ISSUING))])
        trust.check(signature.certificate.der, now_s, "terminal", "sign")
        revocations(authority).check(signature.certificate, now_s)
    except CertificateError as error:
        raise SiteError(
            Text(
                f"终端 {device} 的证书不被本机构信任：{error.detail}", f"terminal {device} is not ours: {error.detail}"
            ),
            Text("请核对是否拿错了文件或机构目录", "check that it is the right file and the right authority"),
        ) from error
    if found.facts.get("device") != device:
        raise SiteError(Text("内容与签名者不是同一终端", "it is about another terminal than the one that signed it"))
    return device


def draft(site: dict[str, Any], survey: Statement, selftest: Statement, tenant: str, now_ms: int) -> Statement:
    """Return the certificate before anybody has signed it; what should be known about it stands in its remarks.

    Raises:
        SiteError: survey, self-test and site are not of one terminal.
    """
    devices = {site["device"], survey.facts.get("device"), selftest.facts.get("device")}
    if len(devices) != 1:
        raise SiteError(
            Text("测量、自检与绑定不是同一终端的", "survey, self-test and site are not of one terminal"),
            Text("请核对文件", "check the files"),
        )
    remarks = _remarks(site, selftest, now_ms)
    facts = {
        "device": site["device"],
        "tenant": tenant,
        "made_ms": now_ms,
        "outcome": _outcome(remarks, failures(selftest)),
        "remarks": remarks,
        "site": site,
        "survey": survey.as_json(),
        "self_test": selftest.as_json(),
    }
    return Statement("acceptance", facts)


def _outcome(remarks: list[dict[str, str]], failed: list[dict[str, Any]]) -> str:
    if failed:
        return "accepted_despite_failures"
    return "accepted_with_remarks" if remarks else "accepted"


def failures(selftest: Statement) -> list[dict[str, Any]]:
    """Return the parts of a self-test that failed."""
    return [one for one in _parts(selftest) if one["outcome"] == "failed"]


def _remarks(site: dict[str, Any], selftest: Statement, now_ms: int) -> list[dict[str, str]]:
    found = [
        {"code": one["code"] or one["part"], "zh": one["what"]["zh"], "en": one["what"]["en"]}
        for one in _parts(selftest)
        if one["outcome"] in {"failed", "noted", "skipped"}
    ]
    if site["position"] is None:
        found.append(_remark("no-place", "测量时没有定位，位置未测定", "there was no fix: the place was not surveyed"))
    compared = site["comparison"]
    if compared is not None and compared["verdict"] not in {"agrees", "recognised"}:
        found.append(_remark(f"address-{compared['verdict']}", compared["zh"], compared["en"]))
    if abs(now_ms - int(selftest.facts["made_ms"])) > OLD_MS:
        found.append(
            _remark(
                "self-test-old",
                "自检与验收相隔超过一天，或时钟有误",
                "the self-test is not of today, or a clock is off",
            )
        )
    return found


def _remark(code: str, zh: str, en: str) -> dict[str, str]:
    return {"code": code, "zh": zh, "en": en}


def _parts(selftest: Statement) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = selftest.facts["parts"]
    return parts


def certify(authority: Authority, signed: Statement, site: dict[str, Any], now_s: int) -> Statement:
    """Return the acceptance countersigned by the issuing key, once everything in it holds together.

    ``site`` is what the authority knows of the site: nothing else is countersigned, whatever the terminal signed.

    Raises:
        SiteError: it does not.
    """
    device = check_terminal(authority, signed, now_s)
    own, parts = signed.signature("terminal"), dict[str, Statement]()
    for name, kind in _INSIDE.items():
        try:
            inside = parts[kind] = check(of_json(signed.facts.get(name), kind))
        except ProtocolError as error:
            raise SiteError(
                Text(f"其中的 {kind} 不成立：{error.detail}", f"the {kind} inside does not hold: {error.detail}")
            ) from error
        signature = inside.signature("terminal")
        if signature is None or own is None or signature.certificate.id != own.certificate.id:
            raise SiteError(Text(f"其中的 {kind} 不是本终端的", f"the {kind} inside is of another terminal"))
    if signed.signature("authority") is not None:
        raise SiteError(
            Text(f"终端 {device} 的这份证书已会签", f"this certificate of {device} is countersigned already")
        )
    made_ms = signed.facts.get("made_ms")
    survey, tested = parts["survey"], parts["self-test"]
    if type(made_ms) is not int or draft(site, survey, tested, authority.tenant, made_ms).facts != signed.facts:
        raise SiteError(
            Text(
                "证书与绑定、测量、自检不一致：草稿被改动过",
                "it is not what site, survey and self-test make: it was changed",
            ),
            Text("请重新生成：zhendao-provision site accept", "make it again: zhendao-provision site accept"),
        )
    return sign(signed, "authority", authority.issuing_key(), authority.issuing)


_INSIDE: dict[str, Kind] = {"survey": "survey", "self_test": "self-test"}
