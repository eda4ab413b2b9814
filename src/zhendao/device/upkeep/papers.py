"""The doctor's look at the identity: is the terminal enrolled, does its key open, until when are certificates good."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zhendao.command.findings import bad, good, note, of_error
from zhendao.device.identity.enrolled import read
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.command.findings import Finding

_SOON_S = 30 * 86_400
_DAY_S = 86_400
_OTHERS = 0o077
_SECRET = ("terminal.key", "tls.key")


def look(folder: Path, *, tls: bool) -> list[Finding]:
    """Look into the identity folder; ``tls``: the broker is reached over TLS."""
    try:
        papers = read(folder)
        papers.identity()
    except ZhendaoError as error:
        return [of_error("identity", error)]
    found = [
        good("identity", f"已注册到 {papers.tenant}（{papers.device.hex()}）", f"enrolled in {papers.tenant}"),
        *_secrets(folder),
    ]
    for part, name in (("certificate", None), ("tls-certificate", "tls.crt"), ("tls-authority", "tls-ca.crt")):
        if name is None or tls:
            found.append(_certificate(part, folder, name, papers.certificate))
    return found


def _secrets(folder: Path) -> list[Finding]:
    return [
        bad(
            "identity",
            Text(f"{folder / name} 可被其他用户读取", f"{folder / name} can be read by others"),
            Text(f"chmod 600 {folder / name}", f"chmod 600 {folder / name}"),
        )
        for name in _SECRET
        if (folder / name).exists() and (folder / name).stat().st_mode & _OTHERS
    ]


def _certificate(part: str, folder: Path, name: str | None, own: bytes) -> Finding:
    from cryptography import x509  # noqa: PLC0415 - only the doctor reads dates

    try:
        if name is None:
            read_one = x509.load_der_x509_certificate(own)
        else:
            read_one = x509.load_pem_x509_certificate((folder / name).read_bytes())
    except (OSError, ValueError) as error:
        return bad(
            part,
            Text(f"{folder / (name or '')} 无法读取：{error}", f"{folder / (name or '')} cannot be read: {error}"),
            Text("请重新注册终端", "enrol the terminal again"),
        )
    return judge(part, read_one.not_valid_before_utc.timestamp(), read_one.not_valid_after_utc.timestamp(), time.time())


def judge(part: str, from_s: float, until_s: float, now_s: float) -> Finding:
    """Judge the dates of a certificate, seconds since 1970 UTC."""
    day = time.strftime("%Y-%m-%d", time.gmtime(until_s))
    if now_s < from_s:
        return note(
            part,
            Text("证书尚未生效：多半是时钟落后", "the certificate is not valid yet: the clock is behind, most likely"),
            Text("请先校时", "set the clock right first"),
        )
    if now_s > until_s:
        cure = Text(
            "请机构续发（terminal renew --out），并在此运行 zhendao-device enrol --answer",
            "have the authority renew it (terminal renew --out), and take it with zhendao-device enrol --answer",
        )
        what = Text(f"证书已于 {day} 到期", f"the certificate expired on {day}")
        return note(part, what, cure) if part == "certificate" else bad(part, what, cure)
    if until_s - now_s < _SOON_S:
        days = int((until_s - now_s) // _DAY_S)
        return note(
            part,
            Text(f"证书将于 {day} 到期（{days} 天）", f"the certificate expires on {day}, in {days} days"),
            Text("请机构续发：zhendao-provision terminal renew", "have it renewed: zhendao-provision terminal renew"),
        )
    return good(part, f"有效至 {day}", f"good until {day}")
