"""What an authority tells one terminal: whom to believe from now on, made when it joins and anew after each rotation.

An answer names the newest of everything first, and what was before it while that is still to be believed. What was
revoked is in no answer.
"""

from typing import Final

from zhendao.protocol.certificates import Certificate, Name
from zhendao.protocol.enrolment import Answer, Request
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.wording import Text
from zhendao.provisioning.authority import (
    ESCROW,
    GATEWAY,
    GATEWAY_WRAP,
    ISSUING,
    TLS_CA,
    TOKEN_ISSUER,
    Authority,
)
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import ApprovalError
from zhendao.provisioning.revoking import revocations
from zhendao.provisioning.tls import certify_client, der_of
from zhendao.provisioning.validity import END_YEARS, new_serial, span

MOST: Final = 4
"""So many of each are named, the newest ones (docs/protocol.md section 12)."""


def make_answer(
    authority: Authority, request: Request, data: bytes, duty: Duty, now_s: int, after: Answer | None = None
) -> Answer:
    """Return the answer to ``request`` (whose bytes are ``data``); ``after``: the one that it takes the place of.

    Raises:
        ApprovalError: the request's TLS key is no P-256 key.
    """
    times = span(now_s, END_YEARS)
    device = request.device.hex()
    subject = Subject(
        Name(authority.tenant, "terminal", device), request.spki, "sign", times.not_before_s, times.not_after_s
    )
    tls_authority = authority.tls(TLS_CA)
    try:
        tls = certify_client(tls_authority, request.tls_spki, authority.tenant, device, times)
    except ValueError as error:
        raise ApprovalError(Text("请求中的 TLS 密钥不合规", "the request's TLS key is no P-256 key")) from error
    before = [der_of(path.read_bytes()) for path in authority.old_files(TLS_CA)]
    return Answer(
        suite=authority.suite,
        device=request.device,
        tenant=authority.tenant,
        request=authority.suite.hash(data),
        certificate=issue(subject, new_serial(), authority.issuing_key(), authority.issuing),
        placement=duty.placement,
        mounting=duty.mounting,
        door=duty.door,
        roots=(authority.root,),
        issuing=_believed(authority, authority.issuing, ISSUING, now_s),
        token_issuers=_believed(authority, authority.token_issuer_certificate, TOKEN_ISSUER, now_s),
        gateway=authority.certificate(GATEWAY),
        gateway_wrap=authority.certificate(GATEWAY_WRAP),
        escrow_wrap=authority.certificate(ESCROW),
        tls_certificate=der_of(tls),
        tls_ca=der_of(tls_authority.certificate),
        made_ms=max(now_s * 1000, 0 if after is None else after.made_ms + 1),
        tls_cas_before=tuple(before[:MOST]) or None,
    )


def _believed(authority: Authority, current: Certificate, name: str, now_s: int) -> tuple[Certificate, ...]:
    """Return ``current`` and those before it that are still to be believed, the newest first."""
    revoked = revocations(authority)
    older = [one for one in authority.old(name) if one.not_after_s >= now_s and revoked.find(one) is None]
    return (current, *older[: MOST - 1])
